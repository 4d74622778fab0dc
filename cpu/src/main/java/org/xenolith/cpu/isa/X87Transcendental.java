package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.softfloat.Transcendental;
import org.xenolith.cpu.state.Cpu;

/**
 * x87 transcendental functions. Results are correctly rounded but for one case in 2^45 or so, which
 * is within one unit in the last place: better than the hardware promises (SDM vol. 1, 8.3.10),
 * which itself differs by maker. Rounding control applies, precision control does not.
 */
public final class X87Transcendental {
    /** Angles of this exponent or more are out of range. */
    private static final int ANGLE_LIMIT = 63;

    private static final Real ONE = new Real(false, 0, 1L << 63);

    /** Pi; 128 bits, to be rounded. */
    private static final Real PI = new Real(false, 1, 0xc90fdaa22168c234L, 0xc4c6628b80dc1cd1L);

    private X87Transcendental() {}

    // ---- circular functions of ST(0) -----------------------------------------------------------

    public static void fsin(Cpu c) {
        Real a = angle(c, false);
        if (a != null) {
            replace(c, a, Transcendental::sine, a.kind == Real.ZERO ? a : null);
        }
    }

    public static void fcos(Cpu c) {
        Real a = angle(c, false);
        if (a != null) {
            replace(c, a, Transcendental::cosine, a.kind == Real.ZERO ? ONE : null);
        }
    }

    /** FSINCOS: the sine replaces ST(0), then the cosine is pushed. */
    public static void fsincos(Cpu c) {
        Real a = angle(c, true);
        if (a == null) {
            return;
        }
        boolean zero = a.kind == Real.ZERO;
        Real before = Real.copyOf(a);
        if (replace(c, a, Transcendental::sine, zero ? a : null)) {
            Real cosine = zero ? ONE : before.isNan() ? X87State.get(c, 0) : null;
            if (before.kind == Real.INFINITE) {
                cosine = Real.indefinite();
            }
            if (cosine == null) {
                cosine = Transcendental.cosine(before);
                FloatStatus s = X87State.status(c);
                X87State.finish(c, cosine, 64, s);
            }
            X87State.push(c, cosine);
        }
    }

    /** FPTAN: the tangent replaces ST(0), then 1 is pushed. */
    public static void fptan(Cpu c) {
        Real a = angle(c, true);
        if (a == null) {
            return;
        }
        boolean special = a.isNan() || a.kind == Real.INFINITE;
        if (replace(c, a, Transcendental::tangent, a.kind == Real.ZERO ? a : null)) {
            X87State.push(c, special ? X87State.get(c, 0) : ONE);
        }
    }

    /**
     * Fetches the angle after the stack checks, clearing C1 and C2; or does what stack faults and
     * angles out of range (C2 set, nothing changed) need, and gives null.
     */
    private static Real angle(Cpu c, boolean pushes) {
        X87State.clearC1(c);
        c.fpu.status &= ~X87State.C2;
        boolean underflow = X87State.empty(c, 0);
        boolean overflow = pushes && !X87State.empty(c, 7);
        if (underflow || overflow) {
            if (!X87State.underflow(c)) {
                X87State.put(c, 0, Real.indefinite());
                if (pushes) {
                    X87State.push(c, Real.indefinite());
                }
            }
            X87State.setC1(c, !underflow);
            return null;
        }
        Real a = X87State.get(c, 0);
        if (a.kind == Real.FINITE && a.exponent >= ANGLE_LIMIT) {
            c.fpu.status |= X87State.C2;
            return null;
        }
        return a;
    }

    private interface Function {
        Real of(Real x);
    }

    /**
     * Replaces ST(0) by f of a finite operand; infinities are invalid.
     *
     * @param exact the result where it is known without computing, or null
     * @return false if an unmasked exception prevents it
     */
    private static boolean replace(Cpu c, Real a, Function f, Real exact) {
        FloatStatus s = X87State.status(c);
        Real r;
        if (a.isNan()) {
            r = X87State.nan(a, s);
        } else if (a.kind == Real.INFINITE) {
            s.raise(FloatStatus.IE);
            r = Real.indefinite();
        } else {
            if (a.denormal) {
                s.raise(FloatStatus.DE);
            }
            r = exact != null ? Real.copyOf(exact) : f.of(a);
        }
        if (!X87State.finish(c, r, 64, s)) {
            return false;
        }
        X87State.put(c, 0, r);
        return true;
    }

    /** F2XM1. A finite operand beyond [-1, 1], for which the result is undefined, stays. */
    public static void f2xm1(Cpu c) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0)) {
            if (!X87State.underflow(c)) {
                X87State.put(c, 0, Real.indefinite());
            }
            return;
        }
        Real a = X87State.get(c, 0);
        boolean unit = a.kind == Real.FINITE && a.exponent == 0 && a.high == 1L << 63;
        if (unit) {
            Real r = Real.copyOf(a);
            r.exponent = a.negative ? -1 : 0;
            X87State.put(c, 0, r);
        } else if (a.kind == Real.INFINITE) {
            X87State.put(c, 0, a.negative ? new Real(true, 0, 1L << 63) : a);
        } else {
            boolean outside = a.kind == Real.ZERO || a.kind == Real.FINITE && a.exponent >= 0;
            replace(c, a, Transcendental::exponentialMinusOne, outside ? a : null);
        }
    }

    // ---- functions of ST(1) and ST(0): result in ST(1), then pop
    // ---------------------------------

    private interface Function2 {
        Real of(Real y, Real x, FloatStatus s);
    }

    private static void replace2(Cpu c, Function2 f) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0) || X87State.empty(c, 1)) {
            if (!X87State.underflow(c)) {
                X87State.put(c, 1, Real.indefinite());
                X87State.pop(c);
            }
            return;
        }
        Real x = X87State.get(c, 0);
        Real y = X87State.get(c, 1);
        FloatStatus s = X87State.status(c);
        Real r;
        if (x.isNan() || y.isNan()) {
            r = X87State.nan(x, y, s);
        } else {
            r = Real.copyOf(f.of(y, x, s));
            if ((s.flags & (FloatStatus.IE | FloatStatus.ZE)) == 0 && (x.denormal || y.denormal)) {
                s.raise(FloatStatus.DE);
            }
        }
        if (X87State.finish(c, r, 64, s)) {
            X87State.put(c, 1, r);
            X87State.pop(c);
        }
    }

    private static Real invalid(FloatStatus s) {
        s.raise(FloatStatus.IE);
        return Real.indefinite();
    }

    /** FPATAN: the angle of the point (ST(0), ST(1)). */
    public static void fpatan(Cpu c) {
        replace2(c, X87Transcendental::arctangent);
    }

    private static Real arctangent(Real y, Real x, FloatStatus s) {
        boolean far = y.kind == Real.INFINITE;
        if (far && x.kind == Real.INFINITE) {
            return partOfPi(x.negative ? 3 : 1, -2, y.negative);
        }
        if (far || x.kind == Real.ZERO && y.kind != Real.ZERO) {
            return partOfPi(1, -1, y.negative);
        }
        if (y.kind == Real.ZERO || x.kind == Real.INFINITE) {
            return x.negative ? partOfPi(1, 0, y.negative) : Real.zero(y.negative);
        }
        return Transcendental.arctangent(y, x);
    }

    /** Pi times {@code times} (1 or 3) times 2^scale. */
    private static Real partOfPi(int times, int scale, boolean negative) {
        Real r = Real.copyOf(PI);
        if (times == 3) {
            Real twice = Real.copyOf(PI);
            twice.exponent++;
            r = RealArithmetic.add(r, twice, new FloatStatus());
        }
        r.exponent += scale;
        r.negative = negative;
        return r;
    }

    /** FYL2X: ST(1) times the binary logarithm of ST(0). */
    public static void fyl2x(Cpu c) {
        replace2(c, X87Transcendental::timesLogarithm);
    }

    private static Real timesLogarithm(Real y, Real x, FloatStatus s) {
        if (x.kind == Real.ZERO) {
            if (y.kind == Real.ZERO) {
                return invalid(s);
            }
            if (y.kind == Real.FINITE) {
                s.raise(FloatStatus.ZE);
            }
            return Real.infinity(!y.negative);
        }
        if (x.negative) {
            return invalid(s);
        }
        Real logarithm = x.kind == Real.INFINITE ? x : Transcendental.logarithm(x);
        return Transcendental.product(y, logarithm, s);
    }

    /** FYL2XP1: ST(1) times the binary logarithm of ST(0) + 1; -1 and below are invalid. */
    public static void fyl2xp1(Cpu c) {
        replace2(c, X87Transcendental::timesLogarithmPlusOne);
    }

    private static Real timesLogarithmPlusOne(Real y, Real x, FloatStatus s) {
        if (x.negative && x.kind != Real.ZERO && x.exponent >= 0) {
            return invalid(s);
        }
        boolean special = x.kind != Real.FINITE;
        return Transcendental.product(y, special ? x : Transcendental.logarithmPlusOne(x), s);
    }
}
