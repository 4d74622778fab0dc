package org.xenolith.cli.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What the command line of {@code bare} says, unchecked; null for what was not given.
 *
 * @param modules each a file's name, then arguments behind white space
 * @param memory MiB
 * @param timeout seconds
 */
public record BareOptions(
        Path kernel,
        String commandLine,
        Path initrd,
        List<String> modules,
        Long memory,
        Long vcpus,
        String cpu,
        Double timeout,
        boolean noReboot) {}
