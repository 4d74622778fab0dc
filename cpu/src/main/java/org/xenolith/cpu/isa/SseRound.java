package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.SseArithmetic.putDouble;
import static org.xenolith.cpu.isa.SseArithmetic.putFloat;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;

/**
 * ROUNDxx: rounding to integral values in floating-point format (SDM vol. 2, ROUNDPD). Bits 1:0 of
 * the immediate are the rounding mode, bit 2 takes that of MXCSR instead, bit 3 keeps PE from being
 * raised.
 */
public final class SseRound {
    private static final int FLOOR = 1;
    private static final int CEILING = 2;
    private static final int TRUNCATE = 3;

    private SseRound() {}

    // ---- quick forms ---------------------------------------------------------------------------

    /** A rounded double, or a NaN for "no". */
    private static double quick(Cpu c, double d, long imm) {
        boolean mode = (imm & 4) == 0 || SseFloat.nearest(c);
        double r = rounded(d, (imm & 4) == 0 ? (int) imm & 3 : 0);
        boolean sure = (imm & 8) != 0 || r == d || SseFloat.precisionSettled(c);
        return mode && sure ? r : Double.NaN;
    }

    private static double rounded(double d, int mode) {
        return switch (mode) {
            case FLOOR -> Math.floor(d);
            case CEILING -> Math.ceil(d);
            case TRUNCATE -> Math.copySign(Math.floor(Math.abs(d)), d);
            default -> Math.rint(d);
        };
    }

    /** The bits of a rounded double, or {@link SseFloat#SLOW}. */
    private static long quickDouble(Cpu c, long bits, long imm) {
        double d = Double.longBitsToDouble(bits);
        double r = quick(c, d, imm);
        return r == r && SseFloat.regular(d) ? Double.doubleToRawLongBits(r) : SseFloat.SLOW;
    }

    /** The bits of a rounded single, or {@link SseFloat#SLOW_FLOAT}. */
    private static int quickFloat(Cpu c, int bits, long imm) {
        float f = Float.intBitsToFloat(bits);
        float r = (float) quick(c, f, imm);
        return r == r && SseFloat.regular(f) ? Float.floatToRawIntBits(r) : SseFloat.SLOW_FLOAT;
    }

    /** Two singles, or {@link SseFloat#SLOW}, whose upper half is a NaN. */
    private static long quickFloats(Cpu c, long pair, long imm) {
        int low = quickFloat(c, (int) pair, imm);
        int high = quickFloat(c, (int) (pair >> 32), imm);
        return SseFloat.pair(low, high);
    }

    // ---- slow forms: flags are added to MXCSR --------------------------------------------------

    private static FloatStatus status(Cpu c, long imm) {
        FloatStatus s = SseFloat.status(c);
        if ((imm & 4) == 0) {
            s.rounding = (int) imm & 3;
        }
        return s;
    }

    private static void round(Cpu c, Real r, long imm) {
        SseFloat.quieten(c, r);
        FloatStatus s = status(c, imm);
        Rounding.toIntegral(r, s);
        c.fpu.mxcsr |= (imm & 8) != 0 ? s.flags & ~FloatStatus.PE : s.flags;
    }

    private static long slowDouble(Cpu c, long bits, long imm) {
        Real r = SseFloat.fromDouble(c, bits);
        round(c, r, imm);
        return r.toDouble();
    }

    private static int slowFloat(Cpu c, int bits, long imm) {
        Real r = SseFloat.fromFloat(c, bits);
        round(c, r, imm);
        return r.toFloat();
    }

    private static long slowFloats(Cpu c, long pair, long imm) {
        int low = slowFloat(c, (int) pair, imm);
        return Packed.dwords(low, slowFloat(c, (int) (pair >> 32), imm));
    }

    // ---- instructions --------------------------------------------------------------------------

    public static void roundsd(Cpu c, int d, int x, int w, long imm) {
        long r = quickDouble(c, c.fpu.vec[4 * w], imm);
        if (r == SseFloat.SLOW) {
            int old = SseFloat.begin(c);
            r = slowDouble(c, c.fpu.vec[4 * w], imm);
            SseFloat.end(c, old);
        }
        putDouble(c, d, x, r);
    }

    public static void roundss(Cpu c, int d, int x, int w, long imm) {
        int r = quickFloat(c, (int) c.fpu.vec[4 * w], imm);
        if (r == SseFloat.SLOW_FLOAT) {
            int old = SseFloat.begin(c);
            r = slowFloat(c, (int) c.fpu.vec[4 * w], imm);
            SseFloat.end(c, old);
        }
        putFloat(c, d, x, r);
    }

    public static void roundpd(Cpu c, int d, int w, long imm, int vl) {
        Vectors.quick(
                c,
                d,
                w,
                w,
                vl,
                SseFloat.SLOW,
                (cpu, a, b) -> quickDouble(cpu, a, imm),
                (cpu, a, b) -> slowDouble(cpu, a, imm));
    }

    public static void roundps(Cpu c, int d, int w, long imm, int vl) {
        Vectors.quick(
                c,
                d,
                w,
                w,
                vl,
                SseFloat.SLOW,
                (cpu, a, b) -> quickFloats(cpu, a, imm),
                (cpu, a, b) -> slowFloats(cpu, a, imm));
    }
}
