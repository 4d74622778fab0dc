package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.HostArray;
import org.xenolith.cpu.memory.HostPage;

/**
 * Loads and stores of translated code, which hands in the data translations ({@link
 * LinearMemory#translations}) in a local variable, so that HotSpot need not fetch them for each
 * access.
 *
 * <p>What misses the TLB throws {@link TranslationMiss}, so that there is no call for whose sake
 * HotSpot would have to keep the guest's registers in memory.
 */
public final class TranslatedAccess {
    private static final long PAGE_MASK = LinearMemory.PAGE_MASK;

    private TranslatedAccess() {}

    /**
     * What to add to a linear address.
     *
     * @param page of the last byte that is accessed
     * @param tag {@link Tlb#READ} or {@link Tlb#WRITE}
     */
    private static long addend(long va, long page, int tag, long[] tlb) {
        long first = Tlb.offset(va);
        if (get(tlb, first, tag) == page) {
            return get(tlb, first, Tlb.ADDEND);
        }
        long second = first ^ (long) Tlb.OTHER << HostArray.SHIFT;
        if (get(tlb, second, tag) == page) {
            return get(tlb, second, Tlb.ADDEND);
        }
        throw TranslationMiss.INSTANCE;
    }

    private static long get(long[] tlb, long entry, int index) {
        return HostArray.get(tlb, entry + ((long) index << HostArray.SHIFT));
    }

    public static byte load8(long va, long[] tlb) {
        return HostPage.get8(va + addend(va, va & PAGE_MASK, Tlb.READ, tlb));
    }

    public static short load16(long va, long[] tlb) {
        return HostPage.get16(va + addend(va, va + 1 & PAGE_MASK, Tlb.READ, tlb));
    }

    public static int load32(long va, long[] tlb) {
        return HostPage.get32(va + addend(va, va + 3 & PAGE_MASK, Tlb.READ, tlb));
    }

    public static long load64(long va, long[] tlb) {
        return HostPage.get64(va + addend(va, va + 7 & PAGE_MASK, Tlb.READ, tlb));
    }

    public static byte update8(long va, long[] tlb) {
        return HostPage.get8(va + addend(va, va & PAGE_MASK, Tlb.WRITE, tlb));
    }

    public static short update16(long va, long[] tlb) {
        return HostPage.get16(va + addend(va, va + 1 & PAGE_MASK, Tlb.WRITE, tlb));
    }

    public static int update32(long va, long[] tlb) {
        return HostPage.get32(va + addend(va, va + 3 & PAGE_MASK, Tlb.WRITE, tlb));
    }

    public static long update64(long va, long[] tlb) {
        return HostPage.get64(va + addend(va, va + 7 & PAGE_MASK, Tlb.WRITE, tlb));
    }

    public static void store8(long va, byte value, long[] tlb) {
        HostPage.put8(va + addend(va, va & PAGE_MASK, Tlb.WRITE, tlb), value);
    }

    public static void store16(long va, short value, long[] tlb) {
        HostPage.put16(va + addend(va, va + 1 & PAGE_MASK, Tlb.WRITE, tlb), value);
    }

    public static void store32(long va, int value, long[] tlb) {
        HostPage.put32(va + addend(va, va + 3 & PAGE_MASK, Tlb.WRITE, tlb), value);
    }

    public static void store64(long va, long value, long[] tlb) {
        HostPage.put64(va + addend(va, va + 7 & PAGE_MASK, Tlb.WRITE, tlb), value);
    }

    /**
     * Translates for reading {@code size} bytes, up to a page.
     *
     * @return the host's address, for {@link #get64}
     */
    public static long readable(long va, int size, long[] tlb) {
        return va + addend(va, va + size - 1 & PAGE_MASK, Tlb.READ, tlb);
    }

    /** As {@link #readable} for writing, with {@link #put64}. */
    public static long writable(long va, int size, long[] tlb) {
        return va + addend(va, va + size - 1 & PAGE_MASK, Tlb.WRITE, tlb);
    }

    public static long get64(long address) {
        return HostPage.get64(address);
    }

    public static void put64(long address, long value) {
        HostPage.put64(address, value);
    }
}
