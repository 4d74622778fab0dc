package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Rare;

/**
 * FMA3: multiply and add with one rounding (SDM vol. 1, 14.5). The digits of the mnemonic order the
 * operands: 132 is d * w + x, 213 is x * d + w, 231 is x * w + d. The low four bits of the opcode,
 * {@code cc}, choose the signs.
 */
public final class FusedMultiply {
    private static final int ADD_SUB = 6;
    private static final int SUB_ADD = 7;

    private FusedMultiply() {}

    // ---- signs ---------------------------------------------------------------------------------

    /** Whether the addend is subtracted, in an element that is odd or even. */
    private static boolean negatesAddend(int cc, int element) {
        return switch (cc) {
            case ADD_SUB -> (element & 1) == 0;
            case SUB_ADD -> (element & 1) != 0;
            default -> (cc & 2) != 0;
        };
    }

    private static boolean negatesProduct(int cc) {
        return cc >= 12;
    }

    // ---- single elements -----------------------------------------------------------------------

    /** a * b + z, or {@link SseFloat#SLOW}. */
    private static long quick(Cpu c, long a, long b, long z, boolean minusProduct, boolean minus) {
        if (!SseFloat.nearest(c)
                || !SseFloat.ordinary(a)
                || !SseFloat.ordinary(b)
                || !SseFloat.ordinary(z)) {
            return SseFloat.SLOW;
        }
        double factor = Double.longBitsToDouble(a);
        double addend = Double.longBitsToDouble(z);
        double x = minusProduct ? -factor : factor;
        double y = Double.longBitsToDouble(b);
        double t = minus ? -addend : addend;
        double r = Math.fma(x, y, t);
        long bits = Double.doubleToRawLongBits(r);
        // zero may be a tiny result, as the smallest normal number may be one rounded up
        boolean settled = r != 0 && SseFloat.precisionSettled(c);
        if (r != 0 && ((int) (bits >>> 52) + 1 & 0x7ff) <= 2) {
            return SseFloat.SLOW;
        }
        return settled || SseFloat.exactFused(x, y, t, r) ? bits : SseFloat.SLOW;
    }

    private static int quick(Cpu c, int a, int b, int z, boolean minusProduct, boolean minus) {
        if (!SseFloat.nearest(c)
                || !SseFloat.ordinary(a)
                || !SseFloat.ordinary(b)
                || !SseFloat.ordinary(z)) {
            return SseFloat.SLOW_FLOAT;
        }
        float factor = Float.intBitsToFloat(a);
        float addend = Float.intBitsToFloat(z);
        float x = minusProduct ? -factor : factor;
        float y = Float.intBitsToFloat(b);
        float t = minus ? -addend : addend;
        float r = Math.fma(x, y, t);
        int bits = Float.floatToRawIntBits(r);
        // zero may be a tiny result, as the smallest normal number may be one rounded up
        boolean settled = r != 0 && SseFloat.precisionSettled(c);
        if (r != 0 && ((bits >>> 23) + 1 & 0xff) <= 2) {
            return SseFloat.SLOW_FLOAT;
        }
        return settled || SseFloat.exactFused(x, y, t, r) ? bits : SseFloat.SLOW_FLOAT;
    }

    private static long slow(Cpu c, long a, long b, long z, boolean minusProduct, boolean minus) {
        Real x = SseFloat.fromDouble(c, a);
        Real y = SseFloat.fromDouble(c, b);
        Real addend = SseFloat.fromDouble(c, z);
        if (x.isNan() || y.isNan() || addend.isNan()) {
            raiseInvalid(c, x, y, addend);
            return (x.isNan() ? a : y.isNan() ? b : z) | 1L << 51;
        }
        FloatStatus s = SseFloat.status(c);
        Real r = compute(x, y, addend, minusProduct, minus, s);
        if (!SseFloat.blocked(s)) {
            Rounding.toDouble(r, s);
        }
        c.fpu.mxcsr |= s.flags;
        return r.toDouble();
    }

    private static int slow(Cpu c, int a, int b, int z, boolean minusProduct, boolean minus) {
        Real x = SseFloat.fromFloat(c, a);
        Real y = SseFloat.fromFloat(c, b);
        Real addend = SseFloat.fromFloat(c, z);
        if (x.isNan() || y.isNan() || addend.isNan()) {
            raiseInvalid(c, x, y, addend);
            return (x.isNan() ? a : y.isNan() ? b : z) | 1 << 22;
        }
        FloatStatus s = SseFloat.status(c);
        Real r = compute(x, y, addend, minusProduct, minus, s);
        if (!SseFloat.blocked(s)) {
            Rounding.toFloat(r, s);
        }
        c.fpu.mxcsr |= s.flags;
        return r.toFloat();
    }

    private static void raiseInvalid(Cpu c, Real x, Real y, Real addend) {
        SseFloat.raiseSignaling(c, x, y);
        SseFloat.raiseSignaling(c, addend, addend);
    }

    /** The product has no more than 106 bits and is exact; so is all that the sum must know. */
    private static Real compute(
            Real x, Real y, Real addend, boolean minusProduct, boolean minus, FloatStatus s) {
        Real product = RealArithmetic.multiply(x, y, s);
        product.negative ^= minusProduct && !product.isNan();
        Real z = Real.copyOf(addend);
        z.negative ^= minus;
        Real r = product.isNan() ? product : RealArithmetic.add(product, z, s);
        if (s.flags == 0 && (x.denormal || y.denormal || addend.denormal)) {
            s.raise(FloatStatus.DE);
        }
        return r;
    }

    // ---- registers: a * b + z ------------------------------------------------------------------

    private static void packedDouble(Cpu c, int d, int a, int b, int z, int cc, int vl) {
        long[] v = c.fpu.vec;
        boolean even = negatesAddend(cc, 0);
        boolean odd = negatesAddend(cc, 1);
        boolean product = negatesProduct(cc);
        long r0 = quick(c, v[4 * a], v[4 * b], v[4 * z], product, even);
        long r1 = quick(c, v[4 * a + 1], v[4 * b + 1], v[4 * z + 1], product, odd);
        boolean slow = r0 == SseFloat.SLOW || r1 == SseFloat.SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quick(c, v[4 * a + 2], v[4 * b + 2], v[4 * z + 2], product, even);
            r3 = quick(c, v[4 * a + 3], v[4 * b + 3], v[4 * z + 3], product, odd);
            slow |= r2 == SseFloat.SLOW || r3 == SseFloat.SLOW;
        }
        if (slow) {
            slowDouble(c, d, a, b, z, cc, vl);
        } else {
            Vectors.put(v, d, vl, r0, r1, r2, r3);
        }
    }

    @Rare
    private static void slowDouble(Cpu c, int d, int a, int b, int z, int cc, int vl) {
        long[] v = c.fpu.vec;
        boolean product = negatesProduct(cc);
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            boolean minus = negatesAddend(cc, i);
            v[Vectors.RESULT + i] =
                    slow(c, v[4 * a + i], v[4 * b + i], v[4 * z + i], product, minus);
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private static void packedFloat(Cpu c, int d, int a, int b, int z, int cc, int vl) {
        long[] v = c.fpu.vec;
        long r0 = quickPair(c, v[4 * a], v[4 * b], v[4 * z], cc);
        long r1 = quickPair(c, v[4 * a + 1], v[4 * b + 1], v[4 * z + 1], cc);
        boolean slow = r0 == SseFloat.SLOW || r1 == SseFloat.SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quickPair(c, v[4 * a + 2], v[4 * b + 2], v[4 * z + 2], cc);
            r3 = quickPair(c, v[4 * a + 3], v[4 * b + 3], v[4 * z + 3], cc);
            slow |= r2 == SseFloat.SLOW || r3 == SseFloat.SLOW;
        }
        if (slow) {
            slowFloat(c, d, a, b, z, cc, vl);
        } else {
            Vectors.put(v, d, vl, r0, r1, r2, r3);
        }
    }

    private static long quickPair(Cpu c, long a, long b, long z, int cc) {
        boolean product = negatesProduct(cc);
        int low = quick(c, (int) a, (int) b, (int) z, product, negatesAddend(cc, 0));
        boolean odd = negatesAddend(cc, 1);
        int high = quick(c, (int) (a >> 32), (int) (b >> 32), (int) (z >> 32), product, odd);
        return SseFloat.pair(low, high);
    }

    @Rare
    private static void slowFloat(Cpu c, int d, int a, int b, int z, int cc, int vl) {
        long[] v = c.fpu.vec;
        boolean even = negatesAddend(cc, 0);
        boolean odd = negatesAddend(cc, 1);
        boolean product = negatesProduct(cc);
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            long x = v[4 * a + i];
            long y = v[4 * b + i];
            long w = v[4 * z + i];
            int low = slow(c, (int) x, (int) y, (int) w, product, even);
            int high = slow(c, (int) (x >> 32), (int) (y >> 32), (int) (w >> 32), product, odd);
            v[Vectors.RESULT + i] = Packed.dwords(low, high);
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private static void scalarDouble(Cpu c, int d, int a, int b, int z, int cc) {
        long[] v = c.fpu.vec;
        boolean minus = negatesAddend(cc, 0);
        long r = quick(c, v[4 * a], v[4 * b], v[4 * z], negatesProduct(cc), minus);
        if (r == SseFloat.SLOW) {
            int old = SseFloat.begin(c);
            r = slow(c, v[4 * a], v[4 * b], v[4 * z], negatesProduct(cc), minus);
            SseFloat.end(c, old);
        }
        SseArithmetic.putDouble(c, d, d, r);
    }

    private static void scalarFloat(Cpu c, int d, int a, int b, int z, int cc) {
        long[] v = c.fpu.vec;
        boolean minus = negatesAddend(cc, 0);
        boolean product = negatesProduct(cc);
        int r = quick(c, (int) v[4 * a], (int) v[4 * b], (int) v[4 * z], product, minus);
        if (r == SseFloat.SLOW_FLOAT) {
            int old = SseFloat.begin(c);
            r = slow(c, (int) v[4 * a], (int) v[4 * b], (int) v[4 * z], product, minus);
            SseFloat.end(c, old);
        }
        SseArithmetic.putFloat(c, d, d, r);
    }

    // ---- the twelve orders and formats ---------------------------------------------------------

    public static void fma132pd(Cpu c, int d, int x, int w, int cc, int vl) {
        packedDouble(c, d, d, w, x, cc, vl);
    }

    public static void fma213pd(Cpu c, int d, int x, int w, int cc, int vl) {
        packedDouble(c, d, x, d, w, cc, vl);
    }

    public static void fma231pd(Cpu c, int d, int x, int w, int cc, int vl) {
        packedDouble(c, d, x, w, d, cc, vl);
    }

    public static void fma132ps(Cpu c, int d, int x, int w, int cc, int vl) {
        packedFloat(c, d, d, w, x, cc, vl);
    }

    public static void fma213ps(Cpu c, int d, int x, int w, int cc, int vl) {
        packedFloat(c, d, x, d, w, cc, vl);
    }

    public static void fma231ps(Cpu c, int d, int x, int w, int cc, int vl) {
        packedFloat(c, d, x, w, d, cc, vl);
    }

    public static void fma132sd(Cpu c, int d, int x, int w, int cc) {
        scalarDouble(c, d, d, w, x, cc);
    }

    public static void fma213sd(Cpu c, int d, int x, int w, int cc) {
        scalarDouble(c, d, x, d, w, cc);
    }

    public static void fma231sd(Cpu c, int d, int x, int w, int cc) {
        scalarDouble(c, d, x, w, d, cc);
    }

    public static void fma132ss(Cpu c, int d, int x, int w, int cc) {
        scalarFloat(c, d, d, w, x, cc);
    }

    public static void fma213ss(Cpu c, int d, int x, int w, int cc) {
        scalarFloat(c, d, x, d, w, cc);
    }

    public static void fma231ss(Cpu c, int d, int x, int w, int cc) {
        scalarFloat(c, d, x, w, d, cc);
    }
}
