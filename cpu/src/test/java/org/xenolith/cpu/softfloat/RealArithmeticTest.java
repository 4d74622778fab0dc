package org.xenolith.cpu.softfloat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Software arithmetic against Java's own, which rounds to nearest, and against exact decimals. */
class RealArithmeticTest {
    private interface Operation {
        Real of(Real a, Real b, FloatStatus s);
    }

    @Property(tries = 20_000)
    void doublesAgreeWithJava(@ForAll long a, @ForAll long b) {
        checkAll(Double.longBitsToDouble(a), Double.longBitsToDouble(b));
    }

    @Property(tries = 20_000)
    void closeDoublesAgreeWithJava(@ForAll double a, @ForAll int ulps) {
        checkAll(a, Double.longBitsToDouble(Double.doubleToRawLongBits(a) + ulps));
        checkAll(a, -Double.longBitsToDouble(Double.doubleToRawLongBits(a) + ulps));
    }

    private static void checkAll(double a, double b) {
        check(a, b, RealArithmetic::add, (x, y) -> x + y);
        check(a, b, RealArithmetic::subtract, (x, y) -> x - y);
        check(a, b, RealArithmetic::multiply, (x, y) -> x * y);
        check(a, b, RealArithmetic::divide, (x, y) -> x / y);
        check(a, b, (x, y, s) -> RealArithmetic.squareRoot(x, s), (x, y) -> Math.sqrt(x));
    }

    private static void check(double a, double b, Operation ours, DoubleBinaryOperator java) {
        if (a != a || b != b) {
            return;
        }
        FloatStatus s = new FloatStatus();
        Real r = ours.of(real(a), real(b), s);
        Rounding.toDouble(r, s);
        double expected = java.applyAsDouble(a, b);
        double actual = Double.longBitsToDouble(r.toDouble());
        assertEquals(expected, actual, () -> a + " " + b);
    }

    private static Real real(double d) {
        return Real.ofDouble(Double.doubleToRawLongBits(d));
    }

    @Property
    void narrowingAgreesWithJava(@ForAll double d) {
        Real r = real(d);
        Rounding.toFloat(r, new FloatStatus());
        assertEquals((float) d, Float.intBitsToFloat(r.toFloat()));
    }

    @Property
    void directedRoundingBracketsTheExactSum(@ForAll double a, @ForAll double b) {
        FloatStatus down = new FloatStatus(FloatStatus.DOWN, 0x3f);
        FloatStatus up = new FloatStatus(FloatStatus.UP, 0x3f);
        Real low = RealArithmetic.add(real(a), real(b), down);
        Real high = RealArithmetic.add(real(a), real(b), up);
        Rounding.toDouble(low, down);
        Rounding.toDouble(high, up);
        double below = Double.longBitsToDouble(low.toDouble());
        double above = Double.longBitsToDouble(high.toDouble());
        if (Double.isInfinite(below) || Double.isInfinite(above)) {
            return;
        }
        BigDecimal exact = new BigDecimal(a).add(new BigDecimal(b));
        boolean isExact = exact.compareTo(new BigDecimal(below)) == 0;
        assertEquals(isExact, (down.flags & FloatStatus.PE) == 0);
        // adding zero makes both zeros the same
        assertEquals((isExact ? below : Math.nextUp(below)) + 0.0, above + 0.0);
    }

    @Test
    void integersRoundAndSaturate() {
        FloatStatus s = new FloatStatus();
        assertEquals(2, Rounding.toInteger(real(2.5), 32, s));
        assertEquals(FloatStatus.PE, s.flags);
        assertEquals(Long.MIN_VALUE, Rounding.toInteger(real(-0x1p63), 64, s));
        assertEquals(FloatStatus.PE, s.flags);
        assertEquals(-1L << 15, Rounding.toInteger(real(32767.5), 16, s));
        assertEquals(FloatStatus.PE | FloatStatus.IE, s.flags);
    }

    @Test
    void elementaryFunctionsAgreeWithJava() {
        check(0.75, Transcendental::sine, Math::sin);
        check(0.75, Transcendental::cosine, Math::cos);
        check(0.75, Transcendental::tangent, Math::tan);
        check(0.75, Transcendental::logarithm, x -> Math.log(x) / Math.log(2));
        check(0.125, Transcendental::logarithmPlusOne, x -> Math.log1p(x) / Math.log(2));
        check(0.75, Transcendental::exponentialMinusOne, x -> Math.pow(2, x) - 1);
        check(0.75, x -> Transcendental.arctangent(x, real(-2)), y -> Math.atan2(y, -2));
    }

    private interface Function {
        Real of(Real x);
    }

    private static void check(double x, Function ours, DoubleUnaryOperator java) {
        Real r = ours.of(real(x));
        Rounding.toDouble(r, new FloatStatus());
        assertEquals(java.applyAsDouble(x), Double.longBitsToDouble(r.toDouble()), 1e-15);
    }
}
