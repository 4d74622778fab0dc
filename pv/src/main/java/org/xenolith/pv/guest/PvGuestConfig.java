package org.xenolith.pv.guest;

import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.xen.time.Wallclock;

import java.util.UUID;

/**
 * What a PV guest is started from. Values are taken as valid.
 *
 * @param domid domain number, from 1
 * @param name domain name
 * @param uuid handle and serial number
 * @param kernel image to boot
 * @param ramdisk its bytes, empty for none
 * @param commandLine kernel command line
 * @param memoryMiB memory at start
 * @param maxMemoryMiB most that the guest may balloon up to, at least {@code memoryMiB}
 * @param vcpus 1 to 32
 * @param wallclock date at virtual time 0
 * @param engine how its code is executed
 */
public record PvGuestConfig(
        int domid,
        String name,
        UUID uuid,
        KernelImage kernel,
        byte[] ramdisk,
        String commandLine,
        int memoryMiB,
        int maxMemoryMiB,
        int vcpus,
        Wallclock wallclock,
        EngineConfig engine) {}
