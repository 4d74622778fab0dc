package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Remainder;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;

/** x87 operations on ST(0), and those that take a scale or divisor from ST(1). */
public final class X87Unary {
    /** Scales beyond this overflow or underflow whatever the operand. */
    private static final int LARGEST_SCALE = 0x10000;

    private X87Unary() {}

    /** Whether the first {@code n} registers are there; if not, does what a stack fault does. */
    private static boolean present(Cpu c, int n) {
        X87State.clearC1(c);
        if (!X87State.empty(c, 0) && !X87State.empty(c, n - 1)) {
            return true;
        }
        if (!X87State.underflow(c)) {
            X87State.put(c, 0, Real.indefinite());
        }
        return false;
    }

    public static void fchs(Cpu c) {
        if (present(c, 1)) {
            c.fpu.signExponent[X87State.physical(c.fpu, 0)] ^= 0x8000;
        }
    }

    public static void fabs(Cpu c) {
        if (present(c, 1)) {
            c.fpu.signExponent[X87State.physical(c.fpu, 0)] &= 0x7fff;
        }
    }

    public static void frndint(Cpu c) {
        if (!present(c, 1)) {
            return;
        }
        Real r = X87State.get(c, 0);
        FloatStatus s = X87State.status(c);
        if (r.isNan()) {
            r = X87State.nan(r, s);
        } else if (r.denormal) {
            s.raise(FloatStatus.DE);
        }
        if (!X87State.blocked(s)) {
            Rounding.toIntegral(r, s);
            X87State.setC1(c, s.roundedUp);
            X87State.put(c, 0, r);
        }
        X87State.raise(c, s.flags);
    }

    /** FSCALE: ST(0) times 2 to ST(1) truncated. */
    public static void fscale(Cpu c) {
        if (!present(c, 2)) {
            return;
        }
        Real a = X87State.get(c, 0);
        Real b = X87State.get(c, 1);
        FloatStatus s = X87State.status(c);
        Real r;
        if (a.isNan() || b.isNan()) {
            r = X87State.nan(a, b, s);
        } else {
            r = b.kind == Real.INFINITE ? scaleByInfinity(a, b, s) : Real.copyOf(a);
            r.exponent += scale(b);
            if (s.flags == 0 && (a.denormal || b.denormal)) {
                s.raise(FloatStatus.DE);
            }
        }
        if (X87State.finish(c, r, 64, s)) {
            X87State.put(c, 0, r);
        }
    }

    private static Real scaleByInfinity(Real a, Real b, FloatStatus s) {
        int invalid = b.negative ? Real.INFINITE : Real.ZERO;
        if (a.kind == invalid) {
            s.raise(FloatStatus.IE);
            return Real.indefinite();
        }
        return b.negative ? Real.zero(a.negative) : Real.infinity(a.negative);
    }

    private static int scale(Real b) {
        if (b.kind != Real.FINITE || b.exponent < 0) {
            return 0;
        }
        int n = b.exponent > 15 ? LARGEST_SCALE : (int) (b.high >>> 63 - b.exponent);
        return b.negative ? -n : n;
    }

    /** FXTRACT: the exponent replaces ST(0), then the significand is pushed. */
    public static void fxtract(Cpu c) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0)) {
            if (!X87State.underflow(c)) {
                X87State.put(c, 0, Real.indefinite());
                X87State.push(c, Real.indefinite());
            }
            return;
        }
        if (!X87State.empty(c, 7)) {
            if (!X87State.raise(c, FloatStatus.IE | X87State.SF)) {
                X87State.put(c, 0, Real.indefinite());
                X87State.push(c, Real.indefinite());
            }
            c.fpu.status |= X87State.C1;
            return;
        }
        Real a = X87State.get(c, 0);
        FloatStatus s = X87State.status(c);
        Real exponent;
        Real significand = Real.copyOf(a);
        if (a.isNan()) {
            exponent = X87State.nan(a, s);
            significand = exponent;
        } else if (a.kind == Real.ZERO) {
            s.raise(FloatStatus.ZE);
            exponent = Real.infinity(true);
        } else if (a.kind == Real.INFINITE) {
            exponent = Real.infinity(false);
        } else {
            if (a.denormal) {
                s.raise(FloatStatus.DE);
            }
            exponent = Real.ofLong(a.exponent);
            significand.exponent = 0;
        }
        X87State.raise(c, s.flags);
        if (!X87State.blocked(s)) {
            X87State.put(c, 0, exponent);
            X87State.push(c, significand);
        }
    }

    /** FPREM: truncating remainder. */
    public static void fprem(Cpu c) {
        remainder(c, false);
    }

    /** FPREM1: remainder of IEEE 754. */
    public static void fprem1(Cpu c) {
        remainder(c, true);
    }

    private static void remainder(Cpu c, boolean nearest) {
        c.fpu.status &= ~X87State.C2;
        if (!present(c, 2)) {
            return;
        }
        Real a = X87State.get(c, 0);
        Real b = X87State.get(c, 1);
        FloatStatus s = X87State.status(c);
        Real r;
        int codes = -1;
        if (a.isNan() || b.isNan()) {
            r = X87State.nan(a, b, s);
        } else if (a.kind == Real.INFINITE || b.kind == Real.ZERO) {
            s.raise(FloatStatus.IE);
            r = Real.indefinite();
        } else {
            if (a.denormal || b.denormal) {
                s.raise(FloatStatus.DE);
            }
            if (X87State.blocked(s)) {
                X87State.raise(c, s.flags);
                return;
            }
            if (a.kind == Real.ZERO || b.kind == Real.INFINITE) {
                r = Real.copyOf(a);
                codes = 0;
            } else {
                Remainder result = Remainder.of(a, b, nearest);
                r = result.remainder();
                long q = result.quotient();
                codes =
                        ((q & 4) != 0 ? X87State.C0 : 0)
                                | ((q & 2) != 0 ? X87State.C3 : 0)
                                | ((q & 1) != 0 ? X87State.C1 : 0)
                                | (result.partial() ? X87State.C2 : 0);
            }
        }
        if (X87State.finish(c, r, 64, s)) {
            X87State.put(c, 0, r);
            if (codes >= 0) {
                X87State.setCodes(c, codes);
            }
        }
    }
}
