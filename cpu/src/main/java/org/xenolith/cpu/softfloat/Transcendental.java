package org.xenolith.cpu.softfloat;

import java.math.BigInteger;

/**
 * The elementary functions of the x87, computed with 128 bits of significand by series. The results
 * are not rounded; their relative error is below 2^-110, so that rounding to 64 bits gives the
 * nearest number except where the exact value lies that close to the middle of two.
 *
 * <p>Arguments are finite and not zero. Angles are reduced with the processor's own value of pi,
 * which has 66 bits (SDM vol. 1, 8.3.8): sine and cosine are those of the reduced angle.
 */
public final class Transcendental {
    /** Pi times 2^66. */
    private static final BigInteger PI_66 = new BigInteger("c90fdaa22168c234c", 16);

    private static final int SINE_TERMS = 15;
    private static final int EXPONENTIAL_TERMS = 32;
    private static final int LOGARITHM_TERMS = 26;

    /** Below this exponent of the angle the arctangent's own series is short. */
    private static final int SMALL_ANGLE = -12;

    /** Below this exponent the tangent is the angle and a trifle more. */
    private static final int TINY_ANGLE = -65;

    private Transcendental() {}

    // ---- circular functions --------------------------------------------------------------------

    /** An angle within a quarter turn about a multiple of pi / 2. */
    private record Angle(Real rest, int quadrant) {}

    private static Angle reduce(Real x) {
        if (x.exponent < -1) {
            return new Angle(x, 0);
        }
        // in units of 2^-67, of which pi / 2 has PI_66
        BigInteger units = new BigInteger(Long.toUnsignedString(x.high)).shiftLeft(x.exponent + 4);
        BigInteger[] parts = units.divideAndRemainder(PI_66);
        BigInteger rest = parts[1];
        int quadrant = parts[0].intValue() & 3;
        if (rest.shiftLeft(1).compareTo(PI_66) > 0) {
            rest = rest.subtract(PI_66);
            quadrant = quadrant + 1 & 3;
        }
        BigInteger size = rest.abs();
        Real r = new Real(rest.signum() < 0, 60, size.shiftRight(64).longValue());
        r.low = size.longValue();
        r.exponent = 127 - 67;
        r.normalize();
        if (x.negative) {
            r.negative = !r.negative;
            quadrant = -quadrant & 3;
        }
        return new Angle(r, quadrant);
    }

    /** x - x^3/3! + x^5/5! - ... for |x| up to pi / 4. */
    private static Real sineSeries(Real x) {
        return Wide.multiply(x, alternating(x, 1));
    }

    /** 1 - x^2/2! + x^4/4! - ... */
    private static Real cosineSeries(Real x) {
        return alternating(x, 0);
    }

    /** 1 - x^2/((k+1)(k+2)) (1 - x^2/((k+3)(k+4)) (1 - ... */
    private static Real alternating(Real x, int k) {
        Real square = Wide.multiply(x, x);
        Real sum = Wide.ONE;
        for (int i = SINE_TERMS; i > 0; i--) {
            int n = k + 2 * i;
            sum = Wide.subtract(Wide.ONE, Wide.divide(Wide.multiply(square, sum), n * (n - 1)));
        }
        return sum;
    }

    private static Real sineOf(Angle angle, int quarterTurns) {
        int quadrant = angle.quadrant() + quarterTurns & 3;
        Real r = (quadrant & 1) == 0 ? sineSeries(angle.rest()) : cosineSeries(angle.rest());
        r = Real.copyOf(r);
        if (quadrant >= 2) {
            r.negative = !r.negative;
        }
        return r;
    }

    /** Sine, for |x| &lt; 2^63. */
    public static Real sine(Real x) {
        return sineOf(reduce(x), 0);
    }

    /** Cosine, for |x| &lt; 2^63. */
    public static Real cosine(Real x) {
        return sineOf(reduce(x), 1);
    }

    /** Tangent, for |x| &lt; 2^63. */
    public static Real tangent(Real x) {
        if (x.exponent < TINY_ANGLE) {
            return new Real(x.negative, x.exponent, x.high, 1);
        }
        Angle angle = reduce(x);
        return Wide.divide(sineOf(angle, 0), sineOf(angle, 1));
    }

    /** The angle of the point (x, y), in (-pi, pi]. */
    public static Real arctangent(Real y, Real x) {
        Real a = magnitude(y);
        Real b = magnitude(x);
        boolean steep = RealArithmetic.compareMagnitudes(a, b) > 0;
        Real angle = arctangent(steep ? Wide.divide(b, a) : Wide.divide(a, b));
        if (steep) {
            Real half = Real.copyOf(Wide.PI);
            half.exponent--;
            angle = Wide.subtract(half, angle);
        }
        if (x.negative) {
            angle = Wide.subtract(Wide.PI, angle);
        }
        angle.negative = y.negative;
        return angle;
    }

    private static Real magnitude(Real x) {
        Real r = Real.copyOf(x);
        r.negative = false;
        return r;
    }

    /** Arctangent of a number up to 1: an approximation in double precision, corrected. */
    private static Real arctangent(Real t) {
        if (t.exponent < SMALL_ANGLE) {
            return arctangentSeries(t);
        }
        Real head = Real.copyOf(t);
        FloatStatus s = new FloatStatus();
        Rounding.toDouble(head, s);
        double near = StrictMath.atan(Double.longBitsToDouble(head.toDouble()));
        Real angle = Real.ofDouble(Double.doubleToRawLongBits(near));
        // t = tan(angle + d), so tan d = (t cos - sin) / (cos + t sin)
        Real sine = sineSeries(angle);
        Real cosine = cosineSeries(angle);
        Real above = Wide.subtract(Wide.multiply(t, cosine), sine);
        if (above.kind == Real.ZERO) {
            return angle;
        }
        Real below = Wide.add(cosine, Wide.multiply(t, sine));
        return Wide.add(angle, arctangentSeries(Wide.divide(above, below)));
    }

    /** t - t^3/3 + t^5/5 - ... for |t| below 2^-11. */
    private static Real arctangentSeries(Real t) {
        Real square = Wide.multiply(t, t);
        Real sum = Wide.divide(Wide.ONE, 13);
        for (int n = 11; n > 0; n -= 2) {
            sum = Wide.subtract(Wide.divide(Wide.ONE, n), Wide.multiply(square, sum));
        }
        return Wide.multiply(t, sum);
    }

    // ---- exponential and logarithm -------------------------------------------------------------

    /** 2^x - 1 for |x| up to 1: t (1 + t/2 (1 + t/3 (1 + ... with t = x ln 2. */
    public static Real exponentialMinusOne(Real x) {
        Real t = Wide.multiply(x, Wide.LN2);
        Real sum = Wide.ONE;
        for (int n = EXPONENTIAL_TERMS; n > 1; n--) {
            sum = Wide.add(Wide.ONE, Wide.divide(Wide.multiply(t, sum), n));
        }
        return Wide.multiply(t, sum);
    }

    /** Binary logarithm of a positive number; exact (and perhaps zero) for powers of two. */
    public static Real logarithm(Real x) {
        int exponent = x.exponent;
        Real m = Real.copyOf(x);
        m.exponent = 0;
        if (m.high == Real.INTEGER_BIT && m.low == 0) {
            return Real.ofLong(exponent);
        }
        if (Long.compareUnsigned(m.high, 0xb504f333f9de6484L) > 0) {
            m.exponent = -1;
            exponent++;
        }
        Real fraction = logarithmOfRatio(Wide.subtract(m, Wide.ONE), Wide.add(m, Wide.ONE));
        return Wide.add(Real.ofLong(exponent), fraction);
    }

    /** Binary logarithm of 1 + x for x &gt; -1. */
    public static Real logarithmPlusOne(Real x) {
        if (x.exponent >= -2) {
            return logarithm(Wide.add(Wide.ONE, x));
        }
        Real two = Real.copyOf(Wide.ONE);
        two.exponent = 1;
        return logarithmOfRatio(x, Wide.add(two, x));
    }

    /** The product of any two numbers that are not NaNs, with 128 bits if they have them. */
    public static Real product(Real a, Real b, FloatStatus s) {
        boolean finite = a.kind == Real.FINITE && b.kind == Real.FINITE;
        return finite ? Wide.multiply(a, b) : RealArithmetic.multiply(a, b, s);
    }

    /** log2((b + a) / (b - a)) = 2 log2(e) artanh(a / b), for a / b up to 0.18. */
    private static Real logarithmOfRatio(Real a, Real b) {
        Real s = Wide.divide(a, b);
        Real square = Wide.multiply(s, s);
        Real sum = Real.zero(false);
        for (int n = 2 * LOGARITHM_TERMS + 1; n > 0; n -= 2) {
            sum = Wide.add(Wide.divide(Wide.ONE, n), Wide.multiply(square, sum));
        }
        Real r = Wide.multiply(Wide.multiply(s, sum), Wide.LOG2_E);
        r.exponent++;
        return r;
    }
}
