package org.xenolith.cpu.state;

/**
 * RFLAGS: bit masks (SDM vol. 1, 3.4.3) and the lazy evaluation of the arithmetic flags.
 *
 * <p>With operands and result sign-extended to 64 bits, the sign bit of the usual carry and
 * overflow formulas is that of the operand's own width, and sign extension keeps unsigned order, so
 * one formula serves all sizes. PF and AF need only the low byte.
 */
public final class Flags {
    public static final int CF = 1;
    public static final int PF = 1 << 2;
    public static final int AF = 1 << 4;
    public static final int ZF = 1 << 6;
    public static final int SF = 1 << 7;
    public static final int TF = 1 << 8;
    public static final int IF = 1 << 9;
    public static final int DF = 1 << 10;
    public static final int OF = 1 << 11;
    public static final int IOPL = 3 << 12;
    public static final int NT = 1 << 14;
    public static final int RF = 1 << 16;
    public static final int VM = 1 << 17;
    public static final int AC = 1 << 18;
    public static final int VIF = 1 << 19;
    public static final int VIP = 1 << 20;
    public static final int ID = 1 << 21;

    /** The six arithmetic flags. */
    public static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

    /** All flags stand in {@link Registers#eflags}. */
    public static final int EXPLICIT = 0;

    /** R = A + B, possibly + 1 (carry in). Logic results are A = R, B = 0. */
    public static final int ADD = 1;

    /** R = A - B. */
    public static final int SUB = 2;

    /** R = A - B - 1 (borrow in). */
    public static final int SBB = 3;

    /** R = A + 1; CF stands in eflags. */
    public static final int INC = 4;

    /** R = A - 1; CF stands in eflags. */
    public static final int DEC = 5;

    /** ZF, SF and PF come from R; CF, OF and AF stand in eflags. */
    public static final int RESULT = 6;

    private Flags() {}

    public static boolean cf(Registers c) {
        return switch (c.flagKind) {
            case ADD -> (c.flagA & c.flagB | (c.flagA | c.flagB) & ~c.flagR) < 0;
            case SUB -> Long.compareUnsigned(c.flagA, c.flagB) < 0;
            case SBB -> (~c.flagA & c.flagB | (~c.flagA | c.flagB) & c.flagR) < 0;
            default -> (c.eflags & CF) != 0;
        };
    }

    public static boolean zf(Registers c) {
        return c.flagKind == EXPLICIT ? (c.eflags & ZF) != 0 : c.flagR == 0;
    }

    public static boolean sf(Registers c) {
        return c.flagKind == EXPLICIT ? (c.eflags & SF) != 0 : c.flagR < 0;
    }

    public static boolean pf(Registers c) {
        return c.flagKind == EXPLICIT
                ? (c.eflags & PF) != 0
                : (Integer.bitCount((int) c.flagR & 0xff) & 1) == 0;
    }

    public static boolean of(Registers c) {
        return switch (c.flagKind) {
            case ADD, INC -> ((c.flagA ^ c.flagR) & (c.flagB ^ c.flagR)) < 0;
            case SUB, SBB, DEC -> ((c.flagA ^ c.flagB) & (c.flagA ^ c.flagR)) < 0;
            default -> (c.eflags & OF) != 0;
        };
    }

    public static boolean af(Registers c) {
        return switch (c.flagKind) {
            case ADD, SUB, SBB, INC, DEC -> ((c.flagA ^ c.flagB ^ c.flagR) & AF) != 0;
            default -> (c.eflags & AF) != 0;
        };
    }

    /** The arithmetic flags as RFLAGS bits. */
    public static int arithmetic(Registers c) {
        if (c.flagKind == EXPLICIT) {
            return (int) c.eflags & ARITHMETIC;
        }
        return (cf(c) ? CF : 0)
                | (pf(c) ? PF : 0)
                | (af(c) ? AF : 0)
                | (zf(c) ? ZF : 0)
                | (sf(c) ? SF : 0)
                | (of(c) ? OF : 0);
    }

    /** The whole RFLAGS; bit 1 reads one. */
    public static long get(Registers c) {
        return c.eflags & ~(long) ARITHMETIC | arithmetic(c) | 2;
    }

    /** Replaces the whole RFLAGS. Callers mask what the instruction may not change. */
    public static void set(Registers c, long value) {
        c.eflags = value & ~0x8028L | 2;
        c.flagKind = EXPLICIT;
    }

    /** Replaces the arithmetic flags only. */
    public static void setArithmetic(Registers c, int value) {
        c.eflags = c.eflags & ~(long) ARITHMETIC | value & ARITHMETIC;
        c.flagKind = EXPLICIT;
    }

    /** Flags of a logical result: CF = OF = AF = 0. */
    public static void logic(Registers c, long r) {
        c.flagKind = ADD;
        c.flagA = r;
        c.flagB = 0;
        c.flagR = r;
    }

    /** ZF, SF, PF from the result, the others given as RFLAGS bits. */
    public static void result(Registers c, long r, int cfOfAf) {
        c.eflags = c.eflags & ~(long) (CF | OF | AF) | cfOfAf;
        c.flagKind = RESULT;
        c.flagR = r;
    }

    /**
     * Evaluates a condition.
     *
     * @param cc the low four bits of Jcc, SETcc and CMOVcc (SDM vol. 2D, table B-10)
     */
    public static boolean test(Registers c, int cc) {
        return switch (cc) {
            case 0 -> of(c);
            case 1 -> !of(c);
            case 2 -> cf(c);
            case 3 -> !cf(c);
            case 4 -> zf(c);
            case 5 -> !zf(c);
            case 6 -> belowOrEqual(c);
            case 7 -> !belowOrEqual(c);
            case 8 -> sf(c);
            case 9 -> !sf(c);
            case 10 -> pf(c);
            case 11 -> !pf(c);
            case 12 -> less(c);
            case 13 -> !less(c);
            case 14 -> lessOrEqual(c);
            default -> !lessOrEqual(c);
        };
    }

    private static boolean belowOrEqual(Registers c) {
        return c.flagKind == SUB ? Long.compareUnsigned(c.flagA, c.flagB) <= 0 : cf(c) || zf(c);
    }

    private static boolean less(Registers c) {
        return c.flagKind == SUB ? c.flagA < c.flagB : sf(c) != of(c);
    }

    private static boolean lessOrEqual(Registers c) {
        return c.flagKind == SUB ? c.flagA <= c.flagB : zf(c) || sf(c) != of(c);
    }
}
