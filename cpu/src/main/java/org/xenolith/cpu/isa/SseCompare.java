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
        if (SseFloat.ordinary(a) && SseFloat.ordinary(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            return x < y ? LESS : x == y ? EQUAL : GREATER;
        }
        return slowRelation(
                c, SseFloat.fromDouble(c, a), SseFloat.fromDouble(c, b), quietIsInvalid);
    }

    private static int relation(Cpu c, int a, int b, boolean quietIsInvalid) {
        if (SseFloat.ordinary(a) && SseFloat.ordinary(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            return x < y ? LESS : x == y ? EQUAL : GREATER;
        }
        return slowRelation(c, SseFloat.fromFloat(c, a), SseFloat.fromFloat(c, b), quietIsInvalid);
    }

    private static int slowRelation(Cpu c, Real x, Real y, boolean quietIsInvalid) {
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
     * The relations for which predicates 0..15 hold: bit 0 less, 1 equal, 2 greater, 3 unordered.
     * Bit 4 of a predicate only turns its dislike of quiet NaNs around (SDM vol. 2, CMPPD).
     */
    private static final int[] HOLDS = {2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15};

    private static boolean holds(int relation, int predicate) {
        return (HOLDS[predicate & 15] >> relation + 1 & 1) != 0;
    }

    /** LT, LE, GE, GT and their negations do not like quiet NaNs. */
    private static boolean isSignaling(int predicate) {
        int p = predicate & 3;
        return (p == 1 || p == 2) == ((predicate & 16) == 0);
    }

    private static int predicate(long imm, int vex) {
        return (int) imm & (vex != 0 ? 31 : 7);
    }

    private static long maskDouble(Cpu c, long a, long b, int predicate) {
        return holds(relation(c, a, b, isSignaling(predicate)), predicate) ? -1 : 0;
    }

    private static int maskFloat(Cpu c, long a, long b, int predicate) {
        int relation = relation(c, (int) a, (int) b, isSignaling(predicate));
        return holds(relation, predicate) ? -1 : 0;
    }

    private static long maskFloats(Cpu c, long a, long b, int predicate) {
        int low = maskFloat(c, a, b, predicate);
        return Packed.dwords(low, maskFloat(c, a >> 32, b >> 32, predicate));
    }

    public static void cmppd(Cpu c, int d, int x, int w, long imm, int vl, int vex) {
        int predicate = predicate(imm, vex);
        Vectors.checked(c, d, x, w, vl, (cpu, a, b) -> maskDouble(cpu, a, b, predicate));
    }

    public static void cmpps(Cpu c, int d, int x, int w, long imm, int vl, int vex) {
        int predicate = predicate(imm, vex);
        Vectors.checked(c, d, x, w, vl, (cpu, a, b) -> maskFloats(cpu, a, b, predicate));
    }

    /** CMPSD with XMM operands. */
    public static void vecCmpsd(Cpu c, int d, int x, int w, long imm, int vex) {
        int old = SseFloat.begin(c);
        long r = maskDouble(c, c.fpu.vec[4 * x], c.fpu.vec[4 * w], predicate(imm, vex));
        SseFloat.end(c, old);
        SseArithmetic.putDouble(c, d, x, r);
    }

    public static void cmpss(Cpu c, int d, int x, int w, long imm, int vex) {
        int old = SseFloat.begin(c);
        int r = maskFloat(c, c.fpu.vec[4 * x], c.fpu.vec[4 * w], predicate(imm, vex));
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
        if (SseFloat.ordinary(a) && SseFloat.ordinary(b)) {
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
        if (SseFloat.ordinary(a) && SseFloat.ordinary(b)) {
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
        Flags.setArithmetic(c, (less ? Flags.CF : 0) | (equal ? Flags.ZF : 0));
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
