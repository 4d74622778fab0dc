package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Vectors.halves;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/**
 * Rearranging the elements of vector registers within 128 bits: unpack, pack, horizontal, shuffle,
 * insert, extract.
 */
public final class SseShuffle {
    private SseShuffle() {}

    private static void put(long[] v, int d, long low, long high) {
        v[d] = low;
        v[d + 1] = high;
    }

    /** In each half, {@code f} of the two lanes of x, then of those of w. */
    private static void pairs(Cpu c, int d, int x, int w, int vl, LongBinaryOperator f) {
        halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    long low = f.applyAsLong(v[a], v[a + 1]);
                    put(v, to, low, f.applyAsLong(v[b], v[b + 1]));
                });
    }

    /** In each half, two functions of the lanes {@code at} (0 or 1) of x and w. */
    private static void unpack(
            Cpu c,
            int d,
            int x,
            int w,
            int vl,
            int at,
            LongBinaryOperator toLow,
            LongBinaryOperator toHigh) {
        halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    long low = toLow.applyAsLong(v[a + at], v[b + at]);
                    put(v, to, low, toHigh.applyAsLong(v[a + at], v[b + at]));
                });
    }

    // ---- unpacking and packing

    public static void vecPunpcklbw(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 0, Packed::unpackLowBytes, Packed::unpackHighBytes);
    }

    public static void vecPunpckhbw(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 1, Packed::unpackLowBytes, Packed::unpackHighBytes);
    }

    public static void vecPunpcklwd(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 0, Packed::unpackLowWords, Packed::unpackHighWords);
    }

    public static void vecPunpckhwd(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 1, Packed::unpackLowWords, Packed::unpackHighWords);
    }

    public static void vecPunpckldq(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 0, Packed::unpackLowDwords, Packed::unpackHighDwords);
    }

    public static void vecPunpckhdq(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 1, Packed::unpackLowDwords, Packed::unpackHighDwords);
    }

    /** PUNPCKLQDQ, UNPCKLPD. */
    public static void vecPunpcklqdq(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 0, (a, b) -> a, (a, b) -> b);
    }

    /** PUNPCKHQDQ, UNPCKHPD. */
    public static void vecPunpckhqdq(Cpu c, int d, int x, int w, int vl) {
        unpack(c, d, x, w, vl, 1, (a, b) -> a, (a, b) -> b);
    }

    public static void vecPacksswb(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::packSignedBytes);
    }

    public static void vecPackuswb(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::packUnsignedBytes);
    }

    public static void vecPackssdw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::packSignedWords);
    }

    public static void vecPackusdw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::packUnsignedWords);
    }

    // ---- horizontal sums

    public static void vecPhaddw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalAddWords);
    }

    public static void vecPhaddd(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalAddDwords);
    }

    public static void vecPhaddsw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalAddWordsSaturated);
    }

    public static void vecPhsubw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalSubWords);
    }

    public static void vecPhsubd(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalSubDwords);
    }

    public static void vecPhsubsw(Cpu c, int d, int x, int w, int vl) {
        pairs(c, d, x, w, vl, Packed::horizontalSubWordsSaturated);
    }

    // ---- shuffles ------------------------------------------------------------------------------

    public static void pshufd(Cpu c, int d, int w, long imm, int vl) {
        halves(c, d, w, w, vl, (v, to, a, b) -> shuffleDwords(v, to, a, a, (int) imm));
    }

    public static void shufps(Cpu c, int d, int x, int w, long imm, int vl) {
        halves(c, d, x, w, vl, (v, to, a, b) -> shuffleDwords(v, to, a, b, (int) imm));
    }

    /** Two doublewords of the half at {@code a}, then two of that at {@code b}. */
    static void shuffleDwords(long[] v, int to, int a, int b, int order) {
        long low = dword(v, a, order) | dword(v, a, order >> 2) << 32;
        put(v, to, low, dword(v, b, order >> 4) | dword(v, b, order >> 6) << 32);
    }

    /** Doubleword 0..3 of the half at {@code at}, by the low two bits of {@code n}. */
    static long dword(long[] v, int at, int n) {
        return v[at + (n >> 1 & 1)] >>> 32 * (n & 1) & 0xffffffffL;
    }

    public static void pshuflw(Cpu c, int d, int w, long imm, int vl) {
        halves(
                c,
                d,
                w,
                w,
                vl,
                (v, to, a, b) -> put(v, to, Packed.shuffleWords(v[a], (int) imm), v[a + 1]));
    }

    public static void pshufhw(Cpu c, int d, int w, long imm, int vl) {
        halves(
                c,
                d,
                w,
                w,
                vl,
                (v, to, a, b) -> put(v, to, v[a], Packed.shuffleWords(v[a + 1], (int) imm)));
    }

    /** Each half has two bits of {@code imm} of its own. */
    public static void shufpd(Cpu c, int d, int x, int w, long imm, int vl) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i += 2) {
            long low = v[4 * x + i + (int) (imm >> i & 1)];
            put(v, 4 * d + i, low, v[4 * w + i + (int) (imm >> i + 1 & 1)]);
        }
    }

    public static void vecPshufb(Cpu c, int d, int x, int w, int vl) {
        halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    long low = chooseBytes(v[a], v[a + 1], v[b]);
                    put(v, to, low, chooseBytes(v[a], v[a + 1], v[b + 1]));
                });
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
    public static void vecPinsrb(Cpu c, int d, int x, long e, long imm) {
        Vectors.copyLow(c.fpu.vec, d, x);
        insert(c.fpu.vec, d, e, (int) imm & 15, 8);
    }

    /** PINSRW into an XMM register. */
    public static void vecPinsrw(Cpu c, int d, int x, long e, long imm) {
        Vectors.copyLow(c.fpu.vec, d, x);
        insert(c.fpu.vec, d, e, (int) imm & 7, 16);
    }

    public static void vecPinsrd(Cpu c, int d, int x, long e, long imm) {
        Vectors.copyLow(c.fpu.vec, d, x);
        insert(c.fpu.vec, d, e, (int) imm & 3, 32);
    }

    public static void vecPinsrq(Cpu c, int d, int x, long e, long imm) {
        Vectors.copyLow(c.fpu.vec, d, x);
        c.fpu.vec[4 * d + (int) (imm & 1)] = e;
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
    public static void insertpsReg(Cpu c, int d, int x, int w, long imm) {
        insertps(c, d, x, vecPextrd(c, w, imm >> 6), imm);
    }

    /** INSERTPS from memory, whose only element is the source. */
    public static void insertpsMem(Cpu c, int d, int x, int w, long imm) {
        insertps(c, d, x, c.fpu.vec[4 * w], imm);
    }

    private static void insertps(Cpu c, int d, int x, long value, long imm) {
        Vectors.copyLow(c.fpu.vec, d, x);
        insert(c.fpu.vec, d, value, (int) imm >> 4 & 3, 32);
        for (int i = 0; i < 4; i++) {
            if ((imm >> i & 1) != 0) {
                insert(c.fpu.vec, d, 0, i, 32);
            }
        }
    }
}
