package org.xenolith.cpu.state;

/**
 * {@link TranslatedAccess} for translations on trial: each access first notes its address, for
 * {@link LinearMemory#permitMissed}.
 */
public final class TrialAccess {
    private TrialAccess() {}

    private static void note(long va, long[] tlb) {
        tlb[Tlb.MISSED] = va;
    }

    public static byte load8(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.load8(va, tlb);
    }

    public static short load16(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.load16(va, tlb);
    }

    public static int load32(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.load32(va, tlb);
    }

    public static long load64(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.load64(va, tlb);
    }

    public static byte update8(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.update8(va, tlb);
    }

    public static short update16(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.update16(va, tlb);
    }

    public static int update32(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.update32(va, tlb);
    }

    public static long update64(long va, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.update64(va, tlb);
    }

    public static void store8(long va, byte value, long[] tlb) {
        note(va, tlb);
        TranslatedAccess.store8(va, value, tlb);
    }

    public static void store16(long va, short value, long[] tlb) {
        note(va, tlb);
        TranslatedAccess.store16(va, value, tlb);
    }

    public static void store32(long va, int value, long[] tlb) {
        note(va, tlb);
        TranslatedAccess.store32(va, value, tlb);
    }

    public static void store64(long va, long value, long[] tlb) {
        note(va, tlb);
        TranslatedAccess.store64(va, value, tlb);
    }

    public static long readable(long va, int size, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.readable(va, size, tlb);
    }

    public static long writable(long va, int size, long[] tlb) {
        note(va, tlb);
        return TranslatedAccess.writable(va, size, tlb);
    }
}
