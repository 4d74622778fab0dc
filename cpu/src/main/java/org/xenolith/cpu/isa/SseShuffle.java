package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/**
 * Rearranging the elements of XMM registers: unpack, pack, horizontal, shuffle, insert, extract.
 */
public final class SseShuffle {
    private SseShuffle() {}

    private static void put(long[] v, int x, long low, long high) {
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    /** Applies {@code f} to the two lanes of x for the low result, of w for the high one. */
    private static void pairs(Cpu c, int x, int w, LongBinaryOperator f) {
        long[] v = c.fpu.vec;
        long low = f.applyAsLong(v[4 * x], v[4 * x + 1]);
        put(v, x, low, f.applyAsLong(v[4 * w], v[4 * w + 1]));
    }

    // ---- unpacking and packing
    // --------------------------------------------------------------------

    public static void vecPunpcklbw(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x];
        long b = v[4 * w];
        put(v, x, Packed.unpackLowBytes(a, b), Packed.unpackHighBytes(a, b));
    }

    public static void vecPunpckhbw(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x + 1];
        long b = v[4 * w + 1];
        put(v, x, Packed.unpackLowBytes(a, b), Packed.unpackHighBytes(a, b));
    }

    public static void vecPunpcklwd(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x];
        long b = v[4 * w];
        put(v, x, Packed.unpackLowWords(a, b), Packed.unpackHighWords(a, b));
    }

    public static void vecPunpckhwd(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x + 1];
        long b = v[4 * w + 1];
        put(v, x, Packed.unpackLowWords(a, b), Packed.unpackHighWords(a, b));
    }

    public static void vecPunpckldq(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x];
        long b = v[4 * w];
        put(v, x, Packed.unpackLowDwords(a, b), Packed.unpackHighDwords(a, b));
    }

    public static void vecPunpckhdq(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long a = v[4 * x + 1];
        long b = v[4 * w + 1];
        put(v, x, Packed.unpackLowDwords(a, b), Packed.unpackHighDwords(a, b));
    }

    /** PUNPCKLQDQ, UNPCKLPD. */
    public static void vecPunpcklqdq(Cpu c, int x, int w) {
        c.fpu.vec[4 * x + 1] = c.fpu.vec[4 * w];
    }

    /** PUNPCKHQDQ, UNPCKHPD. */
    public static void vecPunpckhqdq(Cpu c, int x, int w) {
        put(c.fpu.vec, x, c.fpu.vec[4 * x + 1], c.fpu.vec[4 * w + 1]);
    }

    public static void vecPacksswb(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::packSignedBytes);
    }

    public static void vecPackuswb(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::packUnsignedBytes);
    }

    public static void vecPackssdw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::packSignedWords);
    }

    public static void vecPackusdw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::packUnsignedWords);
    }

    // ---- horizontal sums
    // --------------------------------------------------------------------------

    public static void vecPhaddw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalAddWords);
    }

    public static void vecPhaddd(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalAddDwords);
    }

    public static void vecPhaddsw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalAddWordsSaturated);
    }

    public static void vecPhsubw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalSubWords);
    }

    public static void vecPhsubd(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalSubDwords);
    }

    public static void vecPhsubsw(Cpu c, int x, int w) {
        pairs(c, x, w, Packed::horizontalSubWordsSaturated);
    }

    // ---- shuffles
    // ---------------------------------------------------------------------------------

    public static void pshufd(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = v[4 * w + 1];
        int order = (int) imm;
        long r0 = dword(low, high, order);
        long r1 = dword(low, high, order >> 2);
        put(v, x, r0 | r1 << 32, dword(low, high, order >> 4) | dword(low, high, order >> 6) << 32);
    }

    private static long dword(long low, long high, int n) {
        return ((n & 2) == 0 ? low : high) >>> 32 * (n & 1) & 0xffffffffL;
    }

    public static void pshuflw(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        put(v, x, Packed.shuffleWords(v[4 * w], (int) imm), v[4 * w + 1]);
    }

    public static void pshufhw(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        put(v, x, v[4 * w], Packed.shuffleWords(v[4 * w + 1], (int) imm));
    }

    public static void shufps(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        long a = v[4 * x];
        long b = v[4 * x + 1];
        int order = (int) imm;
        long low = dword(a, b, order) | dword(a, b, order >> 2) << 32;
        a = v[4 * w];
        b = v[4 * w + 1];
        put(v, x, low, dword(a, b, order >> 4) | dword(a, b, order >> 6) << 32);
    }

    public static void shufpd(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        put(v, x, v[4 * x + (int) (imm & 1)], v[4 * w + (int) (imm >> 1 & 1)]);
    }

    public static void vecPshufb(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        long low = v[4 * x];
        long high = v[4 * x + 1];
        put(v, x, chooseBytes(low, high, v[4 * w]), chooseBytes(low, high, v[4 * w + 1]));
    }

    private static long chooseBytes(long low, long high, long control) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            int n = (int) (control >> 8 * i);
            if ((n & 0x80) == 0) {
                r |= (((n & 8) == 0 ? low : high) >>> 8 * (n & 7) & 0xff) << 8 * i;
            }
        }
        return r;
    }

    // ---- single elements -----------------------------------------------------------------------

    /** PINSRB. */
    public static void vecPinsrb(Cpu c, int x, long e, long imm) {
        insert(c.fpu.vec, x, e, (int) imm & 15, 8);
    }

    /** PINSRW into an XMM register. */
    public static void vecPinsrw(Cpu c, int x, long e, long imm) {
        insert(c.fpu.vec, x, e, (int) imm & 7, 16);
    }

    public static void vecPinsrd(Cpu c, int x, long e, long imm) {
        insert(c.fpu.vec, x, e, (int) imm & 3, 32);
    }

    public static void vecPinsrq(Cpu c, int x, long e, long imm) {
        c.fpu.vec[4 * x + (int) (imm & 1)] = e;
    }

    private static void insert(long[] v, int x, long value, int n, int width) {
        int at = 4 * x + (n * width >> 6);
        int shift = n * width & 63;
        long mask = (1L << width) - 1 << shift;
        v[at] = v[at] & ~mask | value << shift & mask;
    }

    public static long vecPextrb(Cpu c, int x, long imm) {
        return c.fpu.vec[4 * x + (int) (imm >> 3 & 1)] >>> 8 * (imm & 7) & 0xff;
    }

    /** PEXTRW from an XMM register. */
    public static long vecPextrw(Cpu c, int x, long imm) {
        return c.fpu.vec[4 * x + (int) (imm >> 2 & 1)] >>> 16 * (imm & 3) & 0xffff;
    }

    /** PEXTRD, EXTRACTPS. */
    public static long vecPextrd(Cpu c, int x, long imm) {
        return c.fpu.vec[4 * x + (int) (imm >> 1 & 1)] >>> 32 * (imm & 1) & 0xffffffffL;
    }

    public static long vecPextrq(Cpu c, int x, long imm) {
        return c.fpu.vec[4 * x + (int) (imm & 1)];
    }

    /** INSERTPS from a register: imm[7:6] chooses the source element. */
    public static void insertpsReg(Cpu c, int x, int w, long imm) {
        insertps(c, x, vecPextrd(c, w, imm >> 6), imm);
    }

    /** INSERTPS from memory, whose only element is the source. */
    public static void insertpsMem(Cpu c, int x, int w, long imm) {
        insertps(c, x, c.fpu.vec[4 * w], imm);
    }

    private static void insertps(Cpu c, int x, long value, long imm) {
        insert(c.fpu.vec, x, value, (int) imm >> 4 & 3, 32);
        for (int i = 0; i < 4; i++) {
            if ((imm >> i & 1) != 0) {
                insert(c.fpu.vec, x, 0, i, 32);
            }
        }
    }
}
