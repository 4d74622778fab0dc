package org.xenolith.cpu.softfloat;

/**
 * Arithmetic on finite numbers with the full 128 bits of significand, each operation good to about
 * 2^-126 of its result.
 */
final class Wide {
    static final Real ONE = new Real(false, 0, Real.INTEGER_BIT);
    static final Real PI = new Real(false, 1, 0xc90fdaa22168c234L, 0xc4c6628b80dc1cd1L);
    static final Real LN2 = new Real(false, -1, 0xb17217f7d1cf79abL, 0xc9e3b39803f2f6afL);
    static final Real LOG2_E = new Real(false, 0, 0xb8aa3b295c17f0bbL, 0xbe87fed0691d3e88L);

    private Wide() {}

    static Real add(Real a, Real b) {
        return RealArithmetic.add(a, b, new FloatStatus());
    }

    static Real subtract(Real a, Real b) {
        return RealArithmetic.subtract(a, b, new FloatStatus());
    }

    /** The top half of the 256-bit product, the rest sticky. */
    static Real multiply(Real a, Real b) {
        if (a.kind == Real.ZERO || b.kind == Real.ZERO) {
            return Real.zero(a.negative != b.negative);
        }
        long lowest = a.low * b.low;
        long low = Math.unsignedMultiplyHigh(a.low, b.low);
        long middle = Math.unsignedMultiplyHigh(a.high, b.low);
        long high = 0;
        long t = a.high * b.low;
        low += t;
        middle += carry(low, t);
        t = a.low * b.high;
        low += t;
        middle += carry(low, t);
        t = Math.unsignedMultiplyHigh(a.low, b.high);
        middle += t;
        high += carry(middle, t);
        t = a.high * b.high;
        middle += t;
        high += carry(middle, t);
        high += Math.unsignedMultiplyHigh(a.high, b.high);
        Real r = new Real(a.negative != b.negative, a.exponent + b.exponent + 1, high, middle);
        if (high >= 0) {
            r.high = high << 1 | middle >>> 63;
            r.low = middle << 1 | low >>> 63;
            low <<= 1;
            r.exponent--;
        }
        if ((low | lowest) != 0) {
            r.low |= 1;
        }
        return r;
    }

    private static long carry(long sum, long addend) {
        return Long.compareUnsigned(sum, addend) < 0 ? 1 : 0;
    }

    /** a / b in two steps of 64 bits. */
    static Real divide(Real a, Real b) {
        if (a.kind == Real.ZERO) {
            return Real.zero(a.negative != b.negative);
        }
        Real first = RealArithmetic.divide(a, b, new FloatStatus());
        first.low = 0;
        Real rest = subtract(a, multiply(first, b));
        if (rest.kind == Real.ZERO) {
            return first;
        }
        return add(first, RealArithmetic.divide(rest, b, new FloatStatus()));
    }

    /** a / n for a positive n, good to n times 2^-127. */
    static Real divide(Real a, int n) {
        if (a.kind == Real.ZERO) {
            return a;
        }
        int shift = Long.numberOfLeadingZeros(n);
        long divisor = (long) n << shift;
        Real r = new Real(a.negative, a.exponent, Long.divideUnsigned(a.high, n));
        long rest = a.high - r.high * n;
        long next = rest << shift | a.low >>> 64 - shift;
        r.low = RealArithmetic.quotient(next, a.low << shift, divisor);
        r.normalize();
        return r;
    }
}
