package org.xenolith.cpu.softfloat;

/**
 * One step of FPREM or FPREM1 (SDM vol. 2A): exact, and complete unless the exponents lie 64 or
 * more apart.
 *
 * @param remainder what is left, with the sign of the dividend (of the opposite sign only for a
 *     quotient rounded up)
 * @param quotient low bits of the quotient's magnitude; 0 if partial
 * @param partial the remainder is not yet smaller than the divisor
 */
public record Remainder(Real remainder, long quotient, boolean partial) {
    /**
     * Divides two finite numbers that are not zero.
     *
     * @param nearest round the quotient to nearest even instead of truncating
     */
    public static Remainder of(Real a, Real b, boolean nearest) {
        int distance = a.exponent - b.exponent;
        if (distance < (nearest ? -1 : 0)) {
            return new Remainder(Real.copyOf(a), 0, false);
        }
        boolean partial = distance >= 64;
        // a partial step removes 32..63 bits
        int steps = partial ? distance & 31 | 32 : distance;
        long rest = a.high;
        long quotient = 0;
        boolean carry = false;
        int exponent = a.exponent;
        if (distance == -1) {
            // |a| < |b|: the quotient is 0 or, rounded, 1
            return round(a, b, a.high, b.exponent - 1, 0);
        }
        for (int i = 0; i <= steps; i++) {
            if (i > 0) {
                carry = rest < 0;
                rest <<= 1;
                exponent--;
            }
            quotient <<= 1;
            if (carry || Long.compareUnsigned(rest, b.high) >= 0) {
                rest -= b.high;
                quotient |= 1;
                carry = false;
            }
            if (partial && i == steps) {
                break;
            }
        }
        if (partial) {
            return new Remainder(make(a.negative, exponent, rest), 0, true);
        }
        return nearest
                ? round(a, b, rest, exponent, quotient)
                : new Remainder(make(a.negative, exponent, rest), quotient, false);
    }

    /** Rounds the quotient up when the rest is more than half the divisor, or half and odd. */
    private static Remainder round(Real a, Real b, long rest, int exponent, long quotient) {
        Real half = make(false, b.exponent - 1, b.high);
        Real r = make(a.negative, exponent, rest);
        if (r.kind == Real.ZERO) {
            return new Remainder(r, quotient, false);
        }
        int order = RealArithmetic.compareMagnitudes(r, half);
        if (order > 0 || order == 0 && (quotient & 1) != 0) {
            Real divisor = Real.copyOf(b);
            divisor.negative = !a.negative;
            r = RealArithmetic.add(r, divisor, new FloatStatus());
            return new Remainder(r, quotient + 1, false);
        }
        return new Remainder(r, quotient, false);
    }

    private static Real make(boolean negative, int exponent, long rest) {
        Real r = new Real(negative, exponent, rest);
        r.normalize();
        return r;
    }
}
