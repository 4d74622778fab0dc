package org.xenolith.cli.config;

import org.xenolith.hvm.build.HvmFirmware;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * A validated domain: the files exist, the numbers are in their ranges.
 *
 * @param name 1 to 64 printable characters without {@code /}
 * @param type empty when the kernel image decides
 * @param kernel a readable file
 * @param ramdisk a readable file
 * @param commandLine for the kernel, at most {@link DomainConfigReader#MAX_COMMAND_LINE} bytes
 * @param memory MiB that the domain starts with, from {@link DomainConfigReader#MIN_MEMORY}
 * @param maxMemory MiB that it may grow to, at least {@code memory}
 * @param vcpus 1 to {@link DomainConfigReader#MAX_VCPUS}
 * @param uuid the same for the same name and kernel, unless it was given
 * @param shim the Xen within, which runs the kernel as its PV guest; only for PVH
 * @param firmware what is special about the tables of an HVM domain
 * @param onPoweroff when the guest powers off
 * @param onReboot when the guest reboots
 * @param onCrash when the guest crashes
 * @param timeout host time after which the run ends; empty for never
 * @param virtualization whether the machine has VMX
 * @param realTime whether the guest's clock follows the host's instead of its own instructions
 */
public record DomainConfig(
        String name,
        Optional<DomainType> type,
        Path kernel,
        Optional<Path> ramdisk,
        String commandLine,
        int memory,
        int maxMemory,
        int vcpus,
        UUID uuid,
        Optional<ShimConfig> shim,
        HvmFirmware firmware,
        ShutdownAction onPoweroff,
        ShutdownAction onReboot,
        ShutdownAction onCrash,
        Optional<Duration> timeout,
        boolean virtualization,
        boolean realTime) {}
