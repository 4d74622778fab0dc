package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.HostMemory;

/**
 * Loads and stores of translated code, which hands in the RAM as a constant and the data
 * translations ({@link LinearMemory#translations}) in a local variable, so that HotSpot need not
 * fetch them for each access.
 *
 * <p>What misses the TLB throws {@link TranslationMiss}, so that there is no call for whose sake
 * HotSpot would have to keep the guest's registers in memory.
 */
public final class TranslatedAccess {
    private static final long PAGE_MASK = LinearMemory.PAGE_MASK;

    private TranslatedAccess() {}

    public static byte load8(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.READ] == (va & PAGE_MASK)) {
            return ram.get8(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static short load16(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.READ] == (va + 1 & PAGE_MASK)) {
            return ram.get16(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static int load32(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.READ] == (va + 3 & PAGE_MASK)) {
            return ram.get32(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static long load64(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.READ] == (va + 7 & PAGE_MASK)) {
            return ram.get64(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static byte update8(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va & PAGE_MASK)) {
            return ram.get8(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static short update16(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 1 & PAGE_MASK)) {
            return ram.get16(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static int update32(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 3 & PAGE_MASK)) {
            return ram.get32(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static long update64(long va, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 7 & PAGE_MASK)) {
            return ram.get64(va + tlb[i + Tlb.ADDEND]);
        }
        throw TranslationMiss.INSTANCE;
    }

    public static void store8(long va, byte value, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va & PAGE_MASK)) {
            ram.put8(va + tlb[i + Tlb.ADDEND], value);
        } else {
            throw TranslationMiss.INSTANCE;
        }
    }

    public static void store16(long va, short value, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 1 & PAGE_MASK)) {
            ram.put16(va + tlb[i + Tlb.ADDEND], value);
        } else {
            throw TranslationMiss.INSTANCE;
        }
    }

    public static void store32(long va, int value, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 3 & PAGE_MASK)) {
            ram.put32(va + tlb[i + Tlb.ADDEND], value);
        } else {
            throw TranslationMiss.INSTANCE;
        }
    }

    public static void store64(long va, long value, long[] tlb, HostMemory ram) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + 7 & PAGE_MASK)) {
            ram.put64(va + tlb[i + Tlb.ADDEND], value);
        } else {
            throw TranslationMiss.INSTANCE;
        }
    }

    /**
     * Translates for reading {@code size} bytes, up to a page.
     *
     * @return the machine address, for {@link #get64}
     */
    public static long readable(long va, int size, long[] tlb) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.READ] == (va + size - 1 & PAGE_MASK)) {
            return va + tlb[i + Tlb.ADDEND];
        }
        throw TranslationMiss.INSTANCE;
    }

    /** As {@link #readable} for writing, with {@link #put64}. */
    public static long writable(long va, int size, long[] tlb) {
        int i = Tlb.index(va);
        if (tlb[i + Tlb.WRITE] == (va + size - 1 & PAGE_MASK)) {
            return va + tlb[i + Tlb.ADDEND];
        }
        throw TranslationMiss.INSTANCE;
    }

    public static long get64(long maddr, HostMemory ram) {
        return ram.get64(maddr);
    }

    public static void put64(long maddr, long value, HostMemory ram) {
        ram.put64(maddr, value);
    }
}
