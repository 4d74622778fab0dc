package org.xenolith.cpu.engine;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.state.Cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Everything that a generated operation class depends on. Equal shapes share a class.
 *
 * @param semantic name of the semantic method
 * @param operands how each operand is reached
 * @param address how the memory operand's address is computed, or null if there is none
 * @param size value of the semantic's {@code size}: bytes of the first sized operand
 * @param cc low four bits of the opcode, for conditions; 0 if the semantic takes none
 * @param rm ModRM.rm without REX, for semantics that take it; else 0
 * @param repeat 0, 0xF2 or 0xF3, for semantics that take it; else 0
 * @param rexW 0 or 1, for semantics that take it; else 0
 * @param opcode opcode byte and ModRM, for semantics that take it; else 0
 * @param addressSize bytes, for semantics that take it; else 0
 * @param operandSize bytes, for semantics that take it; else 0
 * @param segment overriding segment or -1, or the memory operand's segment, for semantics that take
 *     the one or the other; else -1
 * @param vl bytes of a full vector operand, for semantics that take it; else 0
 * @param vex 1 with a VEX prefix, for semantics that take it; else 0
 * @param codeBytes operand bytes that a branch target keeps: 8 in 64-bit code, else 2 or 4; 0 if no
 *     operand is a target
 * @param dataSegment segment of the memory operand of a recorded x87 instruction, else -1
 * @param zeroesUpper the upper half of the first operand becomes zero
 * @param fpu availability check, see {@link Opcode#fpu}
 */
record OperationShape(
        SemanticMethod semantic,
        List<Place> operands,
        Address address,
        int size,
        int cc,
        int rm,
        int repeat,
        int rexW,
        int opcode,
        int addressSize,
        int operandSize,
        int segment,
        int vl,
        int vex,
        int codeBytes,
        int dataSegment,
        boolean zeroesUpper,
        String fpu) {

    /** How one operand is reached. */
    enum Access {
        REGISTER,
        HIGH_BYTE,
        MEMORY,
        IMMEDIATE,
        IMMEDIATE2,
        CONSTANT,
        TARGET,
        ADDRESS,
        NUMBER,
        VECTOR_MEMORY,
        MMX_VALUE
    }

    /**
     * An operand.
     *
     * @param bytes its size, 0 where that has no meaning
     * @param constant value for {@link Access#CONSTANT}
     * @param aligned memory must be aligned
     * @param written the semantic method itself writes to memory at {@link Access#ADDRESS}
     */
    record Place(Access access, int bytes, int constant, boolean aligned, boolean written) {}

    /**
     * An address computation.
     *
     * @param segment whose base is added, or -1
     * @param bytes address size, 2, 4 or 8
     * @param checked whether the segment's limit and rights are checked
     */
    record Address(
            boolean base,
            boolean index,
            boolean relative,
            int segment,
            int bytes,
            boolean checked) {}

    /**
     * The shape of an instruction.
     *
     * @param mode {@code Cpu.mode} that it was decoded for
     */
    static OperationShape of(Instruction in, int mode) {
        Opcode opcode = in.opcode;
        SemanticMethod semantic = SemanticMethod.named(opcode.semantic());
        List<Place> places = new ArrayList<>();
        Address address = null;
        int size = 0;
        boolean secondImmediate = false;
        for (Operand operand : opcode.operands()) {
            int bytes = operand.size().bytes(in);
            Operand.Kind kind = operand.kind();
            if (size == 0 && kind != Operand.Kind.ADDRESS) {
                size = bytes;
            }
            boolean inMemory =
                    switch (kind) {
                        case RM, VECTOR_RM, MMX_RM -> in.memory;
                        case ADDRESS, OFFSET, MOFFS, VSIB -> true;
                        default -> false;
                    };
            if (inMemory) {
                boolean offsetOnly = kind == Operand.Kind.OFFSET || kind == Operand.Kind.VSIB;
                int segment = offsetOnly ? -1 : segment(in, mode);
                address =
                        new Address(
                                in.base >= 0,
                                in.index >= 0 && kind != Operand.Kind.VSIB,
                                in.ripRelative,
                                segment,
                                in.addressSize,
                                segment >= 0 && !in.long64);
            }
            Access access =
                    switch (kind) {
                        case RM -> in.memory ? Access.MEMORY : register(in.rm, bytes, in);
                        case REG -> register(in.reg, bytes, in);
                        case OPCODE_REG -> register(in.opcodeReg, bytes, in);
                        case FIXED, VVVV -> Access.REGISTER;
                        case CONSTANT -> Access.CONSTANT;
                        case IMMEDIATE -> secondImmediate ? Access.IMMEDIATE2 : Access.IMMEDIATE;
                        case RELATIVE -> Access.TARGET;
                        case ADDRESS, OFFSET, VSIB -> Access.ADDRESS;
                        case MOFFS -> Access.MEMORY;
                        case REG_INDEX, RM_INDEX, VVVV_INDEX -> Access.NUMBER;
                        case SEGMENT, VECTOR, MMX -> Access.NUMBER;
                        case VECTOR_VVVV, VECTOR_IS4, VECTOR_FIXED -> Access.NUMBER;
                        case VECTOR_RM -> in.memory ? Access.VECTOR_MEMORY : Access.NUMBER;
                        case MMX_RM -> in.memory ? Access.MEMORY : Access.MMX_VALUE;
                        case IMPLICIT -> operand.size() == Operand.Size.Q ? Access.NUMBER : null;
                    };
            secondImmediate |= kind == Operand.Kind.IMMEDIATE;
            if (access != null) {
                places.add(
                        new Place(
                                access,
                                bytes,
                                operand.fixed(),
                                operand.aligned(),
                                operand.written()));
            }
        }
        return new OperationShape(
                semantic,
                List.copyOf(places),
                address,
                size == 0 ? in.operandSize : size,
                semantic.takes("cc") ? in.opcodeByte & 15 : 0,
                semantic.takes("rm") ? in.modrm & 7 : 0,
                semantic.takes("repeat") ? in.repeat : 0,
                semantic.takes("rexW") && in.rexW && in.long64 ? 1 : 0,
                semantic.takes("opcode") ? in.opcodeByte << 8 | in.modrm : 0,
                semantic.takes("addressSize") ? in.addressSize : 0,
                semantic.takes("operandSize") ? in.operandSize : 0,
                semantic.takes("segment")
                        ? in.segment
                        : semantic.takes("memorySegment") ? in.memorySegment : -1,
                semantic.takes("vl") ? in.vectorLength : 0,
                semantic.takes("vex") && in.vex ? 1 : 0,
                places.stream().noneMatch(p -> p.access() == Access.TARGET)
                        ? 0
                        : in.long64 ? 8 : in.operandSize,
                opcode.recorded() && in.memory ? in.memorySegment : -1,
                zeroesUpper(in),
                opcode.fpu());
    }

    /** Whether it is an x87 instruction that the x87 pointers record. */
    boolean recorded() {
        return fpu.equals("x87");
    }

    /** The segment that matters for a memory operand: none where segments are flat. */
    private static int segment(Instruction in, int mode) {
        if (in.long64) {
            return in.segment;
        }
        int segment = in.memorySegment;
        boolean flat = (mode & Cpu.MODE_SEGMENTED) == 0;
        boolean presumed = segment != Cpu.CS && segment < Cpu.FS;
        return flat && presumed ? -1 : segment;
    }

    /** VEX instructions that write 128 bits or less of a vector register clear the rest of it. */
    private static boolean zeroesUpper(Instruction in) {
        Opcode opcode = in.opcode;
        if (!in.vex
                || in.vectorLength == 32
                || opcode.keepsVectors()
                || opcode.operands().isEmpty()) {
            return false;
        }
        return switch (opcode.operands().getFirst().kind()) {
            case VECTOR, VECTOR_VVVV -> true;
            case VECTOR_RM -> !in.memory;
            default -> false;
        };
    }

    private static Access register(int register, int bytes, Instruction in) {
        return OperationFactory.isHighByte(register, bytes, in)
                ? Access.HIGH_BYTE
                : Access.REGISTER;
    }
}
