package org.xenolith.cli.config;

import java.nio.file.Path;

/**
 * What the command line's options say about a domain; null where an option was not given. An option
 * wins over the configuration's key.
 *
 * @param type the name of a domain type
 * @param memory MiB
 * @param uuid in its usual notation
 * @param timeout host seconds
 * @param noVmx whether the machine lacks VMX
 * @param realTime whether the guest's clock follows the host's
 */
public record DomainOptions(
        String type,
        Path kernel,
        Path ramdisk,
        String commandLine,
        Long memory,
        Long vcpus,
        String name,
        String uuid,
        Double timeout,
        boolean noVmx,
        boolean realTime) {
    /** No option at all. */
    public static final DomainOptions NONE =
            new DomainOptions(null, null, null, null, null, null, null, null, null, false, false);
}
