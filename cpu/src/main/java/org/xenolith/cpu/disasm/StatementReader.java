package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.decode.Operand.Size;
import org.xenolith.cpu.disasm.Argument.Constant;
import org.xenolith.cpu.disasm.Argument.Immediate;
import org.xenolith.cpu.disasm.Argument.Memory;
import org.xenolith.cpu.disasm.Argument.Register;
import org.xenolith.cpu.disasm.Argument.Target;

import java.util.ArrayList;
import java.util.List;

/** Makes a {@link Statement} of a decoded instruction. */
final class StatementReader {
    private final Instruction in;
    private final long next;
    private final CodeSize size;
    private boolean first = true;

    private StatementReader(Instruction in, long address, CodeSize size) {
        this.in = in;
        this.size = size;
        this.next = address + in.length;
    }

    /** The statement of an instruction whose row is known. */
    static Statement read(Instruction in, byte[] code, long address, CodeSize size) {
        return new StatementReader(in, address, size).read(code);
    }

    private Statement read(byte[] code) {
        List<Argument> arguments = new ArrayList<>();
        List<Prefix> prefixes = Prefixes.of(in, code, size);
        if (Names.isEndBranch(in)) {
            prefixes.remove(Prefix.REPZ);
            return new Statement(prefixes, in, List.of(), size);
        }
        for (Operand operand : in.opcode.operands()) {
            Argument argument = argument(operand);
            if (argument != null) {
                arguments.add(argument);
            }
        }
        HiddenOperands.add(in, arguments, size);
        return new Statement(prefixes, in, List.copyOf(arguments), size);
    }

    /** The argument for an operand, or null if it is not written. */
    private Argument argument(Operand operand) {
        int bytes = operand.size().bytes(in);
        return switch (operand.kind()) {
            case RM, RM_INDEX ->
                    in.memory ? memory(bytes, !sizeKnown(bytes)) : general(in.rm, bytes);
            case REG, REG_INDEX -> general(in.reg, bytes);
            case OPCODE_REG -> general(in.opcodeReg, bytes);
            case FIXED -> general(operand.fixed(), isPort() ? Math.min(bytes, 4) : bytes);
            case CONSTANT ->
                    operand.size() == Size.NONE
                            ? segment(operand.fixed())
                            : new Constant(operand.fixed());
            case IMMEDIATE -> immediate(operand);
            case RELATIVE -> new Target(target());
            case ADDRESS, OFFSET -> {
                int addressed = HiddenOperands.addressedBytes(in);
                yield memory(addressed, addressed != 0);
            }
            case MOFFS -> moffs(bytes);
            case SEGMENT -> segment(in.reg);
            case IMPLICIT -> null;
            case VECTOR -> vector(in.reg, HiddenOperands.narrows(in) ? 16 : bytes);
            case VECTOR_RM ->
                    in.memory ? memory(bytes, HiddenOperands.narrows(in)) : vector(in.rm, bytes);
            case VECTOR_VVVV -> vector(in.vvvv, bytes);
            case VECTOR_IS4 -> vector((int) in.immediate >> 4 & (in.long64 ? 15 : 7), bytes);
            case VECTOR_FIXED -> vector(operand.fixed(), bytes);
            case VVVV, VVVV_INDEX -> general(in.vvvv, bytes);
            case VSIB -> gather();
            case MMX -> new Register("mm" + (in.reg & 7), 8, false);
            case MMX_RM ->
                    in.memory ? memory(bytes, false) : new Register("mm" + (in.rm & 7), 8, false);
        };
    }

    /**
     * Outside 64-bit code branches wrap round. An address beyond 16 bits is a linear one, so that
     * its upper bits, which belong to the segment, stay.
     */
    private long target() {
        long target = next + in.immediate;
        return switch (in.long64 ? 8 : in.operandSize) {
            case 2 -> next & 0xffff0000L | target & 0xffff;
            case 4 -> target & 0xffffffffL;
            default -> target;
        };
    }

    /** Ports have 32 bits at most, whatever REX.W says. */
    private boolean isPort() {
        String row = in.opcode.mnemonic();
        return row.equals("IN") || row.equals("OUT");
    }

    private Register general(int number, int bytes) {
        int known = in.long64 ? bytes : Math.min(bytes, 4);
        return new Register(RegisterNames.general(number, known, in.rex), known, true);
    }

    private static Register vector(int number, int bytes) {
        return new Register((bytes == 32 ? "ymm" : "xmm") + number, Math.max(bytes, 16), false);
    }

    private static Register segment(int number) {
        return new Register(RegisterNames.segment(number), 2, false);
    }

    /** Whether another operand is a general register of that size; a shift's CL does not count. */
    private boolean sizeKnown(int bytes) {
        if (in.opcode.mnemonic().equals("CRC32")) {
            return false;
        }
        for (Operand operand : in.opcode.operands()) {
            boolean register =
                    switch (operand.kind()) {
                        case REG, REG_INDEX, OPCODE_REG, VVVV, VVVV_INDEX -> true;
                        default -> false;
                    };
            if (register && operand.size().bytes(in) == bytes) {
                return true;
            }
        }
        return false;
    }

    private Immediate immediate(Operand operand) {
        long value = first ? in.immediate : in.immediate2;
        first = false;
        int bytes =
                switch (operand.size()) {
                    case B -> extendsSign() ? in.operandSize : 1;
                    case W -> 2;
                    default -> in.operandSize;
                };
        return new Immediate(bytes == 8 ? value : value & (1L << 8 * bytes) - 1);
    }

    /** 6A, 6B and 83 extend a byte to the operand size; elsewhere it stays one. */
    private boolean extendsSign() {
        return in.opcode.map() == 0
                && (in.opcodeByte == 0x6a || in.opcodeByte == 0x6b || in.opcodeByte == 0x83);
    }

    private Memory gather() {
        return memory(0, false, vector(in.index, HiddenOperands.indexBytes(in)).name());
    }

    private Memory memory(int bytes, boolean sized) {
        return memory(bytes, sized, in.index < 0 ? null : addressing(in.index));
    }

    private Memory memory(int bytes, boolean sized, String index) {
        boolean plain = in.base < 0 && in.index < 0 && !in.ripRelative;
        long displacement = in.displacement;
        long target = next + displacement;
        if (in.addressSize == 2 && plain) {
            displacement &= 0xffff;
        }
        if (in.addressSize == 4) {
            target &= 0xffffffffL;
            if (plain) {
                displacement &= 0xffffffffL;
            }
        }
        String pointer = in.addressSize == 4 ? "eip" : "rip";
        return new Memory(
                segmentName(),
                in.base < 0 ? null : addressing(in.base),
                index,
                1 << in.shift,
                displacement,
                in.base < 0 || in.modrm >= 0x40,
                in.ripRelative ? pointer : null,
                target,
                false,
                bytes,
                sized);
    }

    private Memory moffs(int bytes) {
        return new Memory(
                segmentName(),
                null,
                null,
                1,
                in.displacement,
                true,
                null,
                0,
                in.addressSize == 8,
                bytes,
                false);
    }

    private String segmentName() {
        return in.segment < 0 ? null : RegisterNames.segment(in.segment);
    }

    private String addressing(int register) {
        return RegisterNames.general(register, in.addressSize, true);
    }
}
