package org.xenolith.pv.mm;

/** Bits of page-table entries (SDM vol. 3A, 5.5), and Xen's rules on them for 64-bit PV guests. */
final class Pte {
    static final long PRESENT = 1;
    static final long WRITE = 1 << 1;
    static final long USER = 1 << 2;
    static final long ACCESSED = 1 << 5;
    static final long DIRTY = 1 << 6;
    static final long GLOBAL = 1 << 8;
    static final long NX = 1L << 63;

    /** Bits 12..51: the frame that an entry names. */
    static final long FRAME = 0x000f_ffff_ffff_f000L;

    /**
     * Xen's mark on an L1 entry that the guest wrote without USER. The guest's kernel runs at CPL 3
     * too, so USER itself is forced on.
     */
    static final long GUEST_KERNEL = 1L << 52;

    private static final long PWT = 1 << 3;
    private static final long PCD = 1 << 4;

    /** Large page in L2 to L4, PAT in L1. */
    private static final long PSE = 1 << 7;

    private static final long AVAILABLE = 7L << 9 | 0x7ffL << 52;

    /**
     * Bits of which none may change without taking and dropping references. WRITE is among them at
     * every level (the lesson of XSA-182), and all that a guest may not set.
     */
    private static final long REVALIDATE = ~(NX | AVAILABLE | GLOBAL | DIRTY | ACCESSED | USER);

    private Pte() {}

    /** Machine frame number in the entry. */
    static long mfn(long entry) {
        return (entry & FRAME) >>> 12;
    }

    static boolean present(long entry) {
        return (entry & PRESENT) != 0;
    }

    static boolean writable(long entry) {
        return (entry & WRITE) != 0;
    }

    /**
     * Whether an entry has bits that no PV guest may set: cache attributes (a domain without
     * devices has no use for them), large pages (XSA-148), and GLOBAL above L1.
     */
    static boolean hasForbiddenBits(int level, long entry) {
        return (entry & (PWT | PCD | PSE | (level == 1 ? 0 : GLOBAL))) != 0;
    }

    /** Whether two entries differ in harmless bits only, so that references need no change. */
    static boolean differInFlagsOnly(long a, long b) {
        return ((a ^ b) & REVALIDATE) == 0;
    }

    /** A present entry as it is stored for a guest: USER forced on, and Xen's marks. */
    static long adjusted(int level, long entry) {
        return switch (level) {
            case 1 -> {
                long marked = (entry & USER) == 0 ? entry | GUEST_KERNEL | USER : entry;
                yield (marked & GUEST_KERNEL) == 0 ? marked | GLOBAL : marked;
            }
            case 4 -> entry | USER | ACCESSED;
            default -> entry | USER;
        };
    }

    /** Index into the table of {@code level} (1..4) for a linear address. */
    static int index(int level, long va) {
        return (int) (va >>> 3 + 9 * level) & 511;
    }
}
