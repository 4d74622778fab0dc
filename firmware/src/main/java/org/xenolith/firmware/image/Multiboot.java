package org.xenolith.firmware.image;

import java.util.OptionalInt;

/** Finds multiboot headers (Multiboot Specification 0.6.96, Multiboot2 Specification 2.0). */
final class Multiboot {
    static final long MAGIC_1 = 0x1bad_b002L;
    static final long MAGIC_2 = 0xe852_50d6L;

    private static final int SEARCH_1 = 8192;
    private static final int ALIGN_1 = 4;
    private static final int SEARCH_2 = 32768;
    private static final int ALIGN_2 = 8;
    private static final long MASK_32 = 0xffff_ffffL;

    private Multiboot() {}

    /** Where magic, flags and checksum stand that add up to 0. */
    static OptionalInt version1(ImageBytes in) throws ImageException {
        for (int at = 0; at + 12 <= Math.min(in.size(), SEARCH_1); at += ALIGN_1) {
            if (in.u32(at) == MAGIC_1
                    && (MAGIC_1 + in.u32(at + 4) + in.u32(at + 8) & MASK_32) == 0) {
                return OptionalInt.of(at);
            }
        }
        return OptionalInt.empty();
    }

    /** Where magic, architecture, header length and checksum stand that add up to 0. */
    static OptionalInt version2(ImageBytes in) throws ImageException {
        for (int at = 0; at + 16 <= Math.min(in.size(), SEARCH_2); at += ALIGN_2) {
            if (in.u32(at) == MAGIC_2
                    && (MAGIC_2 + in.u32(at + 4) + in.u32(at + 8) + in.u32(at + 12) & MASK_32)
                            == 0) {
                return OptionalInt.of(at);
            }
        }
        return OptionalInt.empty();
    }
}
