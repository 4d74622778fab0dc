package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.state.Cpu;

/** x87 addition, subtraction, multiplication, division and square root. */
public final class X87Arithmetic {
    private static final int ADD = 0;
    private static final int SUB = 1;
    private static final int SUBR = 2;
    private static final int MUL = 3;
    private static final int DIV = 4;
    private static final int DIVR = 5;

    private X87Arithmetic() {}

    /** False if the result was not stored because of an unmasked exception. */
    private static boolean registers(Cpu c, int op, int destination, int source) {
        if (X87State.empty(c, destination) || X87State.empty(c, source)) {
            return underflow(c, destination);
        }
        return apply(c, op, destination, X87State.get(c, source));
    }

    private static void memory(Cpu c, int op, Real source) {
        if (X87State.empty(c, 0)) {
            underflow(c, 0);
        } else {
            apply(c, op, 0, source);
        }
    }

    private static boolean underflow(Cpu c, int destination) {
        if (X87State.underflow(c)) {
            return false;
        }
        X87State.put(c, destination, Real.indefinite());
        return true;
    }

    private static boolean apply(Cpu c, int op, int destination, Real b) {
        X87State.clearC1(c);
        Real a = X87State.get(c, destination);
        FloatStatus s = X87State.status(c);
        Real r;
        if (a.isNan() || b.isNan()) {
            r = X87State.nan(a, b, s);
        } else {
            r = compute(op, a, b, s);
            if (s.flags == 0 && (a.denormal || b.denormal)) {
                s.raise(FloatStatus.DE);
            }
        }
        if (!X87State.finish(c, r, X87State.precision(c), s)) {
            return false;
        }
        X87State.put(c, destination, r);
        return true;
    }

    private static Real compute(int op, Real a, Real b, FloatStatus s) {
        return switch (op) {
            case ADD -> RealArithmetic.add(a, b, s);
            case SUB -> RealArithmetic.subtract(a, b, s);
            case SUBR -> RealArithmetic.subtract(b, a, s);
            case MUL -> RealArithmetic.multiply(a, b, s);
            case DIV -> RealArithmetic.divide(a, b, s);
            default -> RealArithmetic.divide(b, a, s);
        };
    }

    public static void fsqrt(Cpu c) {
        if (X87State.empty(c, 0)) {
            underflow(c, 0);
            return;
        }
        X87State.clearC1(c);
        Real a = X87State.get(c, 0);
        FloatStatus s = X87State.status(c);
        Real r = a.isNan() ? X87State.nan(a, s) : RealArithmetic.squareRoot(a, s);
        if (s.flags == 0 && a.denormal) {
            s.raise(FloatStatus.DE);
        }
        if (X87State.finish(c, r, X87State.precision(c), s)) {
            X87State.put(c, 0, r);
        }
    }

    // ---- fadd
    // -------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fadd(Cpu c, int rm) {
        registers(c, ADD, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void faddTo(Cpu c, int rm) {
        registers(c, ADD, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void faddp(Cpu c, int rm) {
        if (registers(c, ADD, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void faddM32(Cpu c, long ea) {
        memory(c, ADD, Real.ofFloat(c.load32(ea)));
    }

    public static void faddM64(Cpu c, long ea) {
        memory(c, ADD, Real.ofDouble(c.load64(ea)));
    }

    public static void faddI16(Cpu c, long ea) {
        memory(c, ADD, Real.ofLong(c.load16(ea)));
    }

    public static void faddI32(Cpu c, long ea) {
        memory(c, ADD, Real.ofLong(c.load32(ea)));
    }

    // ---- fsub
    // -------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fsub(Cpu c, int rm) {
        registers(c, SUB, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void fsubTo(Cpu c, int rm) {
        registers(c, SUB, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void fsubp(Cpu c, int rm) {
        if (registers(c, SUB, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void fsubM32(Cpu c, long ea) {
        memory(c, SUB, Real.ofFloat(c.load32(ea)));
    }

    public static void fsubM64(Cpu c, long ea) {
        memory(c, SUB, Real.ofDouble(c.load64(ea)));
    }

    public static void fsubI16(Cpu c, long ea) {
        memory(c, SUB, Real.ofLong(c.load16(ea)));
    }

    public static void fsubI32(Cpu c, long ea) {
        memory(c, SUB, Real.ofLong(c.load32(ea)));
    }

    // ---- fsubr
    // ------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fsubr(Cpu c, int rm) {
        registers(c, SUBR, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void fsubrTo(Cpu c, int rm) {
        registers(c, SUBR, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void fsubrp(Cpu c, int rm) {
        if (registers(c, SUBR, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void fsubrM32(Cpu c, long ea) {
        memory(c, SUBR, Real.ofFloat(c.load32(ea)));
    }

    public static void fsubrM64(Cpu c, long ea) {
        memory(c, SUBR, Real.ofDouble(c.load64(ea)));
    }

    public static void fsubrI16(Cpu c, long ea) {
        memory(c, SUBR, Real.ofLong(c.load16(ea)));
    }

    public static void fsubrI32(Cpu c, long ea) {
        memory(c, SUBR, Real.ofLong(c.load32(ea)));
    }

    // ---- fmul
    // -------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fmul(Cpu c, int rm) {
        registers(c, MUL, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void fmulTo(Cpu c, int rm) {
        registers(c, MUL, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void fmulp(Cpu c, int rm) {
        if (registers(c, MUL, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void fmulM32(Cpu c, long ea) {
        memory(c, MUL, Real.ofFloat(c.load32(ea)));
    }

    public static void fmulM64(Cpu c, long ea) {
        memory(c, MUL, Real.ofDouble(c.load64(ea)));
    }

    public static void fmulI16(Cpu c, long ea) {
        memory(c, MUL, Real.ofLong(c.load16(ea)));
    }

    public static void fmulI32(Cpu c, long ea) {
        memory(c, MUL, Real.ofLong(c.load32(ea)));
    }

    // ---- fdiv
    // -------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fdiv(Cpu c, int rm) {
        registers(c, DIV, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void fdivTo(Cpu c, int rm) {
        registers(c, DIV, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void fdivp(Cpu c, int rm) {
        if (registers(c, DIV, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void fdivM32(Cpu c, long ea) {
        memory(c, DIV, Real.ofFloat(c.load32(ea)));
    }

    public static void fdivM64(Cpu c, long ea) {
        memory(c, DIV, Real.ofDouble(c.load64(ea)));
    }

    public static void fdivI16(Cpu c, long ea) {
        memory(c, DIV, Real.ofLong(c.load16(ea)));
    }

    public static void fdivI32(Cpu c, long ea) {
        memory(c, DIV, Real.ofLong(c.load32(ea)));
    }

    // ---- fdivr
    // ------------------------------------------------------------------------------------

    /** ST(0) op ST(i) to ST(0). */
    public static void fdivr(Cpu c, int rm) {
        registers(c, DIVR, 0, rm);
    }

    /** ST(i) op ST(0) to ST(i). */
    public static void fdivrTo(Cpu c, int rm) {
        registers(c, DIVR, rm, 0);
    }

    /** ST(i) op ST(0) to ST(i), then pop. */
    public static void fdivrp(Cpu c, int rm) {
        if (registers(c, DIVR, rm, 0)) {
            X87State.pop(c);
        }
    }

    public static void fdivrM32(Cpu c, long ea) {
        memory(c, DIVR, Real.ofFloat(c.load32(ea)));
    }

    public static void fdivrM64(Cpu c, long ea) {
        memory(c, DIVR, Real.ofDouble(c.load64(ea)));
    }

    public static void fdivrI16(Cpu c, long ea) {
        memory(c, DIVR, Real.ofLong(c.load16(ea)));
    }

    public static void fdivrI32(Cpu c, long ea) {
        memory(c, DIVR, Real.ofLong(c.load32(ea)));
    }
}
