package org.xenolith.cpu.isa;

import org.xenolith.cpu.softfloat.FloatStatus;
import org.xenolith.cpu.softfloat.Real;
import org.xenolith.cpu.softfloat.Rounding;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * The x87 register stack, tags, condition codes and exceptions (SDM vol. 1, chapter 8).
 *
 * <p>In {@link FpuState#tag} only "empty" (3) counts; the other values are found from the register
 * when the tag word is stored. An unmasked exception sets ES and leaves it to the next waiting
 * instruction to fault. {@link X87Pointers} keeps the instruction and data pointers.
 */
final class X87State {
    static final int SF = 0x40;
    static final int ES = 0x80;
    static final int C0 = 0x100;
    static final int C1 = 0x200;
    static final int C2 = 0x400;
    static final int C3 = 0x4000;
    static final int BUSY = 0x8000;
    private static final int TOP = 0x3800;
    private static final int FLAGS = 0x3f;
    private static final int PRE_COMPUTATION = FloatStatus.IE | FloatStatus.DE | FloatStatus.ZE;

    /** Exponent adjustment of results with unmasked overflow or underflow. */
    private static final int WRAP = 24576;

    private X87State() {}

    // ---- words ---------------------------------------------------------------------------------

    /** What the control word becomes when {@code value} is loaded: bit 6 reads as one. */
    static int controlWord(int value) {
        return value & 0x1f3f | 0x40;
    }

    /** FNINIT: the data registers keep their contents. */
    static void initialize(FpuState f) {
        f.control = 0x37f;
        f.status = 0;
        f.tag = 0xffff;
        f.lastOpcode = 0;
        f.lastIp = 0;
        f.lastCs = 0;
        f.lastDp = 0;
        f.lastDs = 0;
        f.ignored = false;
        f.forget();
    }

    /** Sets ES and B if an exception flag is not masked, else clears them. */
    static void updateSummary(FpuState f) {
        boolean pending = (f.status & ~f.control & FLAGS) != 0;
        f.status = f.status & ~(ES | BUSY) | (pending ? ES | BUSY : 0);
        f.ignored &= pending;
    }

    /** The tag of a register that is not empty: 0 valid, 1 zero, 2 special. */
    static int tagOf(int signExponent, long significand) {
        int exponent = signExponent & 0x7fff;
        if (exponent == 0 && significand == 0) {
            return 1;
        }
        return exponent == 0 || exponent == 0x7fff || significand >= 0 ? 2 : 0;
    }

    /** The tag word as FNSTENV stores it. */
    static int fullTag(FpuState f) {
        int word = 0;
        for (int r = 0; r < 8; r++) {
            boolean empty = (f.tag >> 2 * r & 3) == 3;
            word |= (empty ? 3 : tagOf(f.signExponent[r], f.significand[r])) << 2 * r;
        }
        return word;
    }

    // ---- stack ---------------------------------------------------------------------------------

    /** Number of the physical register of ST(i). */
    static int physical(FpuState f, int i) {
        return (f.status >> 11) + i & 7;
    }

    static boolean empty(Cpu c, int i) {
        return (c.fpu.tag >> 2 * physical(c.fpu, i) & 3) == 3;
    }

    static void moveTop(Cpu c, int by) {
        int top = (c.fpu.status >> 11) + by & 7;
        c.fpu.status = c.fpu.status & ~TOP | top << 11;
    }

    static void free(Cpu c, int i) {
        c.fpu.tag |= 3 << 2 * physical(c.fpu, i);
    }

    static void pop(Cpu c) {
        free(c, 0);
        moveTop(c, 1);
    }

    static Real get(Cpu c, int i) {
        int r = physical(c.fpu, i);
        return Real.ofExtended(c.fpu.signExponent[r], c.fpu.significand[r]);
    }

    static void put(Cpu c, int i, Real value) {
        put(c, i, value.toSignExponent(), value.high);
    }

    static void put(Cpu c, int i, int signExponent, long significand) {
        int r = physical(c.fpu, i);
        c.fpu.signExponent[r] = signExponent;
        c.fpu.significand[r] = significand;
        c.fpu.tag &= ~(3 << 2 * r);
    }

    static void push(Cpu c, Real value) {
        moveTop(c, -1);
        put(c, 0, value);
    }

    // ---- condition codes and exceptions --------------------------------------------------------

    static void clearC1(Cpu c) {
        c.fpu.status &= ~C1;
    }

    static void setC1(Cpu c, boolean on) {
        c.fpu.status = c.fpu.status & ~C1 | (on ? C1 : 0);
    }

    static void setCodes(Cpu c, int codes) {
        c.fpu.status = c.fpu.status & ~(C0 | C1 | C2 | C3) | codes;
    }

    /**
     * Sets exception flags.
     *
     * @return whether one of them is not masked, which makes it pending
     */
    static boolean raise(Cpu c, int flags) {
        c.fpu.status |= flags;
        if ((flags & ~c.fpu.control & FLAGS) != 0) {
            c.fpu.status |= ES | BUSY;
            return true;
        }
        return false;
    }

    /** Stack underflow: IE and SF with C1 clear. */
    static boolean underflow(Cpu c) {
        clearC1(c);
        return raise(c, FloatStatus.IE | SF);
    }

    /**
     * Checks that a push finds room; if not, does what a masked overflow does.
     *
     * @return whether there is room
     */
    static boolean roomToPush(Cpu c) {
        clearC1(c);
        if (empty(c, 7)) {
            return true;
        }
        if (!raise(c, FloatStatus.IE | SF)) {
            push(c, Real.indefinite());
        }
        c.fpu.status |= C1;
        return false;
    }

    /** Rounding and masks of the control word. */
    static FloatStatus status(Cpu c) {
        FloatStatus s = new FloatStatus(c.fpu.control >> 10 & 3, c.fpu.control & FLAGS);
        s.wrap = WRAP;
        return s;
    }

    /** Bits of significand that precision control asks for. */
    static int precision(Cpu c) {
        return switch (c.fpu.control >> 8 & 3) {
            case 0 -> 24;
            case 2 -> 53;
            default -> 64;
        };
    }

    /** Whether an exception found before computing is not masked; the operation ends then. */
    static boolean blocked(FloatStatus s) {
        return (s.flags & ~s.masks & PRE_COMPUTATION) != 0;
    }

    /**
     * Rounds a result and takes over its exceptions and C1.
     *
     * @return false if an unmasked exception keeps the result from being stored
     */
    static boolean finish(Cpu c, Real r, int precision, FloatStatus s) {
        if (blocked(s)) {
            raise(c, s.flags);
            return false;
        }
        Rounding.round(r, precision, Rounding.EXTENDED_MAX, s);
        setC1(c, s.roundedUp);
        raise(c, s.flags);
        return true;
    }

    // ---- NaNs ----------------------------------------------------------------------------------

    /**
     * The result of an operation with at least one NaN or unsupported operand (SDM vol. 1, table
     * 4-7); raises IE in {@code s} for signaling and unsupported ones.
     */
    static Real nan(Real a, Real b, FloatStatus s) {
        if (a.kind == Real.UNSUPPORTED || b.kind == Real.UNSUPPORTED) {
            s.raise(FloatStatus.IE);
            return Real.indefinite();
        }
        boolean signalA = a.kind == Real.SIGNALING_NAN;
        boolean signalB = b.kind == Real.SIGNALING_NAN;
        if (signalA || signalB) {
            s.raise(FloatStatus.IE);
        }
        Real chosen;
        if (!a.isNan() || !b.isNan()) {
            chosen = a.isNan() ? a : b;
        } else if (signalA != signalB) {
            chosen = signalA ? b : a;
        } else {
            int order = Long.compareUnsigned(a.high, b.high);
            chosen = order > 0 || order == 0 && !a.negative ? a : b;
        }
        return quiet(chosen);
    }

    static Real nan(Real a, FloatStatus s) {
        return nan(a, a, s);
    }

    private static Real quiet(Real nan) {
        Real r = Real.copyOf(nan);
        r.kind = Real.QUIET_NAN;
        r.high |= 1L << 62;
        return r;
    }
}
