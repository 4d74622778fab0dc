package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Rare;

/**
 * SSE arithmetic on single elements, with the rounding and the exceptions of MXCSR (SDM vol. 1,
 * 11.5 and appendix E).
 *
 * <p>The quick form is the host's own operation. It is right when rounding is to nearest, the
 * operands are normal or zero and the result is normal, so that only PE can be raised; and PE needs
 * no thought when it is masked and already set, or when the operation proves exact by its residual.
 * Everything else answers {@link #SLOW}, and the slow form computes in software. Unmasked
 * exceptions fault after all elements, before the destination changes.
 */
public final class SseFloat {
    static final int ADD = 0;
    static final int SUB = 1;
    static final int MUL = 2;
    static final int DIV = 3;
    static final int SQRT = 4;
    static final int MIN = 5;
    static final int MAX = 6;

    /** Quick forms of double precision answer this NaN, which they never compute, for "no". */
    static final long SLOW = 0x7ff0000000000001L;

    /** The same for single precision. */
    static final int SLOW_FLOAT = 0x7f800001;

    static final int DAZ = 1 << 6;
    private static final int FLAGS = 0x3f;
    private static final int RC = 3 << 13;
    private static final int PRE_COMPUTATION = FloatStatus.IE | FloatStatus.DE | FloatStatus.ZE;

    /** PE is masked and already set. */
    private static final int PE_SETTLED = FloatStatus.PE | FloatStatus.PE << 7;

    private SseFloat() {}

    // ---- the frame of an instruction -----------------------------------------------------------

    /** Clears the sticky flags, so that those raised by one instruction can be told; gives them. */
    @Rare
    static int begin(Cpu c) {
        int old = c.fpu.mxcsr & FLAGS;
        c.fpu.mxcsr &= ~FLAGS;
        return old;
    }

    /**
     * Adds the old sticky flags and faults if an exception of this instruction is not masked.
     *
     * @throws CpuFault #XM, or #UD without CR4.OSXMMEXCPT
     */
    static void end(Cpu c, int old) {
        int raised = c.fpu.mxcsr & FLAGS;
        if ((raised & PRE_COMPUTATION & ~(c.fpu.mxcsr >> 7)) != 0) {
            // one such element keeps all from being computed
            c.fpu.mxcsr &= ~FLAGS | PRE_COMPUTATION;
        }
        c.fpu.mxcsr |= old;
        if ((raised & ~(c.fpu.mxcsr >> 7)) != 0) {
            boolean reported = (c.cr4 & Cpu.CR4_OSXMMEXCPT) != 0;
            throw c.fault(reported ? CpuFault.XM : CpuFault.UD, 0);
        }
    }

    /**
     * Ends one step of an instruction that rounds several times, faulting as {@link #end} does.
     *
     * @return the sticky flags so far, which are cleared for the next step
     */
    static int step(Cpu c, int old) {
        end(c, old);
        return begin(c);
    }

    static boolean nearest(Cpu c) {
        return (c.fpu.mxcsr & RC) == 0;
    }

    /** Whether an inexact result is rounded to nearest and raises nothing new. */
    public static boolean inexactIsNothing(Cpu c) {
        return (c.fpu.mxcsr & (RC | PE_SETTLED)) == PE_SETTLED;
    }

    static boolean precisionSettled(Cpu c) {
        return (c.fpu.mxcsr & PE_SETTLED) == PE_SETTLED;
    }

    static FloatStatus status(Cpu c) {
        FloatStatus s = new FloatStatus(c.fpu.mxcsr >> 13 & 3, c.fpu.mxcsr >> 7 & FLAGS);
        s.flushToZero = (c.fpu.mxcsr & 1 << 15) != 0;
        return s;
    }

    static Real fromDouble(Cpu c, long bits) {
        Real r = Real.ofDouble(bits);
        return r.denormal && (c.fpu.mxcsr & DAZ) != 0 ? Real.zero(r.negative) : r;
    }

    static Real fromFloat(Cpu c, int bits) {
        Real r = Real.ofFloat(bits);
        return r.denormal && (c.fpu.mxcsr & DAZ) != 0 ? Real.zero(r.negative) : r;
    }

    /** Makes a signaling NaN quiet, raising IE. */
    static void quieten(Cpu c, Real r) {
        if (r.kind == Real.SIGNALING_NAN) {
            c.fpu.mxcsr |= FloatStatus.IE;
            r.kind = Real.QUIET_NAN;
            r.high |= 1L << 62;
        }
    }

    // ---- quick forms ---------------------------------------------------------------------------

    /** Zero or normal. */
    static boolean ordinary(long bits) {
        return ((int) (bits >>> 52) + 1 & 0x7ff) > 1 || bits << 1 == 0;
    }

    static boolean ordinary(int bits) {
        return ((bits >>> 23) + 1 & 0xff) > 1 || bits << 1 == 0;
    }

    /**
     * A number whose sign tells whether a value is normal: negative if so.
     *
     * <p>Adding one to the exponent makes those of zero and of infinity 1 and 0 in the bits that
     * count, and all but these two reach the sign when the greatest exponent is added.
     */
    static long usual(long bits) {
        return ((bits & 0x7ff0L << 48) + (0x10L << 48) & 0x7fe0L << 48) + (0x7fe0L << 48);
    }

    /** As {@link #usual}, for a result: tiny ones rounded up are among those that are not. */
    static long usualResult(long bits) {
        return ((bits & 0x7ff0L << 48) + (0x10L << 48) & 0x7fe0L << 48) + (0x7fc0L << 48);
    }

    /** As {@link #usual(long)}, for two single-precision values: bits 63 and 31 tell. */
    static long usualPair(long pair) {
        return ((pair & 0x7f8000007f800000L) + 0x0080000000800000L & 0x7f0000007f000000L)
                + 0x7f0000007f000000L;
    }

    /** As {@link #usualResult(long)}, for two single-precision values. */
    static long usualResultPair(long pair) {
        return ((pair & 0x7f8000007f800000L) + 0x0080000000800000L & 0x7f0000007f000000L)
                + 0x7e0000007e000000L;
    }

    /** Neither a NaN nor denormal, which alone raise exceptions where nothing is computed. */
    static boolean regular(double d) {
        return Math.abs(d) >= Double.MIN_NORMAL || d == 0;
    }

    static boolean regular(float f) {
        return Math.abs(f) >= Float.MIN_NORMAL || f == 0;
    }

    /** A double-precision result, or {@link #SLOW}. */
    public static long quick(Cpu c, int op, long a, long b) {
        long bits = host(op, a, b);
        boolean usual = (usual(a) & usual(b) & usualResult(bits)) < 0;
        return usual && inexactIsNothing(c) || acceptable(c, op, a, b, bits) ? bits : SLOW;
    }

    /** A single-precision result, or {@link #SLOW_FLOAT}. */
    public static int quick(Cpu c, int op, int a, int b) {
        int bits = host(op, a, b);
        boolean usual = (int) (usualPair(a) & usualPair(b) & usualResultPair(bits)) < 0;
        return usual && inexactIsNothing(c) || acceptable(c, op, a, b, bits) ? bits : SLOW_FLOAT;
    }

    /** Two single-precision results of quick forms, or {@link #SLOW}, whose upper half is a NaN. */
    static long pair(int low, int high) {
        return low == SLOW_FLOAT || high == SLOW_FLOAT ? SLOW : Packed.dwords(low, high);
    }

    /** The host's result. */
    public static long host(int op, long a, long b) {
        double x = Double.longBitsToDouble(a);
        double y = Double.longBitsToDouble(b);
        double r =
                switch (op) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> x * y;
                    case DIV -> x / y;
                    case SQRT -> Math.sqrt(y);
                    case MIN -> x < y ? x : y;
                    default -> x > y ? x : y;
                };
        return Double.doubleToRawLongBits(r);
    }

    /** The host's result. */
    public static int host(int op, int a, int b) {
        float x = Float.intBitsToFloat(a);
        float y = Float.intBitsToFloat(b);
        float r =
                switch (op) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> x * y;
                    case DIV -> x / y;
                    case SQRT -> (float) Math.sqrt(y);
                    case MIN -> x < y ? x : y;
                    default -> x > y ? x : y;
                };
        return Float.floatToRawIntBits(r);
    }

    // ---- quick forms of what is less usual -----------------------------------------------------

    /** Negative for zeros. */
    private static long zero(long bits) {
        return ~(bits << 1 | -(bits << 1));
    }

    /**
     * Whether the host's result may be taken though an operand or the result is zero, or though PE
     * is not settled yet: then the result must be exact.
     */
    public static boolean acceptable(Cpu c, int op, long a, long b, long r) {
        long ordinary = (usual(a) | zero(a)) & (usual(b) | zero(b));
        if (!nearest(c) || (ordinary & (usualResult(r) | zero(r))) >= 0) {
            return false;
        }
        if (op >= MIN) {
            return true;
        }
        double x = Double.longBitsToDouble(a);
        double y = Double.longBitsToDouble(b);
        double result = Double.longBitsToDouble(r);
        if (result == 0) {
            return switch (op) {
                case MUL -> x == 0 || y == 0;
                case DIV -> x == 0;
                default -> true;
            };
        }
        return precisionSettled(c) || exact(op, x, y, result);
    }

    /** Whether {@code r} is exact, judged by the residual where that is itself exact. */
    private static boolean exact(int op, double x, double y, double r) {
        double size = Math.abs(r);
        double residual =
                switch (op) {
                    case ADD -> sumResidual(x, y, r);
                    case SUB -> sumResidual(x, -y, r);
                    case MUL -> Math.fma(x, y, -r);
                    case DIV -> Math.abs(x) > 0x1p-900 ? Math.fma(r, y, -x) : 1;
                    default -> y > 0x1p-900 ? Math.fma(r, r, -y) : 1;
                };
        return size > 0x1p-900 && size < 0x1p1000 && residual == 0;
    }

    /** Error of the sum s = fl(x + y) (Knuth, TAOCP vol. 2, 4.2.2, theorem B). */
    private static double sumResidual(double x, double y, double s) {
        double yPart = s - x;
        return x - (s - yPart) + (y - yPart);
    }

    /**
     * Whether r, which is x * y + z rounded once to double or single precision, is seen to be
     * exact: the product is a double, and the sum leaves no residual.
     */
    public static boolean exactFused(double x, double y, double z, double r) {
        double product = x * y;
        double size = Math.abs(product);
        boolean sized = size > 0x1p-900 && size < 0x1p1000 && Math.abs(r) < 0x1p1000;
        return (sized ? Math.fma(x, y, -product) == 0 : x == 0 || y == 0)
                && product + z == r
                && sumResidual(product, z, r) == 0;
    }

    /** As {@link #acceptable(Cpu, int, long, long, long)}. */
    public static boolean acceptable(Cpu c, int op, int a, int b, int r) {
        boolean results = (int) usualResultPair(r) < 0 || r << 1 == 0;
        if (!nearest(c) || !ordinary(a) || !ordinary(b) || op < MIN && !results) {
            return false;
        }
        if (op >= MIN) {
            return true;
        }
        float x = Float.intBitsToFloat(a);
        float y = Float.intBitsToFloat(b);
        float result = Float.intBitsToFloat(r);
        if (result == 0) {
            return switch (op) {
                case MUL -> x == 0 || y == 0;
                case DIV -> x == 0;
                default -> true;
            };
        }
        return precisionSettled(c) || exactFloat(op, x, y, result);
    }

    /** In double precision the products are exact and sums leave an exact residual. */
    private static boolean exactFloat(int op, double x, double y, double r) {
        return switch (op) {
            case ADD -> x + y == r && sumResidual(x, y, r) == 0;
            case SUB -> x - y == r && sumResidual(x, -y, r) == 0;
            case MUL -> x * y == r;
            case DIV -> r * y == x;
            default -> r * r == y;
        };
    }

    // ---- slow forms: flags are added to MXCSR --------------------------------------------------

    static long slow(Cpu c, int op, long a, long b) {
        Real x = fromDouble(c, a);
        Real y = fromDouble(c, b);
        if (op >= MIN) {
            boolean first = chooseFirst(c, op, x, y);
            return first ? flushed(x, a) : flushed(y, b);
        }
        if (op == SQRT) {
            x = y;
            a = b;
        }
        if (x.isNan() || y.isNan()) {
            raiseSignaling(c, x, y);
            return (x.isNan() ? a : b) | 1L << 51;
        }
        FloatStatus s = status(c);
        Real r = compute(op, x, y, s);
        if (!blocked(s)) {
            Rounding.toDouble(r, s);
        }
        c.fpu.mxcsr |= s.flags;
        return r.toDouble();
    }

    static int slow(Cpu c, int op, int a, int b) {
        Real x = fromFloat(c, a);
        Real y = fromFloat(c, b);
        if (op >= MIN) {
            boolean first = chooseFirst(c, op, x, y);
            return first ? flushed(x, a) : flushed(y, b);
        }
        if (op == SQRT) {
            x = y;
            a = b;
        }
        if (x.isNan() || y.isNan()) {
            raiseSignaling(c, x, y);
            return (x.isNan() ? a : b) | 1 << 22;
        }
        FloatStatus s = status(c);
        Real r = compute(op, x, y, s);
        if (!blocked(s)) {
            Rounding.toFloat(r, s);
        }
        c.fpu.mxcsr |= s.flags;
        return r.toFloat();
    }

    private static long flushed(Real r, long bits) {
        return r.kind == Real.ZERO ? bits & 1L << 63 : bits;
    }

    private static int flushed(Real r, int bits) {
        return r.kind == Real.ZERO ? bits & 1 << 31 : bits;
    }

    static void raiseSignaling(Cpu c, Real x, Real y) {
        if (x.kind == Real.SIGNALING_NAN || y.kind == Real.SIGNALING_NAN) {
            c.fpu.mxcsr |= FloatStatus.IE;
        }
    }

    /** MIN and MAX give the second operand unless the comparison holds strictly. */
    private static boolean chooseFirst(Cpu c, int op, Real x, Real y) {
        if (x.isNan() || y.isNan()) {
            c.fpu.mxcsr |= FloatStatus.IE;
            return false;
        }
        if (x.denormal || y.denormal) {
            c.fpu.mxcsr |= FloatStatus.DE;
        }
        int order = RealArithmetic.compare(x, y);
        return op == MIN ? order < 0 : order > 0;
    }

    private static Real compute(int op, Real x, Real y, FloatStatus s) {
        Real r =
                switch (op) {
                    case ADD -> RealArithmetic.add(x, y, s);
                    case SUB -> RealArithmetic.subtract(x, y, s);
                    case MUL -> RealArithmetic.multiply(x, y, s);
                    case DIV -> RealArithmetic.divide(x, y, s);
                    default -> RealArithmetic.squareRoot(y, s);
                };
        if (s.flags == 0 && (x.denormal || y.denormal)) {
            s.raise(FloatStatus.DE);
        }
        return r;
    }

    /** Whether an exception found before computing is not masked: nothing is rounded then. */
    static boolean blocked(FloatStatus s) {
        return (s.flags & ~s.masks & PRE_COMPUTATION) != 0;
    }
}
