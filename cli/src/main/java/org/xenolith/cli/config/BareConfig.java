package org.xenolith.cli.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A validated machine without a hypervisor of ours: the files exist, the numbers are in their
 * ranges.
 *
 * @param kernel a readable file
 * @param commandLine for the kernel, at most {@link BareConfigReader#MAX_COMMAND_LINE} bytes
 * @param initrd a readable file
 * @param modules for boot protocols that have such
 * @param memory MiB, from {@link BareConfigReader#MIN_MEMORY}
 * @param vcpus 1 to {@link DomainConfigReader#MAX_VCPUS}
 * @param cpu a processor model with changes, as {@code haswell,-avx2}; not checked here
 * @param timeout host time after which the run ends; empty for never
 * @param noReboot whether a reset ends the run instead of starting the machine again
 */
public record BareConfig(
        Path kernel,
        String commandLine,
        Optional<Path> initrd,
        List<Module> modules,
        int memory,
        int vcpus,
        String cpu,
        Optional<Duration> timeout,
        boolean noReboot) {
    /**
     * A file that the boot loader brings along.
     *
     * @param file a readable file
     * @param commandLine what the kernel is told about it: the file's name as given, and arguments
     */
    public record Module(Path file, String commandLine) {}
}
