package org.xenolith.cpu.softfloat;

/**
 * The operations of IEEE 754 on unpacked numbers that are not NaNs, exact or with a sticky bit.
 * Operands have significands of up to 64 bits ({@code low} zero) unless said otherwise; the result
 * is a new number, still to be rounded.
 */
public final class RealArithmetic {
    private RealArithmetic() {}

    private static Real invalid(FloatStatus s) {
        s.raise(FloatStatus.IE);
        return Real.indefinite();
    }

    /** a + b, for significands of 128 bits. */
    public static Real add(Real a, Real b, FloatStatus s) {
        if (a.kind == Real.FINITE && b.kind == Real.FINITE) {
            return a.negative == b.negative ? addMagnitudes(a, b) : subtractMagnitudes(a, b, s);
        }
        if (a.kind == Real.INFINITE || b.kind == Real.INFINITE) {
            if (a.kind == b.kind && a.negative != b.negative) {
                return invalid(s);
            }
            return Real.infinity(a.kind == Real.INFINITE ? a.negative : b.negative);
        }
        if (a.kind == b.kind) {
            boolean negative =
                    a.negative == b.negative ? a.negative : s.rounding == FloatStatus.DOWN;
            return Real.zero(negative);
        }
        return Real.copyOf(a.kind == Real.ZERO ? b : a);
    }

    /** a - b. */
    public static Real subtract(Real a, Real b, FloatStatus s) {
        Real minus = Real.copyOf(b);
        minus.negative = !b.negative;
        return add(a, minus, s);
    }

    private static Real addMagnitudes(Real a, Real b) {
        Real big = a.exponent >= b.exponent ? a : b;
        Real small = Real.copyOf(big == a ? b : a);
        small.shiftRight(Math.min(big.exponent - small.exponent, 128));
        Real r = new Real(a.negative, big.exponent, 0);
        r.low = big.low + small.low;
        long carry = Long.compareUnsigned(r.low, small.low) < 0 ? 1 : 0;
        r.high = big.high + small.high + carry;
        boolean overflow = (big.high & small.high | (big.high | small.high) & ~r.high) < 0;
        if (overflow) {
            r.shiftRight(1);
            r.high |= Real.INTEGER_BIT;
            r.exponent++;
        }
        return r;
    }

    private static Real subtractMagnitudes(Real a, Real b, FloatStatus s) {
        int order = compareMagnitudes(a, b);
        if (order == 0) {
            return Real.zero(s.rounding == FloatStatus.DOWN);
        }
        Real big = order > 0 ? a : b;
        Real small = Real.copyOf(order > 0 ? b : a);
        small.shiftRight(Math.min(big.exponent - small.exponent, 128));
        Real r = new Real(big.negative, big.exponent, 0);
        long borrow = Long.compareUnsigned(big.low, small.low) < 0 ? 1 : 0;
        r.low = big.low - small.low;
        r.high = big.high - small.high - borrow;
        r.normalize();
        return r;
    }

    /** Orders |a| and |b|, both finite and not zero. */
    static int compareMagnitudes(Real a, Real b) {
        if (a.exponent != b.exponent) {
            return Integer.compare(a.exponent, b.exponent);
        }
        int c = Long.compareUnsigned(a.high, b.high);
        return c != 0 ? c : Long.compareUnsigned(a.low, b.low);
    }

    /** Orders a and b, neither a NaN: negative, 0 or positive. */
    public static int compare(Real a, Real b) {
        int signA = a.kind == Real.ZERO ? 0 : a.negative ? -1 : 1;
        int signB = b.kind == Real.ZERO ? 0 : b.negative ? -1 : 1;
        if (signA != signB || signA == 0) {
            return Integer.compare(signA, signB);
        }
        if (a.kind != Real.FINITE || b.kind != Real.FINITE) {
            return signA * Integer.compare(a.kind, b.kind);
        }
        return signA * compareMagnitudes(a, b);
    }

    /** a * b. */
    public static Real multiply(Real a, Real b, FloatStatus s) {
        boolean negative = a.negative != b.negative;
        if (a.kind == Real.INFINITE || b.kind == Real.INFINITE) {
            boolean zero = a.kind == Real.ZERO || b.kind == Real.ZERO;
            return zero ? invalid(s) : Real.infinity(negative);
        }
        if (a.kind == Real.ZERO || b.kind == Real.ZERO) {
            return Real.zero(negative);
        }
        Real r = new Real(negative, a.exponent + b.exponent + 1, 0);
        r.high = Math.unsignedMultiplyHigh(a.high, b.high);
        r.low = a.high * b.high;
        r.normalize();
        return r;
    }

    /** a / b; raises ZE for a finite a and b = 0. */
    public static Real divide(Real a, Real b, FloatStatus s) {
        boolean negative = a.negative != b.negative;
        if (a.kind == Real.INFINITE) {
            return b.kind == Real.INFINITE ? invalid(s) : Real.infinity(negative);
        }
        if (b.kind == Real.INFINITE) {
            return Real.zero(negative);
        }
        if (b.kind == Real.ZERO) {
            if (a.kind == Real.ZERO) {
                return invalid(s);
            }
            s.raise(FloatStatus.ZE);
            return Real.infinity(negative);
        }
        if (a.kind == Real.ZERO) {
            return Real.zero(negative);
        }
        Real r = new Real(negative, a.exponent - b.exponent, 0);
        long dividend = a.high;
        long below = 0;
        if (Long.compareUnsigned(dividend, b.high) >= 0) {
            below = dividend << 63;
            dividend >>>= 1;
        } else {
            r.exponent--;
        }
        r.high = quotient(dividend, below, b.high);
        long rest = below - r.high * b.high;
        boolean guard = rest < 0 || Long.compareUnsigned(rest << 1, b.high) >= 0;
        long left = guard ? (rest << 1) - b.high : rest;
        r.low = (guard ? Real.INTEGER_BIT : 0) | (left != 0 ? 1 : 0);
        return r;
    }

    /**
     * Unsigned high:low / d, where high &lt; d and bit 63 of d is set (Knuth, TAOCP vol. 2, 4.3.1,
     * algorithm D with digits of 32 bits).
     */
    static long quotient(long high, long low, long d) {
        long upper = digit(high, low >>> 32, d);
        long rest = (high << 32 | low >>> 32) - upper * d;
        return upper << 32 | digit(rest, low & 0xffffffffL, d);
    }

    private static long digit(long rest, long next, long d) {
        long dHigh = d >>> 32;
        long dLow = d & 0xffffffffL;
        long q = Long.divideUnsigned(rest, dHigh);
        long r = rest - q * dHigh;
        while (q > 0xffffffffL || Long.compareUnsigned(q * dLow, r << 32 | next) > 0) {
            q--;
            r += dHigh;
            if (r > 0xffffffffL) {
                break;
            }
        }
        return q;
    }

    /** Square root. */
    public static Real squareRoot(Real a, FloatStatus s) {
        if (a.kind == Real.ZERO) {
            return Real.zero(a.negative);
        }
        if (a.negative) {
            return invalid(s);
        }
        if (a.kind == Real.INFINITE) {
            return Real.infinity(false);
        }
        // radicand in [2^126, 2^128), so that its root has exactly 64 bits
        boolean odd = (a.exponent & 1) != 0;
        long high = odd ? a.high : a.high >>> 1;
        long low = odd ? 0 : a.high << 63;
        long root = integerRoot(high, low);
        long square = root * root;
        long squareHigh = Math.unsignedMultiplyHigh(root, root);
        long rest = low - square;
        long restHigh = high - squareHigh - (Long.compareUnsigned(low, square) < 0 ? 1 : 0);
        boolean guard = restHigh != 0 || Long.compareUnsigned(rest, root) > 0;
        Real r = new Real(false, Math.floorDiv(a.exponent, 2), root);
        r.low = (guard ? Real.INTEGER_BIT : 0) | ((rest | restHigh) != 0 ? 1 : 0);
        return r;
    }

    /** Largest root with root^2 &lt;= high:low, for high:low in [2^126, 2^128). */
    private static long integerRoot(long high, long low) {
        double estimate = Math.sqrt((high >>> 11) * 0x1p75);
        long root = estimate >= 0x1p64 ? -1 : (long) (estimate * 0.5) << 1;
        if (root >= 0) {
            root = Real.INTEGER_BIT;
        }
        // one step of Newton's method doubles the 50 good bits of the estimate
        if (Long.compareUnsigned(high, root) < 0) {
            long q = quotient(high, low, root);
            root = (root >>> 1) + (q >>> 1) + (root & q & 1);
        }
        while (squareExceeds(root, high, low)) {
            root--;
        }
        while (root != -1 && !squareExceeds(root + 1, high, low)) {
            root++;
        }
        return root;
    }

    private static boolean squareExceeds(long root, long high, long low) {
        int c = Long.compareUnsigned(Math.unsignedMultiplyHigh(root, root), high);
        return c > 0 || c == 0 && Long.compareUnsigned(root * root, low) > 0;
    }
}
