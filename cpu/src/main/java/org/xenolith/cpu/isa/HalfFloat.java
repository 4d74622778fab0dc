package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;

/** F16C: conversion between half and single precision (SDM vol. 1, 14.4). */
public final class HalfFloat {
    private static final int PRECISION = 11;
    private static final int MAX_EXPONENT = 15;

    private HalfFloat() {}

    /** Exact, and with no thought for DAZ: only a signaling NaN raises a flag. */
    public static void vcvtph2ps(Cpu c, int d, int w, int vl) {
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

    /** Rounds by imm[1:0], or with imm[2] by MXCSR; small results are never flushed to zero. */
    public static void vcvtps2ph(Cpu c, int d, int x, long imm, int vl) {
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
