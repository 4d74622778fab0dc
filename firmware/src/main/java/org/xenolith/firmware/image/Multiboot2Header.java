package org.xenolith.firmware.image;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A multiboot 2 header (Multiboot2 Specification 2.0, chapter 3.1). Tags that say nothing to a
 * loader without EFI and frame buffer are read over: console and frame buffer (wishes, which the
 * specification lets the loader answer otherwise), and the entries for EFI.
 *
 * @param addresses where to load, if the ELF headers are not to be used (tag 2)
 * @param entry physical address of the entry point, in place of that of the ELF header (tag 3)
 * @param relocation where the kernel may go if the place it was linked for is taken (tag 10)
 */
public record Multiboot2Header(
        Optional<MultibootAddresses> addresses,
        OptionalLong entry,
        Optional<Relocation> relocation) {
    /**
     * Bounds for a kernel that can run anywhere.
     *
     * @param lowest physical address of its first byte
     * @param highest physical address of its last byte
     * @param alignment of its first byte, a power of 2
     * @param preferHigh whether it had rather be at the highest possible address than at the lowest
     */
    public record Relocation(long lowest, long highest, long alignment, boolean preferHigh) {}

    private static final int END = 0;
    private static final int INFORMATION_REQUEST = 1;
    private static final int ADDRESS = 2;
    private static final int ENTRY_ADDRESS = 3;
    private static final int CONSOLE = 4;
    private static final int FRAME_BUFFER = 5;
    private static final int MODULE_ALIGNMENT = 6;
    private static final int EFI_BOOT_SERVICES = 7;
    private static final int EFI_I386_ENTRY = 8;
    private static final int EFI_AMD64_ENTRY = 9;
    private static final int RELOCATABLE = 10;
    private static final int OPTIONAL = 1;
    private static final int FIXED_SIZE = 16;
    private static final int LARGEST = 32768;
    private static final int PREFER_HIGH = 2;

    /** The highest type of information that the specification defines. */
    private static final int KNOWN_INFORMATION = 21;

    /**
     * Reads the header that begins at an offset.
     *
     * @throws ImageException if it asks for what is unknown or contradicts itself
     */
    static Multiboot2Header read(ImageBytes in, int at) throws ImageException {
        if (in.u32(at + 4) != 0) {
            throw new ImageException(
                    in.name(), "its multiboot 2 header is not for i386", "give a kernel for x86");
        }
        long size = in.u32(at + 8);
        if (size < FIXED_SIZE || size > LARGEST) {
            throw bad(in, "its multiboot 2 header has " + size + " bytes");
        }
        in.require(at, size, "the end of its multiboot 2 header");
        Optional<MultibootAddresses> addresses = Optional.empty();
        OptionalLong entry = OptionalLong.empty();
        Optional<Relocation> relocation = Optional.empty();
        long end = at + size;
        int tag = at + FIXED_SIZE;
        while (tag + 8 <= end && in.u16(tag) != END) {
            int type = in.u16(tag);
            boolean optional = (in.u16(tag + 2) & OPTIONAL) != 0;
            long tagSize = in.u32(tag + 4);
            if (tagSize < smallest(type) || tagSize > end - tag) {
                throw bad(in, "its multiboot 2 tag %d has %d bytes".formatted(type, tagSize));
            }
            switch (type) {
                case INFORMATION_REQUEST -> checkRequest(in, tag, (int) tagSize, optional);
                case ADDRESS -> addresses = Optional.of(MultibootAddresses.read(in, at, tag + 8));
                case ENTRY_ADDRESS -> entry = OptionalLong.of(in.u32(tag + 8));
                case RELOCATABLE -> relocation = Optional.of(relocation(in, tag + 8));
                case CONSOLE,
                        FRAME_BUFFER,
                        MODULE_ALIGNMENT,
                        EFI_BOOT_SERVICES,
                        EFI_I386_ENTRY,
                        EFI_AMD64_ENTRY -> {
                    // Modules are on page boundaries anyway.
                }
                default -> {
                    if (!optional) {
                        throw bad(in, "its multiboot 2 header requires the unknown tag " + type);
                    }
                }
            }
            tag += (int) tagSize + 7 & ~7;
        }
        if (addresses.isPresent() && entry.isEmpty()) {
            throw bad(in, "its multiboot 2 header gives a load address but no entry address");
        }
        return new Multiboot2Header(addresses, entry, relocation);
    }

    private static int smallest(int type) {
        return switch (type) {
            case ADDRESS, RELOCATABLE -> 24;
            case ENTRY_ADDRESS -> 12;
            default -> 8;
        };
    }

    private static void checkRequest(ImageBytes in, int tag, int size, boolean optional)
            throws ImageException {
        for (int at = tag + 8; !optional && at + 4 <= tag + size; at += 4) {
            if (in.u32(at) > KNOWN_INFORMATION) {
                throw bad(in, "it requires unknown multiboot 2 information " + in.u32(at));
            }
        }
    }

    private static Relocation relocation(ImageBytes in, int at) throws ImageException {
        long alignment = in.u32(at + 8);
        if (Long.bitCount(alignment) != 1) {
            throw bad(in, "its multiboot 2 alignment %d is no power of 2".formatted(alignment));
        }
        boolean high = in.u32(at + 12) == PREFER_HIGH;
        return new Relocation(in.u32(at), in.u32(at + 4), alignment, high);
    }

    private static ImageException bad(ImageBytes in, String what) {
        return new ImageException(in.name(), what, "rebuild the kernel");
    }
}
