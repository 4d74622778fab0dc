package org.xenolith.cpu.state;

/**
 * RFLAGS: bit masks (SDM vol. 1, 3.4.3) and the lazy evaluation of the arithmetic flags.
 *
 * <p>{@link Registers#flagKind} says how operands A and B and result R of the last operation give
 * them. Every operation that sets flags writes all three, and its values are computed without
 * branches: so where nothing reads the flags of a translated operation, nothing of them is left.
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

    /** B is CF, 0 or 1; the others stand in A as in RFLAGS. */
    public static final int EXPLICIT = 0;

    /** R = A + B, possibly + 1 (carry in). Logic results are A = R, B = 0. */
    public static final int ADD = 1;

    /** R = A - B. */
    public static final int SUB = 2;

    /** R = A - B - 1 (borrow in). */
    public static final int SBB = 3;

    /** R = A + 1; B is CF, 0 or 1. */
    public static final int INC = 4;

    /** R = A - 1; B is CF, 0 or 1. */
    public static final int DEC = 5;

    /** ZF, SF and PF come from R; B is CF, 0 or 1; OF and AF stand in A as in RFLAGS. */
    public static final int RESULT = 6;

    private static final int OF_SHIFT = 11;

    private Flags() {}

    public static boolean cf(Registers c) {
        return switch (c.flagKind) {
            case ADD -> (c.flagA & c.flagB | (c.flagA | c.flagB) & ~c.flagR) < 0;
            case SUB -> Long.compareUnsigned(c.flagA, c.flagB) < 0;
            case SBB -> (~c.flagA & c.flagB | (~c.flagA | c.flagB) & c.flagR) < 0;
            default -> c.flagB != 0;
        };
    }

    /** CF as 0 or 1. */
    public static long carry(Registers c) {
        return switch (c.flagKind) {
            case ADD -> (c.flagA & c.flagB | (c.flagA | c.flagB) & ~c.flagR) >>> 63;
            case SUB, SBB -> (~c.flagA & c.flagB | (~c.flagA | c.flagB) & c.flagR) >>> 63;
            default -> c.flagB;
        };
    }

    public static boolean zf(Registers c) {
        return c.flagKind == EXPLICIT ? (c.flagA & ZF) != 0 : c.flagR == 0;
    }

    public static boolean sf(Registers c) {
        return c.flagKind == EXPLICIT ? (c.flagA & SF) != 0 : c.flagR < 0;
    }

    public static boolean pf(Registers c) {
        return c.flagKind == EXPLICIT
                ? (c.flagA & PF) != 0
                : (Integer.bitCount((int) c.flagR & 0xff) & 1) == 0;
    }

    public static boolean of(Registers c) {
        return switch (c.flagKind) {
            case ADD -> ((c.flagA ^ c.flagR) & (c.flagB ^ c.flagR)) < 0;
            case SUB, SBB -> ((c.flagA ^ c.flagB) & (c.flagA ^ c.flagR)) < 0;
            case INC -> (~c.flagA & c.flagR) < 0;
            case DEC -> (c.flagA & ~c.flagR) < 0;
            default -> (c.flagA & OF) != 0;
        };
    }

    /** OF and AF as in RFLAGS. */
    private static long overflowAndAdjust(Registers c) {
        long a = c.flagA;
        long b = c.flagB;
        long r = c.flagR;
        return switch (c.flagKind) {
            case ADD -> ((a ^ r) & (b ^ r)) >>> 63 << OF_SHIFT | (a ^ b ^ r) & AF;
            case SUB, SBB -> ((a ^ b) & (a ^ r)) >>> 63 << OF_SHIFT | (a ^ b ^ r) & AF;
            case INC -> (~a & r) >>> 63 << OF_SHIFT | (a ^ r) & AF;
            case DEC -> (a & ~r) >>> 63 << OF_SHIFT | (a ^ r) & AF;
            default -> a & (OF | AF);
        };
    }

    /** The arithmetic flags as RFLAGS bits. */
    public static int arithmetic(Registers c) {
        if (c.flagKind == EXPLICIT) {
            return (int) (c.flagA | c.flagB);
        }
        long r = c.flagR;
        long sign = r >>> 63 << 7;
        long zero = (~(r | -r) >>> 63) << 6;
        int odd = Integer.bitCount((int) r & 0xff) & 1;
        return (int) (overflowAndAdjust(c) | carry(c) | sign | zero) | (odd ^ 1) << 2;
    }

    /** The whole RFLAGS; bit 1 reads one. */
    public static long get(Registers c) {
        return c.eflags | arithmetic(c) | 2;
    }

    /** Replaces the whole RFLAGS. Callers mask what the instruction may not change. */
    public static void set(Registers c, long value) {
        c.eflags = value & ~(0x8028L | ARITHMETIC) | 2;
        setArithmetic(c, (int) value);
    }

    /** Replaces the arithmetic flags only. */
    public static void setArithmetic(Registers c, int value) {
        c.flagKind = EXPLICIT;
        c.flagA = value & ARITHMETIC & ~CF;
        c.flagB = value & CF;
        c.flagR = 0;
    }

    /**
     * Replaces the arithmetic flags by parts that need not be put together and taken apart.
     *
     * @param carry CF, 0 or 1
     * @param others the others as in RFLAGS, and no other bits
     */
    public static void explicit(Registers c, long carry, long others) {
        c.flagKind = EXPLICIT;
        c.flagA = others;
        c.flagB = carry;
        c.flagR = 0;
    }

    /** Flags of a logical result: CF = OF = AF = 0. */
    public static void logic(Registers c, long r) {
        c.flagKind = ADD;
        c.flagA = r;
        c.flagB = 0;
        c.flagR = r;
    }

    /**
     * ZF, SF and PF from the result, AF = 0.
     *
     * @param carry CF, 0 or 1
     * @param overflow OF, 0 or 1
     */
    public static void result(Registers c, long r, long carry, long overflow) {
        c.flagKind = RESULT;
        c.flagA = overflow << OF_SHIFT;
        c.flagB = carry;
        c.flagR = r;
    }

    /**
     * Replaces CF only.
     *
     * @param carry 0 or 1
     */
    public static void setCarry(Registers c, long carry) {
        if (c.flagKind != EXPLICIT) {
            c.flagA = overflowAndAdjust(c);
            c.flagKind = RESULT;
        }
        c.flagB = carry;
    }

    /**
     * Replaces CF and OF only.
     *
     * @param carry 0 or 1
     * @param overflow 0 or 1
     */
    public static void setCarryAndOverflow(Registers c, long carry, long overflow) {
        if (c.flagKind == EXPLICIT) {
            c.flagA = c.flagA & ~(long) OF | overflow << OF_SHIFT;
        } else {
            c.flagA = overflowAndAdjust(c) & AF | overflow << OF_SHIFT;
            c.flagKind = RESULT;
        }
        c.flagB = carry;
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
