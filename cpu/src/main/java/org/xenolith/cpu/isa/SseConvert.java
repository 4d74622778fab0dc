package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.SseArithmetic.putDouble;
import static org.xenolith.cpu.isa.SseArithmetic.putFloat;
import static org.xenolith.cpu.isa.Vectors.RESULT;
import static org.xenolith.cpu.isa.Vectors.checked;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/** SSE and AVX conversions between single, double and integers, and rounding to integral values. */
public final class SseConvert {
    private SseConvert() {}

    // ---- elements: flags are added to MXCSR ----------------------------------------------------

    private static long widen(Cpu c, int bits) {
        if (SseFloat.ordinary(bits)) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
        }
        Real r = SseFloat.fromFloat(c, bits);
        quieten(c, r);
        if (r.denormal) {
            c.fpu.mxcsr |= FloatStatus.DE;
        }
        return r.toDouble();
    }

    private static int narrow(Cpu c, long bits) {
        Real r = SseFloat.fromDouble(c, bits);
        quieten(c, r);
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

    private static void quieten(Cpu c, Real r) {
        if (r.kind == Real.SIGNALING_NAN) {
            c.fpu.mxcsr |= FloatStatus.IE;
            r.kind = Real.QUIET_NAN;
            r.high |= 1L << 62;
        }
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
        if (SseFloat.ordinary(bits)) {
            putDouble(c, d, x, Double.doubleToRawLongBits(Float.intBitsToFloat(bits)));
            return;
        }
        int old = SseFloat.begin(c);
        long r = widen(c, (int) c.fpu.vec[4 * w]);
        SseFloat.end(c, old);
        putDouble(c, d, x, r);
    }

    public static void cvtsd2ss(Cpu c, int d, int x, int w) {
        double value = Double.longBitsToDouble(c.fpu.vec[4 * w]);
        float f = (float) value;
        boolean normal = Math.abs(f) > Float.MIN_NORMAL && Math.abs(f) < Float.MAX_VALUE;
        if (normal && SseFloat.nearest(c) && (f == value || SseFloat.precisionSettled(c))) {
            putFloat(c, d, x, Float.floatToRawIntBits(f));
            return;
        }
        int old = SseFloat.begin(c);
        int r = narrow(c, c.fpu.vec[4 * w]);
        SseFloat.end(c, old);
        putFloat(c, d, x, r);
    }

    public static void cvtsi2ss(Cpu c, int d, int x, long e) {
        if (Math.abs(e) <= 1 << 24 && e != Long.MIN_VALUE) {
            putFloat(c, d, x, Float.floatToRawIntBits(e));
            return;
        }
        int old = SseFloat.begin(c);
        int r = floatOf(c, e);
        SseFloat.end(c, old);
        putFloat(c, d, x, r);
    }

    public static void cvtsi2sd(Cpu c, int d, int x, long e) {
        if (e == (int) e) {
            putDouble(c, d, x, Double.doubleToRawLongBits(e));
            return;
        }
        int old = SseFloat.begin(c);
        long r = doubleOf(c, e);
        SseFloat.end(c, old);
        putDouble(c, d, x, r);
    }

    public static long cvtss2si(Cpu c, int w, int rexW) {
        return floatToGeneral(c, w, rexW, false);
    }

    public static long cvttss2si(Cpu c, int w, int rexW) {
        return floatToGeneral(c, w, rexW, true);
    }

    private static long floatToGeneral(Cpu c, int w, int rexW, boolean truncate) {
        int old = SseFloat.begin(c);
        long r = fromFloat(c, (int) c.fpu.vec[4 * w], rexW != 0 ? 64 : 32, truncate);
        SseFloat.end(c, old);
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
        boolean fits = Math.abs(d) < (rexW != 0 ? 0x1p62 : 0x1p31);
        if (truncate && fits && SseFloat.precisionSettled(c)) {
            return (long) d;
        }
        int old = SseFloat.begin(c);
        long r = fromDouble(c, bits, rexW != 0 ? 64 : 32, truncate);
        SseFloat.end(c, old);
        return r;
    }

    // ---- packed --------------------------------------------------------------------------------

    public static void cvtps2pd(Cpu c, int d, int w, int vl) {
        widenPacked(c, d, w, vl, SseConvert::widen);
    }

    public static void cvtdq2pd(Cpu c, int d, int w, int vl) {
        widenPacked(c, d, w, vl, (cpu, dword) -> doubleOf(cpu, dword));
    }

    private interface Widening {
        long apply(Cpu c, int dword);
    }

    /** Each doubleword at the low end of w gives a lane. */
    private static void widenPacked(Cpu c, int d, int w, int vl, Widening f) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            v[RESULT + i] = f.apply(c, (int) (v[4 * w + (i >> 1)] >> 32 * (i & 1)));
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    public static void cvtpd2ps(Cpu c, int d, int w, int vl) {
        narrowPacked(c, d, w, vl, SseConvert::narrow);
    }

    public static void cvtpd2dq(Cpu c, int d, int w, int vl) {
        narrowPacked(c, d, w, vl, (cpu, lane) -> (int) fromDouble(cpu, lane, 32, false));
    }

    public static void cvttpd2dq(Cpu c, int d, int w, int vl) {
        narrowPacked(c, d, w, vl, (cpu, lane) -> (int) fromDouble(cpu, lane, 32, true));
    }

    private interface Narrowing {
        int apply(Cpu c, long lane);
    }

    /** Each lane gives a doubleword at the low end; the rest becomes zero. */
    private static void narrowPacked(Cpu c, int d, int w, int vl, Narrowing f) {
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

    public static void cvtdq2ps(Cpu c, int d, int w, int vl) {
        checked(c, d, w, w, vl, (cpu, a, b) -> floatsOf(cpu, a));
    }

    private static long floatsOf(Cpu c, long pair) {
        int low = floatOf(c, (int) pair);
        return Packed.dwords(low, floatOf(c, pair >> 32));
    }

    public static void cvtps2dq(Cpu c, int d, int w, int vl) {
        checked(c, d, w, w, vl, (cpu, a, b) -> floatPair(cpu, a, false));
    }

    public static void cvttps2dq(Cpu c, int d, int w, int vl) {
        checked(c, d, w, w, vl, (cpu, a, b) -> floatPair(cpu, a, true));
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

    private static void put(Cpu c, int x, long low, long high) {
        c.fpu.vec[4 * x] = low;
        c.fpu.vec[4 * x + 1] = high;
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
        put(c, x, doubleOf(c, (int) q), doubleOf(c, q >> 32));
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

    // ---- ROUNDxx: imm[1:0] mode, imm[2] mode of MXCSR, imm[3] no PE

    private static FloatStatus roundStatus(Cpu c, long imm) {
        FloatStatus s = SseFloat.status(c);
        if ((imm & 4) == 0) {
            s.rounding = (int) imm & 3;
        }
        return s;
    }

    private static void addFlags(Cpu c, FloatStatus s, long imm) {
        c.fpu.mxcsr |= (imm & 8) != 0 ? s.flags & ~FloatStatus.PE : s.flags;
    }

    private static long roundDouble(Cpu c, long bits, long imm) {
        Real r = SseFloat.fromDouble(c, bits);
        quieten(c, r);
        FloatStatus s = roundStatus(c, imm);
        Rounding.toIntegral(r, s);
        addFlags(c, s, imm);
        return r.toDouble();
    }

    private static int roundFloat(Cpu c, int bits, long imm) {
        Real r = SseFloat.fromFloat(c, bits);
        quieten(c, r);
        FloatStatus s = roundStatus(c, imm);
        Rounding.toIntegral(r, s);
        addFlags(c, s, imm);
        return r.toFloat();
    }

    private static long roundFloats(Cpu c, long pair, long imm) {
        int low = roundFloat(c, (int) pair, imm);
        return Packed.dwords(low, roundFloat(c, (int) (pair >> 32), imm));
    }

    public static void roundsd(Cpu c, int d, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        long r = roundDouble(c, c.fpu.vec[4 * w], imm);
        SseFloat.end(c, old);
        putDouble(c, d, x, r);
    }

    public static void roundss(Cpu c, int d, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        int r = roundFloat(c, (int) c.fpu.vec[4 * w], imm);
        SseFloat.end(c, old);
        putFloat(c, d, x, r);
    }

    public static void roundpd(Cpu c, int d, int w, long imm, int vl) {
        checked(c, d, w, w, vl, (cpu, a, b) -> roundDouble(cpu, a, imm));
    }

    public static void roundps(Cpu c, int d, int w, long imm, int vl) {
        checked(c, d, w, w, vl, (cpu, a, b) -> roundFloats(cpu, a, imm));
    }
}
