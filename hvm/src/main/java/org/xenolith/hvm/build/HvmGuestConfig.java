package org.xenolith.hvm.build;

import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.firmware.boot.BootModule;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.xen.time.Wallclock;

import java.util.List;
import java.util.UUID;

/**
 * What a translated guest is started from. Values are taken as valid.
 *
 * @param pvh whether it is a PVH guest, without emulated devices
 * @param domid domain number, from 1
 * @param name domain name
 * @param uuid handle and serial number
 * @param kernel image to boot
 * @param modules what is loaded beside it, the ramdisk first; HVM takes one
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
        List<BootModule> modules,
        String commandLine,
        int memoryMiB,
        int maxMemoryMiB,
        int vcpus,
        CpuModel model,
        HvmFirmware firmware,
        Wallclock wallclock,
        EngineConfig engine) {
    /** Copies the list. */
    public HvmGuestConfig {
        modules = List.copyOf(modules);
    }
}
