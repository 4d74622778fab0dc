package org.xenolith.cpu.softfloat;

/**
 * An unpacked binary floating-point number. Mutable: operations make a new one and then round it in
 * place.
 *
 * <p>A finite number is high:low / 2^127 * 2^exponent; bit 63 of {@code high} is set except in a
 * number rounded to be denormal. Bit 0 of {@code low} is sticky: it also stands for anything
 * smaller. A NaN keeps its fraction below bit 63 of {@code high}, the quiet bit is bit 62.
 */
public final class Real {
    public static final int ZERO = 0;
    public static final int FINITE = 1;
    public static final int INFINITE = 2;
    public static final int QUIET_NAN = 3;
    public static final int SIGNALING_NAN = 4;

    /** An 80-bit encoding that no processor since the 387 accepts (SDM vol. 1, 8.2.2). */
    public static final int UNSUPPORTED = 5;

    static final long INTEGER_BIT = 1L << 63;
    static final long QUIET_BIT = 1L << 62;

    public int kind;
    public boolean negative;
    public int exponent;
    public long high;
    public long low;

    /** Was read from a denormal (or pseudo-denormal) encoding. */
    public boolean denormal;

    public Real() {}

    /** A finite number that needs no rounding up to 64 bits. */
    public Real(boolean negative, int exponent, long high) {
        this(negative, exponent, high, 0);
    }

    public Real(boolean negative, int exponent, long high, long low) {
        this.kind = FINITE;
        this.negative = negative;
        this.exponent = exponent;
        this.high = high;
        this.low = low;
    }

    public static Real copyOf(Real r) {
        Real copy = new Real(r.negative, r.exponent, r.high, r.low);
        copy.kind = r.kind;
        copy.denormal = r.denormal;
        return copy;
    }

    public static Real zero(boolean negative) {
        Real r = new Real();
        r.negative = negative;
        return r;
    }

    public static Real infinity(boolean negative) {
        Real r = zero(negative);
        r.kind = INFINITE;
        r.high = INTEGER_BIT;
        return r;
    }

    /** The quiet NaN that stands for an invalid result ("real indefinite"). */
    public static Real indefinite() {
        Real r = zero(true);
        r.kind = QUIET_NAN;
        r.high = INTEGER_BIT | QUIET_BIT;
        return r;
    }

    public boolean isNan() {
        return kind >= QUIET_NAN;
    }

    // ---- from encodings ------------------------------------------------------------------------

    public static Real ofFloat(int bits) {
        return unpack(bits < 0, bits >>> 23 & 0xff, 0xff, (long) bits << 41 >>> 1, 127);
    }

    public static Real ofDouble(long bits) {
        return unpack(bits < 0, (int) (bits >>> 52) & 0x7ff, 0x7ff, bits << 12 >>> 1, 1023);
    }

    private static Real unpack(boolean negative, int biased, int top, long fraction, int bias) {
        Real r = zero(negative);
        if (biased == top) {
            r.high = fraction | INTEGER_BIT;
            r.kind = nanOrInfinity(fraction);
        } else if (biased != 0) {
            r.kind = FINITE;
            r.exponent = biased - bias;
            r.high = fraction | INTEGER_BIT;
        } else if (fraction != 0) {
            r.setDenormal(fraction, 1 - bias);
        }
        return r;
    }

    /** An 80-bit number: sign and biased exponent (16 bits), significand. */
    public static Real ofExtended(int signExponent, long significand) {
        int biased = signExponent & 0x7fff;
        Real r = zero((signExponent & 0x8000) != 0);
        if (biased == 0) {
            if (significand != 0) {
                r.setDenormal(significand, -16382);
            }
        } else if (significand >= 0) {
            r.kind = UNSUPPORTED;
        } else {
            r.high = significand;
            r.exponent = biased - 16383;
            r.kind = biased == 0x7fff ? nanOrInfinity(significand & ~INTEGER_BIT) : FINITE;
        }
        return r;
    }

    public static Real ofLong(long value) {
        Real r = zero(value < 0);
        if (value != 0) {
            long magnitude = Math.abs(value);
            int shift = Long.numberOfLeadingZeros(magnitude);
            r.kind = FINITE;
            r.high = magnitude << shift;
            r.exponent = 63 - shift;
        }
        return r;
    }

    private static int nanOrInfinity(long fraction) {
        if (fraction == 0) {
            return INFINITE;
        }
        return (fraction & QUIET_BIT) != 0 ? QUIET_NAN : SIGNALING_NAN;
    }

    private void setDenormal(long significand, int at) {
        int shift = Long.numberOfLeadingZeros(significand);
        kind = FINITE;
        denormal = true;
        high = significand << shift;
        exponent = at - shift;
    }

    // ---- to encodings; the number has been rounded to the format
    // ---------------------------------

    public int toFloat() {
        long fraction = high << 1 >>> 41;
        return (negative ? 1 << 31 : 0) | biased(127, 0xff) << 23 | (int) fraction;
    }

    public long toDouble() {
        long fraction = high << 1 >>> 12;
        return (negative ? 1L << 63 : 0) | (long) biased(1023, 0x7ff) << 52 | fraction;
    }

    /** Sign and biased exponent of the 80-bit encoding; the significand is {@link #high}. */
    public int toSignExponent() {
        return (negative ? 0x8000 : 0) | biased(16383, 0x7fff);
    }

    private int biased(int bias, int top) {
        return switch (kind) {
            case ZERO -> 0;
            case FINITE -> high < 0 ? exponent + bias : 0;
            default -> top;
        };
    }

    // ---- shifts --------------------------------------------------------------------------------

    /** Shifts the significand right without changing the exponent; lost bits become sticky. */
    void shiftRight(int n) {
        if (n == 0) {
            return;
        }
        boolean sticky;
        if (n >= 128) {
            sticky = (high | low) != 0;
            high = 0;
            low = 0;
        } else if (n >= 64) {
            sticky = low != 0 || n > 64 && high << 128 - n != 0;
            low = n == 64 ? high : high >>> n - 64;
            high = 0;
        } else {
            sticky = low << 64 - n != 0;
            low = low >>> n | high << 64 - n;
            high >>>= n;
        }
        low |= sticky ? 1 : 0;
    }

    /** Makes bit 63 of {@code high} one again; a significand of zero becomes {@link #ZERO}. */
    void normalize() {
        if (high == 0) {
            if (low == 0) {
                kind = ZERO;
                return;
            }
            high = low;
            low = 0;
            exponent -= 64;
        }
        int n = Long.numberOfLeadingZeros(high);
        if (n != 0) {
            high = high << n | low >>> 64 - n;
            low <<= n;
            exponent -= n;
        }
    }
}
