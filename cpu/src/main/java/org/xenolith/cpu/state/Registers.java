package org.xenolith.cpu.state;

/**
 * General registers, instruction pointer and the arithmetic flags in their lazy form.
 *
 * <p>The flags are kept as the operands and the result of the last flag-setting operation, each
 * sign-extended to 64 bits, which makes CF, OF, ZF and SF independent of the operand size: see
 * {@link Flags}.
 */
public abstract class Registers {
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;
    public static final int R8 = 8;
    public static final int R9 = 9;
    public static final int R10 = 10;
    public static final int R11 = 11;
    public static final int R12 = 12;
    public static final int R13 = 13;
    public static final int R14 = 14;
    public static final int R15 = 15;

    /** RAX..R15 in encoding order. */
    public final long[] regs = new long[16];

    /** Inside a block: its end until a control transfer sets it. Exact in supervisor calls. */
    public long rip;

    /** Linear address of the first byte of the executing block. */
    public long blockRip;

    /** How {@link #flagA}, {@link #flagB} and {@link #flagR} give the arithmetic flags. */
    public int flagKind;

    /** Mostly the first operand of the last flag-setting operation, sign-extended. */
    public long flagA;

    /** Mostly the second operand, sign-extended. */
    public long flagB;

    /** Result, sign-extended. */
    public long flagR;

    /**
     * All but the arithmetic flags, which read zero here. Read and write RFLAGS through {@link
     * Flags#get} and {@link Flags#set}.
     */
    public long eflags = 2;

    /** Retired instructions. */
    public long instructions;

    /**
     * Writes a general register as an instruction does: 4-byte writes clear the upper half, 1- and
     * 2-byte writes merge.
     *
     * @param reg 0..15, or 16 + n (n = 4..7) for AH, CH, DH, BH when {@code size} is 1
     * @param size operand size in bytes: 1, 2, 4 or 8
     */
    public final void writeReg(int reg, long value, int size) {
        switch (size) {
            case 8 -> regs[reg] = value;
            case 4 -> regs[reg] = value & 0xffffffffL;
            case 2 -> regs[reg] = regs[reg] & ~0xffffL | value & 0xffff;
            default -> {
                if (reg < 16) {
                    regs[reg] = regs[reg] & ~0xffL | value & 0xff;
                } else {
                    int r = reg - 20;
                    regs[r] = regs[r] & ~0xff00L | (value & 0xff) << 8;
                }
            }
        }
    }

    /** Reads a general register sign-extended from {@code size} bytes; see {@link #writeReg}. */
    public final long readReg(int reg, int size) {
        return switch (size) {
            case 8 -> regs[reg];
            case 4 -> (int) regs[reg];
            case 2 -> (short) regs[reg];
            default -> reg < 16 ? (byte) regs[reg] : (byte) (regs[reg - 20] >> 8);
        };
    }
}
