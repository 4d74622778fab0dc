package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * Four-level paging (SDM vol. 3A, 5.5): walks the tables in RAM, checks rights, sets accessed and
 * dirty bits. One result at a time, in the fields.
 */
public final class PageWalker {
    public static final int PRESENT = 1;
    public static final int WRITE = 1 << 1;
    public static final int USER = 1 << 2;
    public static final int ACCESSED = 1 << 5;
    public static final int DIRTY = 1 << 6;
    public static final int PAGE_SIZE_BIT = 1 << 7;
    public static final long NX = 1L << 63;

    /** Bits 12..51: the frame a table entry names. */
    public static final long FRAME = 0x000ffffffffff000L;

    /** Page-fault error code bits (SDM vol. 3A, figure 5-12). */
    public static final int ERR_PRESENT = 1;

    public static final int ERR_WRITE = 2;
    public static final int ERR_USER = 4;
    public static final int ERR_RESERVED = 8;
    public static final int ERR_FETCH = 16;

    private final PhysicalMemory ram;

    /** Result: machine address of the byte asked for. */
    public long maddr;

    /** Result: whether a write with the same privilege would need no fault and no dirty bit set. */
    public boolean writeReady;

    /** Result of a failed walk: the page-fault error code. */
    public int errorCode;

    public PageWalker(PhysicalMemory ram) {
        this.ram = ram;
    }

    /**
     * Translates a canonical linear address.
     *
     * @param cr3 root table's machine address (low 12 bits ignored)
     * @param access {@link #ERR_WRITE}, {@link #ERR_FETCH} or 0 for a read
     * @param user access at CPL 3
     * @param writeProtect CR0.WP
     * @param update set accessed and dirty bits; false for a probe without side effects
     * @return false if the access faults, with {@link #errorCode} set
     */
    public boolean walk(
            long cr3, long va, int access, boolean user, boolean writeProtect, boolean update) {
        long table = cr3 & FRAME;
        boolean writable = true;
        boolean userPage = true;
        boolean noExecute = false;
        int error = access | (user ? ERR_USER : 0);
        for (int level = 4; ; level--) {
            int shift = 3 + 9 * level;
            long entryAt = table + ((va >>> shift & 0x1ff) << 3);
            if (!ram.contains(entryAt, 8)) {
                errorCode = error;
                return false;
            }
            long entry = ram.get64(entryAt);
            if ((entry & PRESENT) == 0) {
                errorCode = error;
                return false;
            }
            boolean large = level > 1 && (entry & PAGE_SIZE_BIT) != 0;
            if (large && (level == 4 || (entry & FRAME & (1L << shift) - 1 & ~0x1000L) != 0)) {
                errorCode = error | ERR_PRESENT | ERR_RESERVED;
                return false;
            }
            writable &= (entry & WRITE) != 0;
            userPage &= (entry & USER) != 0;
            noExecute |= (entry & NX) != 0;
            if (level > 1 && !large) {
                if (update && (entry & ACCESSED) == 0) {
                    ram.put64(entryAt, entry | ACCESSED);
                }
                table = entry & FRAME;
                continue;
            }
            boolean mayWrite = writable || !user && !writeProtect;
            if (user && !userPage
                    || (access & ERR_WRITE) != 0 && !mayWrite
                    || (access & ERR_FETCH) != 0 && noExecute) {
                errorCode = error | ERR_PRESENT;
                return false;
            }
            long marked = entry | ACCESSED | ((access & ERR_WRITE) != 0 ? DIRTY : 0);
            if (update && marked != entry) {
                ram.put64(entryAt, marked);
            }
            long offsetMask = (1L << shift) - 1;
            maddr = entry & FRAME & ~offsetMask | va & offsetMask;
            writeReady = mayWrite && (marked & DIRTY) != 0;
            return true;
        }
    }
}
