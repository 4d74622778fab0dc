package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.SseArithmetic.putDouble;
import static org.xenolith.cpu.isa.SseArithmetic.putFloat;
import static org.xenolith.cpu.isa.Vectors.RESULT;
import static org.xenolith.cpu.isa.Vectors.put;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Rare;

import java.util.Arrays;

/**
 * SSE and AVX conversions between single, double and integers.
 *
 * <p>As in {@link SseFloat}, the quick forms use the host's own conversions. They are right when
 * the result is exact, whatever MXCSR says; and otherwise if rounding is to nearest (or truncation,
 * where the instruction asks for it) and PE is masked and already set.
 */
public final class SseConvert {
    /** Quick conversions to integers answer this number, which they never give, for "no". */
    private static final long SLOW = Long.MIN_VALUE;

    private SseConvert() {}

    // ---- quick forms ---------------------------------------------------------------------------

    /** A 32-bit integer, but for the outermost, or {@link #SLOW}. */
    private static long quickInteger(Cpu c, double d, boolean truncate) {
        int n = (int) (truncate ? d : Math.rint(d));
        boolean sure = quickInexact(c, truncate) || n == d;
        return sure && Math.abs(d) < Integer.MAX_VALUE ? n : SLOW;
    }

    /** Two 32-bit integers, or {@link #SLOW}, whose upper half is none of them. */
    private static long quickIntegers(Cpu c, long pair, boolean truncate) {
        long low = quickInteger(c, Float.intBitsToFloat((int) pair), truncate);
        long high = quickInteger(c, Float.intBitsToFloat((int) (pair >> 32)), truncate);
        return low == SLOW || high == SLOW ? SLOW : Packed.dwords((int) low, (int) high);
    }

    /** A 63-bit integer, or {@link #SLOW}. */
    private static long quickLong(Cpu c, double d, boolean truncate) {
        long n = (long) (truncate ? d : Math.rint(d));
        boolean sure = quickInexact(c, truncate) || n == d;
        return sure && Math.abs(d) < 0x1p62 ? n : SLOW;
    }

    private static boolean quickInexact(Cpu c, boolean truncate) {
        return truncate ? SseFloat.precisionSettled(c) : SseFloat.inexactIsNothing(c);
    }

    /** A single-precision number from a double, or {@link SseFloat#SLOW_FLOAT}. */
    private static int quickNarrow(Cpu c, long bits) {
        double d = Double.longBitsToDouble(bits);
        float f = (float) d;
        float size = Math.abs(f);
        // the smallest normal number may be a tiny result rounded up
        boolean usual = size > Float.MIN_NORMAL && size < Float.MAX_VALUE;
        boolean sure = usual ? f == d || SseFloat.inexactIsNothing(c) : d == 0;
        return sure ? Float.floatToRawIntBits(f) : SseFloat.SLOW_FLOAT;
    }

    /** A single-precision number, or {@link SseFloat#SLOW_FLOAT}. */
    private static int quickFloat(Cpu c, long integer) {
        float f = integer;
        boolean exact = (long) f == integer && integer != Long.MAX_VALUE;
        return exact || SseFloat.inexactIsNothing(c)
                ? Float.floatToRawIntBits(f)
                : SseFloat.SLOW_FLOAT;
    }

    /** Two single-precision numbers, or {@link SseFloat#SLOW}, whose upper half is a NaN. */
    private static long quickFloats(Cpu c, long pair) {
        int low = quickFloat(c, (int) pair);
        int high = quickFloat(c, pair >> 32);
        return SseFloat.pair(low, high);
    }

    /** Whether a single-precision number widens without an exception. */
    private static boolean widens(int bits) {
        return SseFloat.regular(Float.intBitsToFloat(bits));
    }

    private static long widened(int bits) {
        return Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
    }

    // ---- slow forms: flags are added to MXCSR --------------------------------------------------

    private static long widen(Cpu c, int bits) {
        if (widens(bits)) {
            return widened(bits);
        }
        Real r = SseFloat.fromFloat(c, bits);
        SseFloat.quieten(c, r);
        if (r.denormal) {
            c.fpu.mxcsr |= FloatStatus.DE;
        }
        return r.toDouble();
    }

    private static int narrow(Cpu c, long bits) {
        Real r = SseFloat.fromDouble(c, bits);
        SseFloat.quieten(c, r);
        FloatStatus s = SseFloat.status(c);
        if (r.denormal) {
            s.raise(FloatStatus.DE);
        }
        if (!SseFloat.blocked(s)) {
            Rounding.toFloat(r, s);
        }
        c.fpu.mxcsr |= s.flags;
        return r.toFloat();
    }

    private static int floatOf(Cpu c, long integer) {
        if (integer == (int) integer && Math.abs(integer) <= 1 << 24) {
            return Float.floatToRawIntBits(integer);
        }
        Real r = Real.ofLong(integer);
        FloatStatus s = SseFloat.status(c);
        Rounding.toFloat(r, s);
        c.fpu.mxcsr |= s.flags;
        return r.toFloat();
    }

    private static long doubleOf(Cpu c, long integer) {
        if (integer == (int) integer) {
            return Double.doubleToRawLongBits(integer);
        }
        Real r = Real.ofLong(integer);
        FloatStatus s = SseFloat.status(c);
        Rounding.toDouble(r, s);
        c.fpu.mxcsr |= s.flags;
        return r.toDouble();
    }

    private static long toInteger(Cpu c, Real r, int bits, boolean truncate) {
        FloatStatus s = SseFloat.status(c);
        if (truncate) {
            s.rounding = FloatStatus.TO_ZERO;
        }
        long integer = Rounding.toInteger(r, bits, s);
        c.fpu.mxcsr |= s.flags;
        return integer;
    }

    private static long fromDouble(Cpu c, long bits, int width, boolean truncate) {
        double d = Double.longBitsToDouble(bits);
        if (Math.abs(d) < 0x1p31 && (int) d == d) {
            return (int) d;
        }
        return toInteger(c, SseFloat.fromDouble(c, bits), width, truncate);
    }

    private static long fromFloat(Cpu c, int bits, int width, boolean truncate) {
        float f = Float.intBitsToFloat(bits);
        if (Math.abs(f) < 0x1p31f && (int) f == f) {
            return (int) f;
        }
        return toInteger(c, SseFloat.fromFloat(c, bits), width, truncate);
    }

    // ---- scalar --------------------------------------------------------------------------------

    public static void cvtss2sd(Cpu c, int d, int x, int w) {
        int bits = (int) c.fpu.vec[4 * w];
        if (widens(bits)) {
            putDouble(c, d, x, widened(bits));
            return;
        }
        int old = SseFloat.begin(c);
        long r = widen(c, bits);
        SseFloat.end(c, old);
        putDouble(c, d, x, r);
    }

    public static void cvtsd2ss(Cpu c, int d, int x, int w) {
        int r = quickNarrow(c, c.fpu.vec[4 * w]);
        if (r == SseFloat.SLOW_FLOAT) {
            int old = SseFloat.begin(c);
            r = narrow(c, c.fpu.vec[4 * w]);
            SseFloat.end(c, old);
        }
        putFloat(c, d, x, r);
    }

    public static void cvtsi2ss(Cpu c, int d, int x, long e) {
        int r = quickFloat(c, e);
        if (r == SseFloat.SLOW_FLOAT) {
            int old = SseFloat.begin(c);
            r = floatOf(c, e);
            SseFloat.end(c, old);
        }
        putFloat(c, d, x, r);
    }

    public static void cvtsi2sd(Cpu c, int d, int x, long e) {
        double r = e;
        boolean exact = (long) r == e && e != Long.MAX_VALUE;
        if (exact || SseFloat.inexactIsNothing(c)) {
            putDouble(c, d, x, Double.doubleToRawLongBits(r));
            return;
        }
        int old = SseFloat.begin(c);
        long bits = doubleOf(c, e);
        SseFloat.end(c, old);
        putDouble(c, d, x, bits);
    }

    public static long cvtss2si(Cpu c, int w, int rexW) {
        return floatToGeneral(c, w, rexW, false);
    }

    public static long cvttss2si(Cpu c, int w, int rexW) {
        return floatToGeneral(c, w, rexW, true);
    }

    private static long floatToGeneral(Cpu c, int w, int rexW, boolean truncate) {
        int bits = (int) c.fpu.vec[4 * w];
        float f = Float.intBitsToFloat(bits);
        long r = rexW != 0 ? quickLong(c, f, truncate) : quickInteger(c, f, truncate);
        if (r == SLOW) {
            int old = SseFloat.begin(c);
            r = fromFloat(c, bits, rexW != 0 ? 64 : 32, truncate);
            SseFloat.end(c, old);
        }
        return r;
    }

    public static long cvtsd2si(Cpu c, int w, int rexW) {
        return doubleToGeneral(c, w, rexW, false);
    }

    public static long cvttsd2si(Cpu c, int w, int rexW) {
        return doubleToGeneral(c, w, rexW, true);
    }

    private static long doubleToGeneral(Cpu c, int w, int rexW, boolean truncate) {
        long bits = c.fpu.vec[4 * w];
        double d = Double.longBitsToDouble(bits);
        long r = rexW != 0 ? quickLong(c, d, truncate) : quickInteger(c, d, truncate);
        if (r == SLOW) {
            int old = SseFloat.begin(c);
            r = fromDouble(c, bits, rexW != 0 ? 64 : 32, truncate);
            SseFloat.end(c, old);
        }
        return r;
    }

    // ---- packed, to doubles: each doubleword at the low end of w gives a lane ------------------

    public static void cvtps2pd(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = 0;
        boolean quick = widens((int) low) && widens((int) (low >> 32));
        if (vl == 32) {
            high = v[4 * w + 1];
            quick &= widens((int) high) && widens((int) (high >> 32));
        }
        if (!quick) {
            slowWiden(c, d, w, vl);
            return;
        }
        long r0 = widened((int) low);
        long r1 = widened((int) (low >> 32));
        long r2 = widened((int) high);
        put(v, d, vl, r0, r1, r2, widened((int) (high >> 32)));
    }

    @Rare
    private static void slowWiden(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            v[RESULT + i] = widen(c, (int) (v[4 * w + (i >> 1)] >> 32 * (i & 1)));
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    public static void cvtdq2pd(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = vl == 32 ? v[4 * w + 1] : 0;
        long r0 = exactDouble((int) low);
        long r1 = exactDouble((int) (low >> 32));
        long r2 = exactDouble((int) high);
        put(v, d, vl, r0, r1, r2, exactDouble((int) (high >> 32)));
    }

    private static long exactDouble(int n) {
        return Double.doubleToRawLongBits(n);
    }

    // ---- packed, from doubles: each lane gives a doubleword at the low end, the rest is zero ---

    public static void cvtpd2ps(Cpu c, int d, int w, int vl) {
        long[] v = c.fpu.vec;
        int r0 = quickNarrow(c, v[4 * w]);
        int r1 = quickNarrow(c, v[4 * w + 1]);
        boolean slow = r0 == SseFloat.SLOW_FLOAT || r1 == SseFloat.SLOW_FLOAT;
        int r2 = 0;
        int r3 = 0;
        if (vl == 32) {
            r2 = quickNarrow(c, v[4 * w + 2]);
            r3 = quickNarrow(c, v[4 * w + 3]);
            slow |= r2 == SseFloat.SLOW_FLOAT || r3 == SseFloat.SLOW_FLOAT;
        }
        if (slow) {
            slowNarrow(c, d, w, vl, SseConvert::narrow);
        } else {
            put(v, d, vl, Packed.dwords(r0, r1), Packed.dwords(r2, r3), 0, 0);
        }
    }

    public static void cvtpd2dq(Cpu c, int d, int w, int vl) {
        doublesToIntegers(c, d, w, vl, false);
    }

    public static void cvttpd2dq(Cpu c, int d, int w, int vl) {
        doublesToIntegers(c, d, w, vl, true);
    }

    private static void doublesToIntegers(Cpu c, int d, int w, int vl, boolean truncate) {
        long[] v = c.fpu.vec;
        long r0 = quickInteger(c, Double.longBitsToDouble(v[4 * w]), truncate);
        long r1 = quickInteger(c, Double.longBitsToDouble(v[4 * w + 1]), truncate);
        boolean slow = r0 == SLOW || r1 == SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quickInteger(c, Double.longBitsToDouble(v[4 * w + 2]), truncate);
            r3 = quickInteger(c, Double.longBitsToDouble(v[4 * w + 3]), truncate);
            slow |= r2 == SLOW || r3 == SLOW;
        }
        if (slow) {
            slowNarrow(c, d, w, vl, (cpu, lane) -> (int) fromDouble(cpu, lane, 32, truncate));
        } else {
            long low = Packed.dwords((int) r0, (int) r1);
            put(v, d, vl, low, Packed.dwords((int) r2, (int) r3), 0, 0);
        }
    }

    @Rare
    private static void slowNarrow(Cpu c, int d, int w, int vl, Narrowing f) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i += 2) {
            int low = f.apply(c, v[4 * w + i]);
            v[RESULT + i / 2] = Packed.dwords(low, f.apply(c, v[4 * w + i + 1]));
        }
        Arrays.fill(v, RESULT + (vl >> 4), RESULT + (vl >> 3), 0);
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private interface Narrowing {
        int apply(Cpu c, long lane);
    }

    // ---- packed, between single precision and doublewords --------------------------------------

    public static void cvtdq2ps(Cpu c, int d, int w, int vl) {
        Vectors.quick(
                c,
                d,
                w,
                w,
                vl,
                SseFloat.SLOW,
                (cpu, a, b) -> quickFloats(cpu, a),
                (cpu, a, b) -> floatsOf(cpu, a));
    }

    private static long floatsOf(Cpu c, long pair) {
        int low = floatOf(c, (int) pair);
        return Packed.dwords(low, floatOf(c, pair >> 32));
    }

    public static void cvtps2dq(Cpu c, int d, int w, int vl) {
        floatsToIntegers(c, d, w, vl, false);
    }

    public static void cvttps2dq(Cpu c, int d, int w, int vl) {
        floatsToIntegers(c, d, w, vl, true);
    }

    private static void floatsToIntegers(Cpu c, int d, int w, int vl, boolean truncate) {
        Vectors.quick(
                c,
                d,
                w,
                w,
                vl,
                SLOW,
                (cpu, a, b) -> quickIntegers(cpu, a, truncate),
                (cpu, a, b) -> floatPair(cpu, a, truncate));
    }

    private static long floatPair(Cpu c, long pair, boolean truncate) {
        long low = fromFloat(c, (int) pair, 32, truncate);
        return Packed.dwords((int) low, (int) fromFloat(c, (int) (pair >> 32), 32, truncate));
    }

    private static long doublesToDwords(Cpu c, int w, boolean truncate) {
        int old = SseFloat.begin(c);
        long low = fromDouble(c, c.fpu.vec[4 * w], 32, truncate);
        long high = fromDouble(c, c.fpu.vec[4 * w + 1], 32, truncate);
        SseFloat.end(c, old);
        return Packed.dwords((int) low, (int) high);
    }

    // ---- with MMX registers --------------------------------------------------------------------

    /** CVTPI2PS from a register. */
    public static void cvtpi2psReg(Cpu c, int x, long q) {
        Mmx.enter(c);
        cvtpi2psMem(c, x, q);
    }

    /** CVTPI2PS from memory does not touch the x87 state. */
    public static void cvtpi2psMem(Cpu c, int x, long q) {
        int old = SseFloat.begin(c);
        long r = floatsOf(c, q);
        SseFloat.end(c, old);
        c.fpu.vec[4 * x] = r;
    }

    /** CVTPI2PD from a register. */
    public static void cvtpi2pdReg(Cpu c, int x, long q) {
        Mmx.enter(c);
        cvtpi2pdMem(c, x, q);
    }

    /** CVTPI2PD from memory does not touch the x87 state. */
    public static void cvtpi2pdMem(Cpu c, int x, long q) {
        c.fpu.vec[4 * x] = exactDouble((int) q);
        c.fpu.vec[4 * x + 1] = exactDouble((int) (q >> 32));
    }

    public static void cvtps2pi(Cpu c, int p, int w) {
        floatsToMmx(c, p, w, false);
    }

    public static void cvttps2pi(Cpu c, int p, int w) {
        floatsToMmx(c, p, w, true);
    }

    private static void floatsToMmx(Cpu c, int p, int w, boolean truncate) {
        Mmx.enter(c);
        int old = SseFloat.begin(c);
        long r = floatPair(c, c.fpu.vec[4 * w], truncate);
        SseFloat.end(c, old);
        Mmx.write(c, p, r);
    }

    public static void cvtpd2pi(Cpu c, int p, int w) {
        Mmx.enter(c);
        Mmx.write(c, p, doublesToDwords(c, w, false));
    }

    public static void cvttpd2pi(Cpu c, int p, int w) {
        Mmx.enter(c);
        Mmx.write(c, p, doublesToDwords(c, w, true));
    }
}
