package org.xenolith.pv.mm;

import org.xenolith.xen.frames.SharedMemory;

/**
 * Segment descriptors (SDM vol. 3A, 3.4.5) that a PV guest may have in its GDT and LDT, and those
 * that Xen puts there itself.
 */
final class SegmentDescriptor {
    /** First GDT entry that belongs to Xen (FIRST_RESERVED_GDT_ENTRY, public/arch-x86/xen.h). */
    static final int FIRST_RESERVED = 14 * 512;

    private static final long PRESENT = 1L << 47;
    private static final long CODE_OR_DATA = 1L << 44;
    private static final int DPL_SHIFT = 45;
    private static final int CALL_GATE = 12;

    /** FLAT_KERNEL_CS, the one selector of Xen's that a gate may name. */
    private static final int FLAT_KERNEL_CS = 0xe033;

    private SegmentDescriptor() {}

    /**
     * Whether a descriptor can do no harm once {@link #fixed}: absent, code, data, the empty second
     * half of a gate, or a 64-bit call gate to a segment of the guest's.
     */
    static boolean acceptable(long descriptor) {
        if ((descriptor & (PRESENT | CODE_OR_DATA)) != PRESENT) {
            return true;
        }
        int type = (int) (descriptor >>> 40) & 15;
        if (type == 0) {
            return true;
        }
        int selector = (int) (descriptor >>> 16) & 0xffff;
        boolean ownTarget =
                selector >>> 3 < FIRST_RESERVED
                        || (selector & 4) != 0
                        || selector == FLAT_KERNEL_CS;
        boolean reservedClear = (descriptor >>> 32 & 0xff) == 0;
        return type == CALL_GATE && ownTarget && reservedClear;
    }

    /**
     * The descriptor as it may stand in a table of a 64-bit guest: segments at DPL 3, where the
     * guest's kernel runs. A call gate gets DPL 0, so that its use faults; the DPL that was asked
     * for moves to the RPL of its selector.
     */
    static long fixed(long descriptor) {
        if ((descriptor & PRESENT) == 0) {
            return descriptor;
        }
        if ((descriptor & CODE_OR_DATA) != 0) {
            return descriptor | 3L << DPL_SHIFT;
        }
        if ((descriptor >>> 40 & 15) == 0) {
            return descriptor;
        }
        return descriptor & ~(3L << DPL_SHIFT) | 3L << 16;
    }

    /** Fills the page of Xen's descriptors: those at the public selectors, all others null. */
    static void putFlat(SharedMemory memory, long maddr) {
        memory.put64(maddr + entry(0xe008), 0x00af_9b00_0000_ffffL); // ring 0 code, 64-bit
        memory.put64(maddr + entry(0xe010), 0x00cf_9300_0000_ffffL); // ring 0 data
        memory.put64(maddr + entry(0xe023), 0x00cf_fb00_0000_ffffL); // FLAT_RING3_CS32
        memory.put64(maddr + entry(0xe02b), 0x00cf_f300_0000_ffffL); // FLAT_RING3_DS32 and SS
        memory.put64(maddr + entry(0xe033), 0x00af_fb00_0000_ffffL); // FLAT_RING3_CS64
    }

    private static int entry(int selector) {
        return (selector & ~7) - 8 * FIRST_RESERVED;
    }
}
