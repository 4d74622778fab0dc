package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.RealArithmetic;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** x87 comparisons and FXAM. */
public final class X87Compare {
    private static final int UNORDERED = X87State.C3 | X87State.C2 | X87State.C0;

    /** Added to condition codes: an unmasked exception is pending, so nothing is popped. */
    private static final int PENDING = 1;

    private X87Compare() {}

    /** Compares ST(0) with b and gives the condition codes C3, C2, C0. */
    private static int compare(Cpu c, Real b, boolean quietIsInvalid) {
        Real a = X87State.get(c, 0);
        FloatStatus s = X87State.status(c);
        int codes;
        if (a.isNan() || b.isNan()) {
            X87State.nan(a, b, s);
            if (quietIsInvalid) {
                s.raise(FloatStatus.IE);
            }
            codes = UNORDERED;
        } else {
            if (a.denormal || b.denormal) {
                s.raise(FloatStatus.DE);
            }
            int order = RealArithmetic.compare(a, b);
            codes = order < 0 ? X87State.C0 : order == 0 ? X87State.C3 : 0;
        }
        return X87State.raise(c, s.flags) ? codes | PENDING : codes;
    }

    private static int compareRegisters(Cpu c, int rm, boolean quietIsInvalid) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0) || X87State.empty(c, rm)) {
            return X87State.underflow(c) ? UNORDERED | PENDING : UNORDERED;
        }
        return compare(c, X87State.get(c, rm), quietIsInvalid);
    }

    private static int compareMemory(Cpu c, Real b) {
        X87State.clearC1(c);
        if (X87State.empty(c, 0)) {
            return X87State.underflow(c) ? UNORDERED | PENDING : UNORDERED;
        }
        return compare(c, b, true);
    }

    /** Stores the condition codes; pops unless an unmasked exception is pending. */
    private static void deliver(Cpu c, int codes, int pops) {
        X87State.setCodes(c, codes & UNORDERED);
        pop(c, codes, pops);
    }

    private static void deliverFlags(Cpu c, int codes, int pops) {
        int flags =
                ((codes & X87State.C3) != 0 ? Flags.ZF : 0)
                        | ((codes & X87State.C2) != 0 ? Flags.PF : 0)
                        | ((codes & X87State.C0) != 0 ? Flags.CF : 0);
        Flags.setArithmetic(c, flags);
        pop(c, codes, pops);
    }

    private static void pop(Cpu c, int codes, int pops) {
        for (int i = 0; i < pops && (codes & PENDING) == 0; i++) {
            X87State.pop(c);
        }
    }

    public static void fcom(Cpu c, int rm) {
        deliver(c, compareRegisters(c, rm, true), 0);
    }

    public static void fcomp(Cpu c, int rm) {
        deliver(c, compareRegisters(c, rm, true), 1);
    }

    public static void fcompp(Cpu c) {
        deliver(c, compareRegisters(c, 1, true), 2);
    }

    public static void fucom(Cpu c, int rm) {
        deliver(c, compareRegisters(c, rm, false), 0);
    }

    public static void fucomp(Cpu c, int rm) {
        deliver(c, compareRegisters(c, rm, false), 1);
    }

    public static void fucompp(Cpu c) {
        deliver(c, compareRegisters(c, 1, false), 2);
    }

    public static void fcomi(Cpu c, int rm) {
        deliverFlags(c, compareRegisters(c, rm, true), 0);
    }

    public static void fcomip(Cpu c, int rm) {
        deliverFlags(c, compareRegisters(c, rm, true), 1);
    }

    public static void fucomi(Cpu c, int rm) {
        deliverFlags(c, compareRegisters(c, rm, false), 0);
    }

    public static void fucomip(Cpu c, int rm) {
        deliverFlags(c, compareRegisters(c, rm, false), 1);
    }

    public static void fcomM32(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofFloat(c.load32(ea))), 0);
    }

    public static void fcompM32(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofFloat(c.load32(ea))), 1);
    }

    public static void fcomM64(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofDouble(c.load64(ea))), 0);
    }

    public static void fcompM64(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofDouble(c.load64(ea))), 1);
    }

    public static void ficomM16(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofLong(c.load16(ea))), 0);
    }

    public static void ficompM16(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofLong(c.load16(ea))), 1);
    }

    public static void ficomM32(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofLong(c.load32(ea))), 0);
    }

    public static void ficompM32(Cpu c, long ea) {
        deliver(c, compareMemory(c, Real.ofLong(c.load32(ea))), 1);
    }

    public static void ftst(Cpu c) {
        deliver(c, compareMemory(c, Real.zero(false)), 0);
    }

    /** FXAM: class of ST(0) in C3, C2, C0 and its sign in C1; raises nothing. */
    public static void fxam(Cpu c) {
        Real r = X87State.get(c, 0);
        int codes;
        if (X87State.empty(c, 0)) {
            codes = X87State.C3 | X87State.C0;
        } else {
            codes =
                    switch (r.kind) {
                        case Real.ZERO -> X87State.C3;
                        case Real.FINITE -> r.denormal ? X87State.C3 | X87State.C2 : X87State.C2;
                        case Real.INFINITE -> X87State.C2 | X87State.C0;
                        case Real.UNSUPPORTED -> 0;
                        default -> X87State.C0;
                    };
        }
        X87State.setCodes(c, codes | (r.negative ? X87State.C1 : 0));
    }
}
