package org.xenolith.hvm.build;

import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.xen.time.Wallclock;

import java.util.UUID;

/**
 * What a translated guest is started from. Values are taken as valid.
 *
 * @param pvh whether it is a PVH guest, without emulated devices
 * @param domid domain number, from 1
 * @param name domain name
 * @param uuid handle and serial number
 * @param kernel image to boot
 * @param ramdisk its bytes, empty for none
 * @param commandLine kernel command line
 * @param memoryMiB memory
 * @param maxMemoryMiB most that the guest may balloon up to, at least {@code memoryMiB}
 * @param vcpus 1 to 32
 * @param model what its processors are
 * @param firmware what is special about its tables; of no effect for PVH
 * @param wallclock date at virtual time 0
 * @param engine how its code is executed
 */
public record HvmGuestConfig(
        boolean pvh,
        int domid,
        String name,
        UUID uuid,
        BareImage kernel,
        byte[] ramdisk,
        String commandLine,
        int memoryMiB,
        int maxMemoryMiB,
        int vcpus,
        CpuModel model,
        HvmFirmware firmware,
        Wallclock wallclock,
        EngineConfig engine) {}
