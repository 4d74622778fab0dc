package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.SetupHeader;
import org.xenolith.firmware.memory.MemoryMap;

import java.util.Arrays;

/**
 * The 32-bit boot protocol of Linux ({@code Documentation/arch/x86/boot.rst}), for 32- and 64-bit
 * kernels: the real-mode part of the image is not run, its work is done here.
 */
final class LinuxLoader {
    /** Where the protected-mode code is loaded, and entered. */
    private static final long CODE_BASE = MemoryMap.EXTENDED_BASE;

    /** The first protocol with a command line pointer of 32 bits. */
    private static final int OLDEST_PROTOCOL = 0x0202;

    private static final int LOADED_HIGH = 1;

    /**
     * What a kernel that does not say how much memory it needs may overwrite when it unpacks
     * itself, as a multiple of its packed size.
     */
    private static final int UNPACKED_RATIO = 4;

    private LinuxLoader() {}

    static EntryState load(BootRequest request, BootMachine machine, LoadArea area)
            throws ImageException {
        BareImage image = request.image();
        SetupHeader header = image.setupHeader().orElseThrow();
        check(request, header);
        byte[] line =
                BootText.bytes(
                        request.commandLine(),
                        "the command line",
                        header.commandLineSize(),
                        image.name());
        long codeSize = Math.min(header.systemSize(), image.size() - header.setupSize());
        if (codeSize <= 0) {
            throw new ImageException(image.name(), "it has no code", "give a whole bzImage");
        }
        area.put("the kernel", CODE_BASE, image.slice(header.setupSize(), codeSize), codeSize);
        long end = requireMemory(header, codeSize, area);

        LinuxBootParams params = new LinuxBootParams(image, header);
        params.codeBase(CODE_BASE);
        params.memory(area.memory());
        params.screen(machine.config().vga());
        params.rsdp(machine.acpi().rsdpAddress());
        params.commandLine(area.putLow("the command line", padded(line, header), 16));
        if (request.ramdisk().isPresent() && request.ramdisk().get().bytes().length > 0) {
            byte[] ramdisk = request.ramdisk().get().bytes();
            long limit = Math.min(header.ramdiskAddressMax() + 1, area.memory().topBelow4GiB());
            params.ramdisk(area.putHighest("the ramdisk", end, limit, ramdisk), ramdisk.length);
        }
        long at = area.putLow("the boot parameters", params.toBytes(), LoadArea.PAGE);
        return FlatSegments.enter(area, CODE_BASE, 0, 0, at);
    }

    /** Linux copies as many bytes as a line may have, however short it is. */
    private static byte[] padded(byte[] line, SetupHeader header) {
        int size = (int) Math.min(header.commandLineSize() + 1, LoadArea.PAGE);
        return Arrays.copyOf(line, Math.max(line.length, size));
    }

    private static void check(BootRequest request, SetupHeader header) throws ImageException {
        String name = request.image().name();
        if (header.protocol() < OLDEST_PROTOCOL || (header.loadFlags() & LOADED_HIGH) == 0) {
            throw new ImageException(
                    name,
                    "it is an old image (boot protocol %s, %s) that only a BIOS can start"
                            .formatted(
                                    header.protocolText(),
                                    (header.loadFlags() & LOADED_HIGH) == 0
                                            ? "loaded low"
                                            : "loaded high"),
                    "use a bzImage of Linux 2.4 or newer");
        }
        if (header.code32Start() == 0) {
            throw new ImageException(
                    name,
                    "it has no 32-bit entry (code32_start is 0), only a part that needs a BIOS",
                    "use a kernel that a boot loader enters in protected mode");
        }
        if (!request.modules().isEmpty()) {
            throw new ImageException(
                    name, "Linux takes no boot modules", "give its ramdisk as such");
        }
    }

    /**
     * The end of the memory that the kernel uses before it reads the memory map.
     *
     * @throws ImageException if the machine has less
     */
    private static long requireMemory(SetupHeader header, long codeSize, LoadArea area)
            throws ImageException {
        if (header.initSize() == 0) {
            return CODE_BASE + UNPACKED_RATIO * codeSize;
        }
        long start = CODE_BASE;
        if (header.relocatable() && Long.bitCount(header.kernelAlignment()) == 1) {
            start = LoadArea.up(start, header.kernelAlignment());
        }
        // A kernel below its preferred address moves itself there.
        if (Long.compareUnsigned(header.preferredAddress(), start) > 0) {
            start = header.preferredAddress();
        }
        area.requireRam("the unpacked kernel", start, header.initSize());
        return start + header.initSize();
    }
}
