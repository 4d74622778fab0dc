package org.xenolith.cpu.decode;

/**
 * A decoded instruction. Mutable and reused by its {@link Decoder}: whoever keeps one copies what
 * it needs.
 */
public final class Instruction {
    /** Table row, or null if the bytes are no instruction that is implemented. */
    public Opcode opcode;

    /** The encoding is one that the architecture reserves, so nothing needs to be reported. */
    public boolean reserved;

    /** Length in bytes, prefixes included. */
    public int length;

    /** Last opcode byte. */
    public int opcodeByte;

    /** Operand size in bytes: 2, 4 or 8. */
    public int operandSize;

    /** Address size in bytes: 2, 4 or 8. */
    public int addressSize;

    public boolean rex;
    public boolean rexW;
    public boolean lock;

    /** Last of F2 and F3, or 0. */
    public int repeat;

    /** Overriding segment register number, or -1. ES, CS, SS and DS do not count in 64-bit code. */
    public int segment;

    /** Segment of the ModRM memory operand or moffs: the override, or SS or DS by its base. */
    public int memorySegment;

    /** Belongs to 64-bit code. */
    public boolean long64;

    /** Has a VEX prefix; then {@link #rexW} is VEX.W. */
    public boolean vex;

    /** Register number in VEX.vvvv, not inverted. */
    public int vvvv;

    /** Bytes of a full vector operand: 16, or 32 with VEX.L set. */
    public int vectorLength;

    /** ModRM byte. */
    public int modrm;

    /** ModRM.mod is not 3. */
    public boolean memory;

    /** ModRM.reg with REX.R. */
    public int reg;

    /** ModRM.rm with REX.B when it names a register. */
    public int rm;

    /** Opcode's low three bits with REX.B. */
    public int opcodeReg;

    /** Base register or -1. */
    public int base;

    /** Index register or -1. */
    public int index;

    /** log2 of the scale. */
    public int shift;

    /** Displacement is relative to the next instruction. */
    public boolean ripRelative;

    /** Displacement or moffs. */
    public long displacement;

    /** First immediate or relative offset, sign-extended. */
    public long immediate;

    /** Second immediate (ENTER). */
    public long immediate2;
}
