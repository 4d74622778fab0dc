package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** SSE and AVX comparisons: CMPxx with a mask as result, COMIxx and UCOMIxx with RFLAGS. */
public final class SseCompare {
    private static final int LESS = -1;
    private static final int EQUAL = 0;
    private static final int GREATER = 1;
    private static final int UNORDERED = 2;

    private SseCompare() {}

    private static int relation(Cpu c, long a, long b, boolean quietIsInvalid) {
        return relation(c, SseFloat.fromDouble(c, a), SseFloat.fromDouble(c, b), quietIsInvalid);
    }

    private static int relation(Cpu c, int a, int b, boolean quietIsInvalid) {
        return relation(c, SseFloat.fromFloat(c, a), SseFloat.fromFloat(c, b), quietIsInvalid);
    }

    private static int relation(Cpu c, Real x, Real y, boolean quietIsInvalid) {
        if (x.isNan() || y.isNan()) {
            SseFloat.raiseSignaling(c, x, y);
            if (quietIsInvalid) {
                c.fpu.mxcsr |= FloatStatus.IE;
            }
            return UNORDERED;
        }
        if (x.denormal || y.denormal) {
            c.fpu.mxcsr |= FloatStatus.DE;
        }
        return Integer.signum(RealArithmetic.compare(x, y));
    }

    // ---- CMPxx: predicate in imm[2:0], with VEX in imm[4:0] ------------------------------------

    /**
     * The relations for which predicates 0..15 hold, four bits each from the lowest up: less,
     * equal, greater, unordered. Bit 4 of a predicate only turns its dislike of quiet NaNs around
     * (SDM vol. 2, CMPPD).
     */
    private static final long HOLDS = 0xf465_0b9a_7ced_8312L;

    private static int holding(int predicate) {
        return (int) (HOLDS >>> 4 * (predicate & 15)) & 15;
    }

    private static boolean holds(int relation, int predicate) {
        return (holding(predicate) >> relation + 1 & 1) != 0;
    }

    /** Whether a predicate holds for numbers of which none is a NaN. */
    private static boolean holdsOrdered(double x, double y, int predicate) {
        return switch (holding(predicate) & 7) {
            case 0 -> false;
            case 1 -> x < y;
            case 2 -> x == y;
            case 3 -> x <= y;
            case 4 -> x > y;
            case 5 -> x != y;
            case 6 -> x >= y;
            default -> true;
        };
    }

    /** LT, LE, GE, GT and their negations do not like quiet NaNs. */
    private static boolean isSignaling(int predicate) {
        int p = predicate & 3;
        return (p == 1 || p == 2) == ((predicate & 16) == 0);
    }

    private static int predicate(long imm, int vex) {
        return (int) imm & (vex != 0 ? 31 : 7);
    }

    private static boolean regular(long a, long b) {
        return SseFloat.regular(Double.longBitsToDouble(a))
                && SseFloat.regular(Double.longBitsToDouble(b));
    }

    private static boolean regular(int a, int b) {
        return SseFloat.regular(Float.intBitsToFloat(a))
                && SseFloat.regular(Float.intBitsToFloat(b));
    }

    private static boolean regularPairs(long a, long b) {
        return regular((int) a, (int) b) && regular((int) (a >> 32), (int) (b >> 32));
    }

    private static long quickDouble(long a, long b, int predicate) {
        double x = Double.longBitsToDouble(a);
        return holdsOrdered(x, Double.longBitsToDouble(b), predicate) ? -1 : 0;
    }

    private static int quickFloat(int a, int b, int predicate) {
        float x = Float.intBitsToFloat(a);
        return holdsOrdered(x, Float.intBitsToFloat(b), predicate) ? -1 : 0;
    }

    private static long quickFloats(long a, long b, int predicate) {
        int low = quickFloat((int) a, (int) b, predicate);
        return Packed.dwords(low, quickFloat((int) (a >> 32), (int) (b >> 32), predicate));
    }

    private static long slowDouble(Cpu c, long a, long b, int predicate) {
        return holds(relation(c, a, b, isSignaling(predicate)), predicate) ? -1 : 0;
    }

    private static int slowFloat(Cpu c, long a, long b, int predicate) {
        int relation = relation(c, (int) a, (int) b, isSignaling(predicate));
        return holds(relation, predicate) ? -1 : 0;
    }

    private static long slowFloats(Cpu c, long a, long b, int predicate) {
        int low = slowFloat(c, a, b, predicate);
        return Packed.dwords(low, slowFloat(c, a >> 32, b >> 32, predicate));
    }

    public static void cmppd(Cpu c, int d, int x, int w, long imm, int vl, int vex) {
        int predicate = predicate(imm, vex);
        long[] v = c.fpu.vec;
        boolean quick =
                regular(v[4 * x], v[4 * w])
                        && regular(v[4 * x + 1], v[4 * w + 1])
                        && (vl == 16
                                || regular(v[4 * x + 2], v[4 * w + 2])
                                        && regular(v[4 * x + 3], v[4 * w + 3]));
        if (quick) {
            Vectors.lanes(c, d, x, w, vl, (a, b) -> quickDouble(a, b, predicate));
        } else {
            Vectors.checked(c, d, x, w, vl, (cpu, a, b) -> slowDouble(cpu, a, b, predicate));
        }
    }

    public static void cmpps(Cpu c, int d, int x, int w, long imm, int vl, int vex) {
        int predicate = predicate(imm, vex);
        long[] v = c.fpu.vec;
        boolean quick =
                regularPairs(v[4 * x], v[4 * w])
                        && regularPairs(v[4 * x + 1], v[4 * w + 1])
                        && (vl == 16
                                || regularPairs(v[4 * x + 2], v[4 * w + 2])
                                        && regularPairs(v[4 * x + 3], v[4 * w + 3]));
        if (quick) {
            Vectors.lanes(c, d, x, w, vl, (a, b) -> quickFloats(a, b, predicate));
        } else {
            Vectors.checked(c, d, x, w, vl, (cpu, a, b) -> slowFloats(cpu, a, b, predicate));
        }
    }

    /** CMPSD with XMM operands. */
    public static void vecCmpsd(Cpu c, int d, int x, int w, long imm, int vex) {
        int predicate = predicate(imm, vex);
        long a = c.fpu.vec[4 * x];
        long b = c.fpu.vec[4 * w];
        if (regular(a, b)) {
            SseArithmetic.putDouble(c, d, x, quickDouble(a, b, predicate));
            return;
        }
        int old = SseFloat.begin(c);
        long r = slowDouble(c, a, b, predicate);
        SseFloat.end(c, old);
        SseArithmetic.putDouble(c, d, x, r);
    }

    public static void cmpss(Cpu c, int d, int x, int w, long imm, int vex) {
        int predicate = predicate(imm, vex);
        int a = (int) c.fpu.vec[4 * x];
        int b = (int) c.fpu.vec[4 * w];
        if (regular(a, b)) {
            SseArithmetic.putFloat(c, d, x, quickFloat(a, b, predicate));
            return;
        }
        int old = SseFloat.begin(c);
        int r = slowFloat(c, a, b, predicate);
        SseFloat.end(c, old);
        SseArithmetic.putFloat(c, d, x, r);
    }

    // ---- COMIxx, UCOMIxx -----------------------------------------------------------------------

    public static void comisd(Cpu c, int x, int w) {
        compareDoubles(c, c.fpu.vec[4 * x], c.fpu.vec[4 * w], true);
    }

    public static void ucomisd(Cpu c, int x, int w) {
        compareDoubles(c, c.fpu.vec[4 * x], c.fpu.vec[4 * w], false);
    }

    public static void comiss(Cpu c, int x, int w) {
        compareFloats(c, (int) c.fpu.vec[4 * x], (int) c.fpu.vec[4 * w], true);
    }

    public static void ucomiss(Cpu c, int x, int w) {
        compareFloats(c, (int) c.fpu.vec[4 * x], (int) c.fpu.vec[4 * w], false);
    }

    private static void compareDoubles(Cpu c, long a, long b, boolean quietIsInvalid) {
        if (regular(a, b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            setOrdered(c, x < y, x == y);
            return;
        }
        int old = SseFloat.begin(c);
        int relation = relation(c, a, b, quietIsInvalid);
        SseFloat.end(c, old);
        setFlags(c, relation);
    }

    private static void compareFloats(Cpu c, int a, int b, boolean quietIsInvalid) {
        if (regular(a, b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            setOrdered(c, x < y, x == y);
            return;
        }
        int old = SseFloat.begin(c);
        int relation = relation(c, a, b, quietIsInvalid);
        SseFloat.end(c, old);
        setFlags(c, relation);
    }

    private static void setOrdered(Cpu c, boolean less, boolean equal) {
        Flags.explicit(c, less ? 1 : 0, equal ? Flags.ZF : 0);
    }

    private static void setFlags(Cpu c, int relation) {
        int flags =
                switch (relation) {
                    case LESS -> Flags.CF;
                    case EQUAL -> Flags.ZF;
                    case GREATER -> 0;
                    default -> Flags.ZF | Flags.PF | Flags.CF;
                };
        Flags.setArithmetic(c, flags);
    }
}
