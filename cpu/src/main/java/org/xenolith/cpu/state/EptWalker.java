package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.Arrays;

/**
 * Second-level translation through the four levels of extended page tables (SDM vol. 3C, 29.3):
 * guest-physical address to machine address. One result at a time, in the fields.
 *
 * <p>What it finds it keeps until told otherwise ("guest-physical mappings", SDM vol. 3C, 29.4.1),
 * for the tables of paging above all, through which each page walk comes; but not what is outside
 * RAM, as no cache of translations does here. Tables outside RAM read as all ones.
 */
public final class EptWalker {
    /** Access bits, which are those of the entries and of the exit qualification, too. */
    public static final int READ = 1;

    public static final int WRITE = 1 << 1;

    /** With mode-based control: for supervisor-mode linear addresses. */
    public static final int EXECUTE = 1 << 2;

    /** Execution at user-mode linear addresses, where {@link #modeBased}. */
    public static final int EXECUTE_USER = 1 << 10;

    /** Basic exit reason of a translation that lacks a right, or an entry (SDM vol. 3D, C). */
    public static final int VIOLATION = 48;

    /** Basic exit reason of an entry that means nothing. */
    public static final int MISCONFIGURATION = 49;

    /** Basic exit reason of a page that would become dirty while the log is full. */
    public static final int LOG_FULL = 62;

    /** Takes note of pages that become dirty (SDM vol. 3C, 29.3.6). */
    @FunctionalInterface
    public interface DirtyLog {
        /**
         * Notes a page.
         *
         * @return false, with nothing noted, if the log is full
         */
        boolean add(long guestPhysical);
    }

    /** Exit qualification: the access was to a linear address, which is in its field. */
    public static final int LINEAR_VALID = 1 << 7;

    /** Exit qualification: the access was to the translation itself, not to a table of paging. */
    public static final int FINAL_ACCESS = 1 << 8;

    /**
     * EPTP: memory type, levels minus 1, and what the processor shall note (SDM vol. 3C, 25.6.11).
     */
    public static final int EPTP_TYPE = 7;

    public static final int EPTP_LEVELS_SHIFT = 3;
    public static final int EPTP_ACCESSED_DIRTY = 1 << 6;

    private static final int RIGHTS_SHIFT = 3;
    private static final int EXECUTE_USER_SHIFT = 4; // to bit 6 of the exit qualification
    private static final int LEVELS = 4;
    private static final int LARGE = 1 << 7;
    private static final int TYPE_SHIFT = 3;
    private static final int ACCESSED = 1 << 8;
    private static final int DIRTY = 1 << 9;

    /** Bits 7:3 of an entry of the root table, bits 6:3 of others that name a table. */
    private static final int ROOT_RESERVED = 0xf8;

    private static final int TABLE_RESERVED = 0x78;

    /** Widest guest-physical address that four levels translate. */
    private static final int WIDTH = 48;

    /**
     * Guest-physical mappings kept, by low bits of the page's number; as many behind them of pages
     * of 2 MiB and parts of larger ones.
     */
    private static final int KEPT = 512;

    private static final int LARGE_SHIFT = 21;
    private static final long LARGE_OFFSET = (1L << LARGE_SHIFT) - 1;

    /** Tells the number of a large page from that of a small one. */
    private static final long LARGE_TAG = 1L << 62;

    private static final long NONE = -1;

    private final PhysicalMemory ram;
    private final long[] keptPage = new long[2 * KEPT];
    private final long[] keptFrame = new long[2 * KEPT];
    private final int[] keptRights = new int[2 * KEPT];
    private final byte[] keptShift = new byte[2 * KEPT];
    private final boolean[] keptDirty = new boolean[2 * KEPT];
    private boolean keptModeBased;
    private long pointer = -1;
    private long root;
    private boolean marks;
    private boolean modeBased;
    private DirtyLog log;
    private int physicalBits;

    /** Result: machine address. */
    public long maddr;

    /** Result: log2 of the size of the page. */
    public int pageShift;

    /** Result: {@link #READ} and so on, as far as all levels grant it. */
    public int rights;

    /** Result: whether a write needs no dirty flag set. */
    public boolean dirty;

    /** Result of a failed walk: {@link #VIOLATION} or {@link #MISCONFIGURATION}. */
    public int exitReason;

    /** Result of a failed walk: bits 5:0 of the exit qualification of a violation. */
    public int qualification;

    /** Result of a failed walk: the address that was to be translated. */
    public long guestPhysical;

    /**
     * Where the exit has one ({@link #LINEAR_VALID}): the linear address whose use led to it. Set
     * by the processor.
     */
    public long linear;

    private final long[] entryAt = new long[LEVELS + 1];
    private final long[] entries = new long[LEVELS + 1];

    public EptWalker(PhysicalMemory ram) {
        this.ram = ram;
        flush();
    }

    /**
     * Names the tables; there is no log, and bit 10 of entries means nothing.
     *
     * @param eptp an EPT pointer that VM entry accepts
     * @param bits width of machine addresses; bits above it are reserved in entries
     */
    public void use(long eptp, int bits) {
        if (eptp != pointer || bits != physicalBits) {
            flush();
        }
        pointer = eptp;
        log = null;
        modeBased = false;
        root = eptp & PageWalker.FRAME;
        marks = (eptp & EPTP_ACCESSED_DIRTY) != 0;
        physicalBits = bits;
    }

    /**
     * Lets bit 10 of entries govern execution at user-mode linear addresses, and pages that become
     * dirty be noted. To be called behind {@link #use}.
     *
     * @param dirtyLog null for none
     */
    public void extend(boolean userExecute, DirtyLog dirtyLog) {
        modeBased = userExecute;
        log = dirtyLog;
        if (userExecute != keptModeBased) {
            flush();
        }
        keptModeBased = userExecute;
    }

    /** Whether execution at user-mode linear addresses has a right of its own. */
    public boolean modeBased() {
        return modeBased;
    }

    /** Forgets all guest-physical mappings. */
    void flush() {
        Arrays.fill(keptPage, NONE);
    }

    /** Whether accessed and dirty flags are kept: then reads of guest tables count as writes. */
    public boolean marks() {
        return marks;
    }

    /**
     * Translates.
     *
     * @param gpa guest-physical address
     * @param access what is to be done there: {@link #READ} and so on
     * @param update set accessed and dirty flags if they are kept
     * @return false if the access leads to an exit, which the fields then describe
     */
    public boolean walk(long gpa, int access, boolean update) {
        long page = gpa >>> PhysicalMemory.PAGE_SHIFT;
        int small = (int) page & KEPT - 1;
        if (isKept(small, page, access)) {
            maddr = keptFrame[small] | gpa & PhysicalMemory.PAGE_SIZE - 1;
            return true;
        }
        long largePage = gpa >>> LARGE_SHIFT | LARGE_TAG;
        int large = KEPT + ((int) largePage & KEPT - 1);
        if (isKept(large, largePage, access)) {
            maddr = keptFrame[large] | gpa & LARGE_OFFSET;
            return true;
        }
        keptPage[small] = NONE;
        keptPage[large] = NONE;
        if (!walkTables(gpa, access, update)) {
            return false;
        }
        if (update && ram.contains(maddr & -PhysicalMemory.PAGE_SIZE, PhysicalMemory.PAGE_SIZE)) {
            boolean isLarge = pageShift >= LARGE_SHIFT;
            int k = isLarge ? large : small;
            keptPage[k] = isLarge ? largePage : page;
            keptFrame[k] = maddr & ~(isLarge ? LARGE_OFFSET : PhysicalMemory.PAGE_SIZE - 1L);
            keptRights[k] = rights;
            keptShift[k] = (byte) pageShift;
            keptDirty[k] = dirty;
        }
        return true;
    }

    /** Gives the results of a mapping that is kept, but for its address. */
    private boolean isKept(int k, long page, int access) {
        if (keptPage[k] != page
                || (access & ~keptRights[k]) != 0
                || !keptDirty[k] && (access & WRITE) != 0) {
            return false;
        }
        pageShift = keptShift[k];
        rights = keptRights[k];
        dirty = keptDirty[k];
        return true;
    }

    private boolean walkTables(long gpa, int access, boolean update) {
        guestPhysical = gpa;
        rights = 0;
        if (gpa >>> WIDTH != 0) {
            return violation(access);
        }
        int present = READ | WRITE | EXECUTE | (modeBased ? EXECUTE_USER : 0);
        int all = present;
        long table = root;
        int level = LEVELS;
        while (true) {
            pageShift = 3 + 9 * level;
            long at = table + (gpa >>> pageShift & 0x1ff) * 8;
            long entry = ram.contains(at, 8) ? ram.get64(at) : -1;
            entryAt[level] = at;
            entries[level] = entry;
            all &= (int) entry;
            if ((entry & present) == 0) {
                return violation(access);
            }
            boolean leaf = level == 1 || level < LEVELS && (entry & LARGE) != 0;
            if (isMisconfigured(entry, level, leaf)) {
                exitReason = MISCONFIGURATION;
                qualification = 0;
                return false;
            }
            if (leaf) {
                break;
            }
            table = entry & PageWalker.FRAME;
            level--;
        }
        rights = all;
        if ((access & ~rights) != 0) {
            return violation(access);
        }
        if (marks && update) {
            boolean write = (access & WRITE) != 0;
            boolean dirties = write && (entries[level] & DIRTY) == 0;
            if (dirties && log != null && !log.add(gpa & -PhysicalMemory.PAGE_SIZE)) {
                exitReason = LOG_FULL;
                qualification = 0;
                return false;
            }
            mark(level, write);
        }
        dirty = !marks || (entries[level] & DIRTY) != 0;
        long offset = (1L << pageShift) - 1;
        maddr = entries[level] & PageWalker.FRAME & ~offset | gpa & offset;
        return true;
    }

    private boolean violation(int access) {
        exitReason = VIOLATION;
        int done = access & (READ | WRITE | EXECUTE);
        if ((access & EXECUTE_USER) != 0) {
            done |= EXECUTE;
        }
        int granted = rights & (READ | WRITE | EXECUTE);
        qualification =
                done | granted << RIGHTS_SHIFT | (rights & EXECUTE_USER) >> EXECUTE_USER_SHIFT;
        return false;
    }

    /** SDM vol. 3C, 29.3.3.1. Entries that allow nothing but execution are implemented. */
    private boolean isMisconfigured(long entry, int level, boolean leaf) {
        if ((entry & (READ | WRITE)) == WRITE) {
            return true;
        }
        long reserved = PageWalker.FRAME & -1L << physicalBits;
        if (!leaf) {
            return (entry & (reserved | (level == LEVELS ? ROOT_RESERVED : TABLE_RESERVED))) != 0;
        }
        if (level > 1) {
            reserved |= (1L << pageShift) - 1 & PageWalker.FRAME;
        }
        return (entry & reserved) != 0 || !isMemoryType((int) entry >> TYPE_SHIFT & 7);
    }

    /** Whether a number stands for a memory type: UC, WC, WT, WP and WB do. */
    private static boolean isMemoryType(int type) {
        return type != 2 && type != 3 && type != 7;
    }

    private void mark(int leaf, boolean write) {
        for (int level = LEVELS; level >= leaf; level--) {
            long marked = entries[level] | ACCESSED | (level == leaf && write ? DIRTY : 0);
            if (marked != entries[level] && ram.contains(entryAt[level], 8)) {
                entries[level] = marked;
                ram.put8(entryAt[level] + 1, (byte) (marked >>> 8)); // which holds both flags
            }
        }
    }
}
