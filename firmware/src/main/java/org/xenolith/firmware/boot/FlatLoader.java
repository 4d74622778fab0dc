package org.xenolith.firmware.boot;

import org.xenolith.firmware.boot.BootPlan.Rom;
import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.BootProtocol;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.memory.MemoryMap;

import java.util.List;

/** Images without any header: boot sectors, and BIOSes as the board sees them. */
final class FlatLoader {
    /** How much of a BIOS is visible below 1 MiB at most. */
    private static final int SHADOW = 128 << 10;

    /** The BIOS number of the first hard disk. */
    private static final int FIRST_DISK = 0x80;

    private FlatLoader() {}

    /** Loads to 0000:7c00; the BIOS services that it finds there refuse (see {@link BiosArea}). */
    static EntryState bootSector(BootRequest request, LoadArea area) throws ImageException {
        refuseArguments(request, BootProtocol.BOOT_SECTOR);
        BareImage image = request.image();
        int at = BareImage.BOOT_SECTOR_ADDRESS;
        area.put("the boot sector", at, image.slice(0, image.size()), image.size());
        return new EntryState.RealMode(0, at, at, FIRST_DISK);
    }

    /** The whole image below 4 GiB, and its last 128 KiB at most below 1 MiB. */
    static List<Rom> rom(BootRequest request) throws ImageException {
        refuseArguments(request, BootProtocol.ROM);
        BareImage image = request.image();
        int size = image.size();
        int shadow = Math.min(size, SHADOW);
        return List.of(
                new Rom(MemoryMap.EXTENDED_BASE - shadow, image.slice(size - shadow, shadow)),
                new Rom(MemoryMap.HIGH_BASE - size, image.slice(0, size)));
    }

    private static void refuseArguments(BootRequest request, BootProtocol protocol)
            throws ImageException {
        if (!request.commandLine().isEmpty() || !request.allModules().isEmpty()) {
            throw new ImageException(
                    request.image().name(),
                    "as a " + protocol.label() + " it takes no command line, ramdisk or modules",
                    "leave them out");
        }
    }
}
