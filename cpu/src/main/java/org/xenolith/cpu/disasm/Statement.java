package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.disasm.Argument.Memory;

import java.util.List;

/**
 * An instruction ready to be written.
 *
 * @param prefixes in the order of the code
 * @param in the decoded instruction, valid until the next is decoded
 * @param arguments in the manual's order
 * @param size of the code that it belongs to
 */
record Statement(List<Prefix> prefixes, Instruction in, List<Argument> arguments, CodeSize size) {
    /** The mnemonic of the table's row, in the manual's capitals. */
    String row() {
        return in.opcode.mnemonic();
    }

    /** Whether this goes to an address in memory that has a selector with it. */
    boolean isFarIndirect() {
        return in.opcode.semantic().endsWith("FarMemory");
    }

    /** Whether this goes to an immediate selector and offset, which stand in that order. */
    boolean isFarDirect() {
        return in.opcode.semantic().endsWith("Far") && arguments.size() == 2;
    }

    /** Whether the operand size is that of a slot of the stack. */
    boolean hasSizeOfSlot() {
        return in.operandSize == size.bytes;
    }

    /** The memory operand, or null. */
    Memory memory() {
        for (Argument argument : arguments) {
            if (argument instanceof Memory memory) {
                return memory;
            }
        }
        return null;
    }

    /** The immediate that comes last, or -1 if it is none of a byte. */
    int control() {
        return !arguments.isEmpty()
                        && arguments.getLast() instanceof Argument.Immediate last
                        && last.value() >= 0
                        && last.value() < 256
                ? (int) last.value()
                : -1;
    }

    /** The arguments without the last. */
    List<Argument> withoutControl() {
        return arguments.subList(0, arguments.size() - 1);
    }
}
