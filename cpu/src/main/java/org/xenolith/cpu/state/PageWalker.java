package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * Paging (SDM vol. 3A, chapter 5): walks the tables in RAM, checks rights, sets accessed and dirty
 * bits. One result at a time, in the fields. An access that faults changes no entry.
 *
 * <p>Without other settings it walks four levels with execute-disable, which is what a
 * paravirtualised guest has.
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
    public static final int ERR_KEY = 32;

    private static final int KEY_SHIFT = 59;

    /** Bits 20:13 of a 4-MiB entry are bits 39:32 of its address (PSE-36). */
    private static final int PSE36_LOW = 13;

    private static final int PSE_RESERVED = 1 << 21;

    /** Bits 2:1 and 8:5 of a PDPTE of PAE paging. */
    private static final long PDPTE_RESERVED = 0x1e6;

    private static final long PAE_HIGH = 0x7ffL << 52;
    private static final int MAX_LEVELS = 5;

    private final PhysicalMemory ram;

    /** How addresses are translated. */
    PagingMode mode = PagingMode.FOUR_LEVEL;

    /** IA32_EFER.NXE; without it the bit is reserved. */
    boolean executeDisable = true;

    /** CR4.PSE: 4-MiB pages with 32-bit paging. */
    boolean largePages;

    /** CR4.SMEP. */
    boolean smep;

    /** CR4.SMAP. */
    boolean smap;

    /** CR4.PKE in IA-32e mode. */
    boolean protectionKeys;

    /** Rights of the protection keys, two bits each. */
    int pkru;

    /** Width of physical addresses (MAXPHYADDR), 32 to 52; bits above it are reserved. */
    public int physicalBits = 46;

    /** Result: machine address of the byte asked for. */
    public long maddr;

    /** Result: whether a write with the same privilege would need no fault and no dirty bit set. */
    public boolean writeReady;

    /** Result of a failed walk: the page-fault error code. */
    public int errorCode;

    /** Result: log2 of the page's size. */
    int pageShift;

    /** Translates guest-physical addresses further, those of the tables too; null without EPT. */
    EptWalker nested;

    /** Result of a failed walk: no page fault but an exit, as {@link #nested} has it. */
    boolean nestedFault;

    /** The four PDPTEs of PAE paging, as {@link #loadPdptes} has read them. */
    private final long[] pdptes = new long[4];

    private final long[] entryAt = new long[MAX_LEVELS + 1];
    private final long[] entries = new long[MAX_LEVELS + 1];

    /** Guest-physical addresses of the entries, under EPT. */
    private final long[] guestAt = new long[MAX_LEVELS + 1];

    public PageWalker(PhysicalMemory ram) {
        this.ram = ram;
    }

    /**
     * Translates a canonical linear address without regard to SMAP.
     *
     * @param cr3 root table's machine address (low 12 bits ignored)
     * @param access {@link #ERR_WRITE}, {@link #ERR_FETCH} or 0 for a read
     * @param user access at CPL 3
     * @param writeProtect CR0.WP
     * @param update set accessed and dirty bits; false for a probe without side effects
     * @return false if the access faults, with {@link #errorCode} set, or if under EPT it leads to
     *     an exit, with {@link #nestedFault} set
     */
    public boolean walk(
            long cr3, long va, int access, boolean user, boolean writeProtect, boolean update) {
        return walk(cr3, va, access, user, writeProtect, update, true);
    }

    /**
     * As above.
     *
     * @param ac EFLAGS.AC: lets a supervisor reach user pages in spite of SMAP
     */
    boolean walk(
            long cr3,
            long va,
            int access,
            boolean user,
            boolean writeProtect,
            boolean update,
            boolean ac) {
        nestedFault = false;
        boolean fetch = (access & ERR_FETCH) != 0;
        boolean write = (access & ERR_WRITE) != 0;
        boolean reportsFetch = executeDisable && mode != PagingMode.TWO_LEVEL || smep;
        errorCode = access & (reportsFetch ? -1 : ~ERR_FETCH) | (user ? ERR_USER : 0);
        int top = 0;
        long table = cr3 & FRAME;
        switch (mode) {
            case NONE -> {
                maddr = va & 0xffffffffL;
                writeReady = true;
                pageShift = PhysicalMemory.PAGE_SHIFT;
                return nested == null || nest(access, true, update);
            }
            case TWO_LEVEL -> {
                top = 2;
                table &= 0xffffffffL;
            }
            case PAE -> {
                long pdpte = pdptes[(int) (va >>> 30) & 3];
                if ((pdpte & PRESENT) == 0) {
                    return false;
                }
                top = 2;
                table = pdpte & FRAME;
            }
            case FOUR_LEVEL -> top = 4;
            case FIVE_LEVEL -> top = 5;
        }
        int leaf = descend(table, va, top, update);
        if (leaf == 0) {
            return false;
        }
        errorCode |= ERR_PRESENT;
        long all = -1;
        long any = 0;
        for (int level = leaf; level <= top; level++) {
            all &= entries[level];
            any |= entries[level];
        }
        boolean userPage = (all & USER) != 0;
        boolean mayWrite = (all & WRITE) != 0 || !user && !writeProtect;
        boolean mayRead = user ? userPage : !(smap && userPage && !ac);
        boolean mayFetch = (any & NX) == 0 && (user ? userPage : !(smep && userPage));
        boolean keyBlocksWrite = false;
        if (protectionKeys && userPage && !fetch) {
            int rights = pkru >>> 2 * ((int) (entries[leaf] >>> KEY_SHIFT) & 15);
            boolean keyBlocks = (rights & 1) != 0;
            keyBlocksWrite = (rights & 2) != 0 && (user || writeProtect);
            if (keyBlocks || write && keyBlocksWrite) {
                errorCode |= ERR_KEY;
                return false;
            }
        }
        if (fetch ? !mayFetch : !mayRead || write && !mayWrite) {
            return false;
        }
        long offset = (1L << pageShift) - 1;
        maddr = frame(entries[leaf], leaf) & ~offset | va & offset;
        writeReady = true;
        if (nested != null
                && (!mayMark(leaf, top, write, update) || !nest(access, userPage, update))) {
            return false;
        }
        long marked = mark(leaf, top, write, update);
        writeReady &= mayRead && mayWrite && !keyBlocksWrite && (marked & DIRTY) != 0;
        return true;
    }

    /**
     * Translates {@link #maddr} through EPT, which narrows the other results.
     *
     * @param userPage a user-mode linear address: the tables have no say against it
     */
    private boolean nest(int access, boolean userPage, boolean update) {
        int execute = nested.modeBased() && userPage ? EptWalker.EXECUTE_USER : EptWalker.EXECUTE;
        int wanted =
                (access & ERR_FETCH) != 0
                        ? execute
                        : (access & ERR_WRITE) != 0 ? EptWalker.WRITE : EptWalker.READ;
        if (!nested.walk(maddr, wanted, update)) {
            nested.qualification |= EptWalker.FINAL_ACCESS;
            nestedFault = true;
            return false;
        }
        maddr = nested.maddr;
        pageShift = Math.min(pageShift, nested.pageShift);
        writeReady &= (nested.rights & EptWalker.WRITE) != 0 && nested.dirty;
        return true;
    }

    /** Whether EPT lets accessed and dirty flags be set, as far as they have to be. */
    private boolean mayMark(int leaf, int top, boolean write, boolean update) {
        for (int level = top; update && level >= leaf; level--) {
            long bits = ACCESSED | (level == leaf && write ? DIRTY : 0);
            if ((entries[level] & bits) != bits && !toTable(guestAt[level], true, true)) {
                return false;
            }
        }
        return true;
    }

    /** Translates the address of a table's entry through EPT, if it is on. */
    private boolean toTable(long gpa, boolean write, boolean update) {
        boolean writes = write || nested.marks();
        int access = EptWalker.READ | (writes ? EptWalker.WRITE : 0);
        nestedFault = !nested.walk(gpa, access, update);
        return !nestedFault;
    }

    /**
     * Reads entries from the root down to the one that maps a page.
     *
     * @return its level, counted from 1; 0 if an entry is not present or has reserved bits set, or
     *     EPT keeps it from being read
     */
    private int descend(long root, long va, int top, boolean update) {
        long table = root;
        for (int level = top; ; level--) {
            pageShift = mode == PagingMode.TWO_LEVEL ? 2 + 10 * level : 3 + 9 * level;
            long entry = readEntry(table, va, level, update);
            if ((entry & PRESENT) == 0) {
                return 0;
            }
            boolean sized = level > 1 && (entry & PAGE_SIZE_BIT) != 0;
            boolean large = sized && (mode != PagingMode.TWO_LEVEL || largePages);
            if ((entry & reserved(level, large)) != 0) {
                errorCode |= ERR_PRESENT | ERR_RESERVED;
                return 0;
            }
            if (level == 1 || large) {
                return level;
            }
            table = entry & FRAME;
        }
    }

    /** Entry of {@code va} in a table; all ones where there is no RAM, 0 if EPT forbids. */
    private long readEntry(long table, long va, int level, boolean update) {
        boolean narrow = mode == PagingMode.TWO_LEVEL;
        long at = table + (va >>> pageShift & (narrow ? 0x3ff : 0x1ff)) * (narrow ? 4 : 8);
        if (nested != null) {
            guestAt[level] = at;
            if (!toTable(at, false, update)) {
                return 0;
            }
            at = nested.maddr;
        }
        long entry = -1;
        if (narrow) {
            entry = ram.contains(at, 4) ? ram.get32(at) & 0xffffffffL : 0xffffffffL;
        } else if (ram.contains(at, 8)) {
            entry = ram.get64(at);
        }
        entryAt[level] = at;
        entries[level] = entry;
        return entry;
    }

    /** Bits that must be 0 in a present entry of this level. */
    private long reserved(int level, boolean large) {
        if (mode == PagingMode.TWO_LEVEL) {
            return large ? PSE_RESERVED : 0;
        }
        long bits = FRAME & -1L << physicalBits;
        if (mode == PagingMode.PAE) {
            bits |= PAE_HIGH;
        }
        if (!executeDisable) {
            bits |= NX;
        }
        if (level > 3) {
            bits |= PAGE_SIZE_BIT;
        } else if (large) {
            bits |= (1L << pageShift) - 1 & -1L << PSE36_LOW;
        }
        return bits;
    }

    private long frame(long entry, int level) {
        if (mode == PagingMode.TWO_LEVEL && level == 2) {
            return entry & 0xffc00000L | (entry >>> PSE36_LOW & 0xff) << 32;
        }
        return entry & FRAME;
    }

    /** Sets accessed and dirty bits; gives the entry that maps the page as it is then. */
    private long mark(int leaf, int top, boolean write, boolean update) {
        for (int level = top; update && level >= leaf; level--) {
            long entry = entries[level];
            long marked = entry | ACCESSED | (level == leaf && write ? DIRTY : 0);
            if (marked != entry) {
                entries[level] = marked;
                // Both bits lie in the low byte, whatever the size of the entry.
                if (ram.contains(entryAt[level], 1)) {
                    ram.put8(entryAt[level], (byte) marked);
                }
            }
        }
        return entries[leaf];
    }

    /**
     * Reads the four PDPTEs of PAE paging, as MOV to CR3 does (SDM vol. 3A, 5.4.1).
     *
     * @return false, with nothing changed, if a present one has reserved bits set, or if under EPT
     *     the access leads to an exit, with {@link #nestedFault} set
     */
    public boolean loadPdptes(long cr3) {
        nestedFault = false;
        long table = cr3 & 0xffffffe0L;
        if (nested != null) {
            if (!toTable(table, false, true)) {
                return false;
            }
            table = nested.maddr;
        }
        long[] read = new long[pdptes.length];
        for (int i = 0; i < read.length; i++) {
            read[i] = ram.contains(table + 8 * i, 8) ? ram.get64(table + 8 * i) : -1;
            long reserved = PDPTE_RESERVED | -1L << physicalBits;
            if ((read[i] & PRESENT) != 0 && (read[i] & reserved) != 0) {
                return false;
            }
        }
        System.arraycopy(read, 0, pdptes, 0, read.length);
        return true;
    }

    /** A PDPTE of PAE paging, 0 to 3. */
    public long pdpte(int index) {
        return pdptes[index];
    }

    /** Sets a PDPTE, as VM entry does from its field; the caller has checked it. */
    public void pdpte(int index, long value) {
        pdptes[index] = value;
    }
}
