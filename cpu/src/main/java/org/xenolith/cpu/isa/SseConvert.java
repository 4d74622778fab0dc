package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;

/** SSE conversions between single, double and integers, and rounding to integral values. */
public final class SseConvert {
    private static final long LOW_DWORD = 0xffffffffL;

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

    public static void cvtss2sd(Cpu c, int x, int w) {
        int old = SseFloat.begin(c);
        long r = widen(c, (int) c.fpu.vec[4 * w]);
        SseFloat.end(c, old);
        c.fpu.vec[4 * x] = r;
    }

    public static void cvtsd2ss(Cpu c, int x, int w) {
        double d = Double.longBitsToDouble(c.fpu.vec[4 * w]);
        float f = (float) d;
        boolean normal = Math.abs(f) > Float.MIN_NORMAL && Math.abs(f) < Float.MAX_VALUE;
        if (normal && SseFloat.nearest(c) && (f == d || SseFloat.precisionSettled(c))) {
            putFloat(c, x, Float.floatToRawIntBits(f));
            return;
        }
        int old = SseFloat.begin(c);
        int r = narrow(c, c.fpu.vec[4 * w]);
        SseFloat.end(c, old);
        putFloat(c, x, r);
    }

    private static void putFloat(Cpu c, int x, int bits) {
        c.fpu.vec[4 * x] = c.fpu.vec[4 * x] & ~LOW_DWORD | bits & LOW_DWORD;
    }

    public static void cvtsi2ss(Cpu c, int x, long e) {
        int old = SseFloat.begin(c);
        int r = floatOf(c, e);
        SseFloat.end(c, old);
        putFloat(c, x, r);
    }

    public static void cvtsi2sd(Cpu c, int x, long e) {
        int old = SseFloat.begin(c);
        long r = doubleOf(c, e);
        SseFloat.end(c, old);
        c.fpu.vec[4 * x] = r;
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

    public static void cvtps2pd(Cpu c, int x, int w) {
        int old = SseFloat.begin(c);
        long pair = c.fpu.vec[4 * w];
        long low = widen(c, (int) pair);
        long high = widen(c, (int) (pair >> 32));
        SseFloat.end(c, old);
        put(c, x, low, high);
    }

    public static void cvtpd2ps(Cpu c, int x, int w) {
        int old = SseFloat.begin(c);
        int low = narrow(c, c.fpu.vec[4 * w]);
        int high = narrow(c, c.fpu.vec[4 * w + 1]);
        SseFloat.end(c, old);
        put(c, x, Packed.dwords(low, high), 0);
    }

    public static void cvtdq2ps(Cpu c, int x, int w) {
        int old = SseFloat.begin(c);
        long low = floatsOf(c, c.fpu.vec[4 * w]);
        long high = floatsOf(c, c.fpu.vec[4 * w + 1]);
        SseFloat.end(c, old);
        put(c, x, low, high);
    }

    private static long floatsOf(Cpu c, long pair) {
        int low = floatOf(c, (int) pair);
        return Packed.dwords(low, floatOf(c, pair >> 32));
    }

    public static void cvtdq2pd(Cpu c, int x, int w) {
        long pair = c.fpu.vec[4 * w];
        put(c, x, doubleOf(c, (int) pair), doubleOf(c, pair >> 32));
    }

    public static void cvtps2dq(Cpu c, int x, int w) {
        floatsToDwords(c, x, w, false);
    }

    public static void cvttps2dq(Cpu c, int x, int w) {
        floatsToDwords(c, x, w, true);
    }

    private static void floatsToDwords(Cpu c, int x, int w, boolean truncate) {
        int old = SseFloat.begin(c);
        long low = floatPair(c, c.fpu.vec[4 * w], truncate);
        long high = floatPair(c, c.fpu.vec[4 * w + 1], truncate);
        SseFloat.end(c, old);
        put(c, x, low, high);
    }

    private static long floatPair(Cpu c, long pair, boolean truncate) {
        long low = fromFloat(c, (int) pair, 32, truncate);
        return Packed.dwords((int) low, (int) fromFloat(c, (int) (pair >> 32), 32, truncate));
    }

    public static void cvtpd2dq(Cpu c, int x, int w) {
        put(c, x, doublesToDwords(c, w, false), 0);
    }

    public static void cvttpd2dq(Cpu c, int x, int w) {
        put(c, x, doublesToDwords(c, w, true), 0);
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
    // ------------------------------

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

    public static void roundsd(Cpu c, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        long r = roundDouble(c, c.fpu.vec[4 * w], imm);
        SseFloat.end(c, old);
        c.fpu.vec[4 * x] = r;
    }

    public static void roundss(Cpu c, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        int r = roundFloat(c, (int) c.fpu.vec[4 * w], imm);
        SseFloat.end(c, old);
        putFloat(c, x, r);
    }

    public static void roundpd(Cpu c, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        long low = roundDouble(c, c.fpu.vec[4 * w], imm);
        long high = roundDouble(c, c.fpu.vec[4 * w + 1], imm);
        SseFloat.end(c, old);
        put(c, x, low, high);
    }

    public static void roundps(Cpu c, int x, int w, long imm) {
        int old = SseFloat.begin(c);
        long low = roundFloats(c, c.fpu.vec[4 * w], imm);
        long high = roundFloats(c, c.fpu.vec[4 * w + 1], imm);
        SseFloat.end(c, old);
        put(c, x, low, high);
    }
}
