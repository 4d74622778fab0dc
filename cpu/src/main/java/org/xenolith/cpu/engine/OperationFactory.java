package org.xenolith.cpu.engine;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.state.FpuState;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns decoded instructions into operations, generating a class for each new shape. */
final class OperationFactory {
    /** By the packed form of everything that the class depends on. */
    private static final Map<Long, Operation> BY_KEY = new HashMap<>();

    /** By the emitter's own description, which many opcodes share. */
    private static final Map<OperationShape, Operation> BY_SHAPE = new HashMap<>();

    /** Shapes by generated class. */
    private static final Map<Class<?>, OperationShape> SHAPES = new HashMap<>();

    /** The shape of a generated operation; null for others. */
    static OperationShape shape(Operation operation) {
        synchronized (BY_KEY) {
            return SHAPES.get(operation.getClass());
        }
    }

    /**
     * The operation of an instruction.
     *
     * @param code bytes of the instruction
     * @param mode {@code Cpu.mode} that it was decoded for
     */
    Operation create(Instruction in, byte[] code, int blockOffset, int mode) {
        if (in.opcode == null) {
            return Undefined.of(code, in.length, in.reserved).bind(in, blockOffset);
        }
        long key = key(in) << 4 | mode;
        Operation prototype;
        synchronized (BY_KEY) {
            prototype = BY_KEY.get(key);
            if (prototype == null) {
                OperationShape shape = OperationShape.of(in, mode);
                prototype = BY_SHAPE.computeIfAbsent(shape, OperationEmitter::emit);
                BY_KEY.put(key, prototype);
                SHAPES.put(prototype.getClass(), shape);
            }
        }
        Operation operation = prototype.fresh().bind(in, blockOffset);
        List<Operand> operands = in.opcode.operands();
        for (int i = 0; i < operands.size(); i++) {
            int register = register(operands.get(i), in);
            switch (i) {
                case 0 -> operation.r0 = register;
                case 1 -> operation.r1 = register;
                case 2 -> operation.r2 = register;
                default -> operation.r3 = register;
            }
        }
        return operation;
    }

    /** Whether a one-byte register operand with this number means AH, CH, DH or BH. */
    static boolean isHighByte(int register, int bytes, Instruction in) {
        return bytes == 1 && !in.rex && register >= 4 && register < 8;
    }

    private static int register(Operand operand, Instruction in) {
        int bytes = operand.size().bytes(in);
        return switch (operand.kind()) {
            case RM -> isHighByte(in.rm, bytes, in) ? in.rm - 4 : in.rm;
            case REG -> isHighByte(in.reg, bytes, in) ? in.reg - 4 : in.reg;
            case REG_INDEX -> isHighByte(in.reg, bytes, in) ? in.reg + 16 : in.reg;
            case RM_INDEX -> isHighByte(in.rm, bytes, in) ? in.rm + 16 : in.rm;
            case OPCODE_REG ->
                    isHighByte(in.opcodeReg, bytes, in) ? in.opcodeReg - 4 : in.opcodeReg;
            case FIXED, VECTOR_FIXED -> operand.fixed();
            case VECTOR_VVVV, VVVV, VVVV_INDEX -> in.vvvv;
            case VECTOR_IS4 -> (int) in.immediate >> 4 & (in.long64 ? 15 : 7);
            case SEGMENT, MMX -> in.reg & 7;
            case IMPLICIT -> in.reg | in.rm << 4; // a control or debug register and a general one
            case VECTOR -> in.reg;
            case VECTOR_RM -> in.memory ? FpuState.SCRATCH : in.rm;
            case MMX_RM -> in.rm & 7;
            default -> 0;
        };
    }

    private static long key(Instruction in) {
        Opcode opcode = in.opcode;
        long key = opcode.id();
        key = key << 4 | in.operandSize;
        key = key << 4 | in.addressSize;
        key = key << 3 | in.segment + 1;
        key = key << 3 | in.memorySegment;
        key = key << 2 | (in.repeat == 0 ? 0 : in.repeat - 0xf1);
        key = key << 3 | (opcode.rm() < 0 ? in.modrm & 7 : 0);
        key = key << 1 | (in.rexW ? 1 : 0);
        key = key << 1 | (in.rex ? 1 : 0);
        key = key << 1 | in.vectorLength >> 5;
        key = key << 1 | (in.memory ? 1 : 0);
        key = key << 1 | (in.base >= 0 ? 1 : 0);
        key = key << 1 | (in.index >= 0 ? 1 : 0);
        key = key << 1 | (in.ripRelative ? 1 : 0);
        key = key << 2 | in.reg >> 2 & 3;
        return key << 2 | in.opcodeReg >> 2 & 3;
    }
}
