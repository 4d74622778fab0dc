package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Rare;

/** F16C: conversion between half and single precision (SDM vol. 1, 14.4). */
public final class HalfFloat {
    private static final int PRECISION = 11;
    private static final int MAX_EXPONENT = 15;

    /** Exponents of four halves, and the lowest bits of these. */
    private static final long EXPONENTS = 0x7c007c007c007c00L;

    private static final long LOWEST_OF_EXPONENTS = 0x0400040004000400L;

    /** The smallest normal half: below it results are denormal, or tiny and rounded up to it. */
    private static final float SMALLEST = 0x1p-14f;

    /** The largest half, from which on rounding may overflow. */
    private static final float LARGEST = 65504;

    private HalfFloat() {}

    // ---- to single precision -------------------------------------------------------------------

    /** Exact, and with no thought for DAZ: only a signaling NaN raises a flag. */
    public static void vcvtph2ps(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = vl == 32 ? v[4 * w + 1] : 0;
        if (isSpecial(low) || isSpecial(high)) {
            slowWiden(c, d, w, vl);
            return;
        }
        long r0 = widened((int) low);
        long r1 = widened((int) (low >> 32));
        long r2 = widened((int) high);
        Vectors.put(v, d, vl, r0, r1, r2, widened((int) (high >> 32)));
    }

    /** Whether one of four halves is a NaN or infinite. */
    private static boolean isSpecial(long halves) {
        return ((halves & EXPONENTS) + LOWEST_OF_EXPONENTS & Packed.W) != 0;
    }

    private static long widened(int halves) {
        int low = Float.floatToRawIntBits(Float.float16ToFloat((short) halves));
        int high = Float.floatToRawIntBits(Float.float16ToFloat((short) (halves >> 16)));
        return Packed.dwords(low, high);
    }

    @Rare
    private static void slowWiden(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            long pair = v[4 * w + (i >> 1)] >>> 32 * (i & 1);
            int low = widen(c, (int) pair & 0xffff);
            v[Vectors.RESULT + i] = Packed.dwords(low, widen(c, (int) (pair >>> 16) & 0xffff));
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private static int widen(Cpu c, int half) {
        int fraction = half & 0x3ff;
        if ((half >> 10 & 31) == 31 && fraction != 0) {
            if ((half & 0x200) == 0) {
                c.fpu.mxcsr |= FloatStatus.IE;
            }
            return (half & 0x8000) << 16 | 0x7fc00000 | fraction << 13;
        }
        return Float.floatToRawIntBits(Float.float16ToFloat((short) half));
    }

    // ---- from single precision -----------------------------------------------------------------

    /** Rounds by imm[1:0], or with imm[2] by MXCSR; small results are never flushed to zero. */
    public static void vcvtps2ph(Cpu c, int d, int x, long imm, int vl) {
        long[] v = c.fpu.vec;
        long r0 = quickPair(c, v[4 * x], imm);
        long r1 = quickPair(c, v[4 * x + 1], imm);
        boolean slow = r0 < 0 || r1 < 0;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quickPair(c, v[4 * x + 2], imm);
            r3 = quickPair(c, v[4 * x + 3], imm);
            slow |= r2 < 0 || r3 < 0;
        }
        if (slow) {
            slowNarrow(c, d, x, imm, vl);
        } else {
            Vectors.put(v, d, 32, r0 | r1 << 32, r2 | r3 << 32, 0, 0);
        }
    }

    /** Two halves, or a negative number for "no". */
    private static long quickPair(Cpu c, long pair, long imm) {
        int low = quick(c, Float.intBitsToFloat((int) pair), imm);
        int high = quick(c, Float.intBitsToFloat((int) (pair >> 32)), imm);
        return low < 0 || high < 0 ? -1 : low | (long) high << 16;
    }

    /**
     * Right for zero and normal results if they are exact, or rounded to nearest with PE settled.
     */
    private static int quick(Cpu c, float f, long imm) {
        boolean nearest = (imm & 4) == 0 ? (imm & 3) == 0 : SseFloat.nearest(c);
        short half = Float.floatToFloat16(f);
        float size = Math.abs(f);
        boolean sized = size > SMALLEST && size < LARGEST || f == 0;
        boolean sure = nearest && SseFloat.precisionSettled(c) || Float.float16ToFloat(half) == f;
        return sized && sure ? half & 0xffff : -1;
    }

    @Rare
    private static void slowNarrow(Cpu c, int d, int x, long imm, int vl) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            long lane = v[4 * x + i];
            long pair = narrow(c, (int) lane, imm) | narrow(c, (int) (lane >> 32), imm) << 16;
            int at = Vectors.RESULT + (i >> 1);
            v[at] = (i & 1) == 0 ? pair : v[at] | pair << 32;
        }
        for (int i = vl >> 4; i < 4; i++) {
            v[Vectors.RESULT + i] = 0;
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, 32);
    }

    private static long narrow(Cpu c, int bits, long imm) {
        Real r = SseFloat.fromFloat(c, bits);
        int sign = bits >>> 16 & 0x8000;
        if (r.isNan()) {
            SseFloat.raiseSignaling(c, r, r);
            return sign | 0x7e00 | bits >> 13 & 0x3ff;
        }
        FloatStatus s = SseFloat.status(c);
        s.flushToZero = false;
        if ((imm & 4) == 0) {
            s.rounding = (int) imm & 3;
        }
        if (r.denormal) {
            s.raise(FloatStatus.DE);
        }
        if (!SseFloat.blocked(s)) {
            Rounding.round(r, PRECISION, MAX_EXPONENT, s);
        }
        c.fpu.mxcsr |= s.flags;
        return sign | encode(r);
    }

    /** A rounded number without its sign. */
    private static int encode(Real r) {
        if (r.kind == Real.ZERO) {
            return 0;
        }
        if (r.kind == Real.INFINITE || r.exponent > MAX_EXPONENT) {
            return 0x7c00;
        }
        int significand = (int) (r.high >>> 64 - PRECISION);
        boolean normal = (significand & 0x400) != 0;
        return normal ? r.exponent + MAX_EXPONENT << 10 | significand & 0x3ff : significand;
    }
}
