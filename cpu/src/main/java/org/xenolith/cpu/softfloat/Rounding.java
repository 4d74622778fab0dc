package org.xenolith.cpu.softfloat;

/** Brings an exact (or sticky) number to the precision and exponent range of a format. */
public final class Rounding {
    /** Largest exponents; the smallest is {@code 1 - max}. */
    public static final int FLOAT_MAX = 127;

    public static final int DOUBLE_MAX = 1023;
    public static final int EXTENDED_MAX = 16383;

    private Rounding() {}

    /** Rounds to IEEE single precision. */
    public static void toFloat(Real r, FloatStatus s) {
        round(r, 24, FLOAT_MAX, s);
    }

    /** Rounds to IEEE double precision. */
    public static void toDouble(Real r, FloatStatus s) {
        round(r, 53, DOUBLE_MAX, s);
    }

    /**
     * Rounds in place (IEEE 754, tininess detected after rounding, as SDM vol. 1, 4.9.1.5 has it).
     * What not even the adjusted exponent of an unmasked exception can hold (FSCALE makes such
     * numbers) becomes infinity or zero.
     *
     * @param precision bits of significand, 1..64
     * @param maxExponent largest exponent of the format
     */
    public static void round(Real r, int precision, int maxExponent, FloatStatus s) {
        s.roundedUp = false;
        if (r.kind != Real.FINITE) {
            return;
        }
        int exponent = r.exponent;
        long high = r.high;
        long low = r.low;
        boolean inexact = roundBits(r, precision, s);
        if (r.exponent > maxExponent) {
            overflow(r, precision, maxExponent, inexact, s);
        } else if (r.exponent < 1 - maxExponent) {
            r.exponent = exponent;
            r.high = high;
            r.low = low;
            underflow(r, precision, 1 - maxExponent, s);
        } else if (inexact) {
            s.raise(FloatStatus.PE);
        }
    }

    private static void overflow(
            Real r, int precision, int maxExponent, boolean inexact, FloatStatus s) {
        s.raise(FloatStatus.OE);
        boolean trap = !s.masked(FloatStatus.OE);
        if (trap && (s.wrap == 0 || r.exponent - s.wrap <= maxExponent)) {
            r.exponent -= s.wrap;
            if (inexact) {
                s.raise(FloatStatus.PE);
            }
            return;
        }
        s.raise(FloatStatus.PE);
        int towards = r.negative ? FloatStatus.DOWN : FloatStatus.UP;
        s.roundedUp = trap || s.rounding == FloatStatus.NEAREST || s.rounding == towards;
        if (s.roundedUp) {
            r.kind = Real.INFINITE;
            r.high = Real.INTEGER_BIT;
        } else {
            r.high = -1L << 64 - precision;
            r.exponent = maxExponent;
        }
    }

    private static void underflow(Real r, int precision, int minExponent, FloatStatus s) {
        boolean trap = !s.masked(FloatStatus.UE);
        if (trap && (s.wrap == 0 || r.exponent + s.wrap >= minExponent)) {
            s.raise(FloatStatus.UE);
            if (roundBits(r, precision, s)) {
                s.raise(FloatStatus.PE);
            }
            r.exponent += s.wrap;
            return;
        }
        if (s.flushToZero || trap) {
            s.raise(FloatStatus.UE | FloatStatus.PE);
            s.roundedUp = false;
            r.kind = Real.ZERO;
            r.high = 0;
            r.low = 0;
            return;
        }
        r.shiftRight(Math.min(minExponent - r.exponent, 128));
        r.exponent = minExponent;
        if (roundBits(r, precision, s)) {
            s.raise(FloatStatus.UE | FloatStatus.PE);
        }
        if (r.high == 0) {
            r.kind = Real.ZERO;
        }
    }

    /**
     * Rounds the significand to its top {@code precision} bits, whatever the exponent.
     *
     * @return whether the result is inexact
     */
    static boolean roundBits(Real r, int precision, FloatStatus s) {
        int n = 64 - precision;
        boolean guard;
        boolean sticky;
        if (n == 0) {
            guard = r.low < 0;
            sticky = r.low << 1 != 0;
        } else {
            guard = (r.high >>> n - 1 & 1) != 0;
            sticky = (r.high & (1L << n - 1) - 1) != 0 || r.low != 0;
        }
        boolean up =
                switch (s.rounding) {
                    case FloatStatus.NEAREST -> guard && (sticky || (r.high >>> n & 1) != 0);
                    case FloatStatus.DOWN -> r.negative && (guard || sticky);
                    case FloatStatus.UP -> !r.negative && (guard || sticky);
                    default -> false;
                };
        r.high = r.high >>> n << n;
        r.low = 0;
        if (up) {
            r.high += 1L << n;
            if (r.high == 0) {
                r.high = Real.INTEGER_BIT;
                r.exponent++;
            }
        }
        s.roundedUp = up;
        return guard || sticky;
    }

    /** Rounds to an integral value in place; raises PE if that changes it. */
    public static void toIntegral(Real r, FloatStatus s) {
        s.roundedUp = false;
        if (r.kind != Real.FINITE || r.exponent >= 63 && r.low == 0) {
            return;
        }
        if (r.exponent < -1) {
            r.shiftRight(Math.min(-1 - r.exponent, 128));
            r.exponent = -1;
        }
        // a number below 1 first gets the (zero) units digit that rounding may set
        int precision = r.exponent + 1;
        boolean inexact;
        if (precision == 0) {
            r.shiftRight(1);
            r.exponent = 0;
            inexact = roundBits(r, 1, s);
        } else {
            inexact = roundBits(r, precision, s);
        }
        if (r.high == 0) {
            r.kind = Real.ZERO;
        }
        if (inexact) {
            s.raise(FloatStatus.PE);
        }
    }

    /**
     * Converts to a signed integer.
     *
     * @param bits width of the integer: 16, 32 or 64
     * @return the integer, or the smallest one of this width ("integer indefinite") with IE raised
     */
    public static long toInteger(Real source, int bits, FloatStatus s) {
        long indefinite = -1L << bits - 1;
        if (source.kind == Real.ZERO) {
            return 0;
        }
        if (source.kind != Real.FINITE || source.exponent > 63) {
            s.raise(FloatStatus.IE);
            return indefinite;
        }
        Real r = Real.copyOf(source);
        FloatStatus own = new FloatStatus(s.rounding, s.masks);
        toIntegral(r, own);
        if (r.kind == Real.ZERO) {
            s.raise(own.flags);
            return 0;
        }
        if (r.exponent < 63) {
            long magnitude = r.high >>> 63 - r.exponent;
            long value = r.negative ? -magnitude : magnitude;
            if (value >> bits - 1 == value >> 63) {
                s.raise(own.flags);
                s.roundedUp = own.roundedUp;
                return value;
            }
        } else if (r.exponent == 63 && r.high == Real.INTEGER_BIT && r.negative && bits == 64) {
            s.raise(own.flags);
            s.roundedUp = own.roundedUp;
            return indefinite;
        }
        s.raise(FloatStatus.IE);
        return indefinite;
    }
}
