package org.xenolith.cpu.disasm;

import org.xenolith.cpu.disasm.Argument.Constant;
import org.xenolith.cpu.disasm.Argument.Immediate;
import org.xenolith.cpu.disasm.Argument.Memory;
import org.xenolith.cpu.disasm.Argument.Register;
import org.xenolith.cpu.disasm.Argument.Target;

import java.util.List;
import java.util.StringJoiner;

/** Writes statements as NASM reads them. */
final class NasmWriter {
    private NasmWriter() {}

    /** The text of a statement. */
    static String write(Statement statement) {
        StringBuilder text = new StringBuilder();
        for (Prefix prefix : statement.prefixes()) {
            text.append(prefix.nasm).append(' ');
        }
        text.append(mnemonic(statement));
        List<Argument> arguments =
                Names.hasPredicate(statement) ? statement.withoutControl() : statement.arguments();
        if (statement.isFarDirect()) {
            String size = statement.in().operandSize == 2 ? " word " : " dword ";
            boolean usual = statement.in().operandSize == statement.size().operandBytes();
            return text.append(usual ? " " : size)
                    .append(write(arguments.get(1)))
                    .append(':')
                    .append(write(arguments.getFirst()))
                    .toString();
        }
        StringJoiner operands = new StringJoiner(", ", " ", "").setEmptyValue("");
        // A pushed number has the size of a stack slot unless it says otherwise.
        boolean other = statement.row().equals("PUSH") && !statement.hasSizeOfSlot();
        String size = statement.in().operandSize == 2 ? "word " : "dword ";
        for (Argument argument : arguments) {
            String operand = write(argument);
            if (other && argument instanceof Immediate) {
                operand = size + operand;
            } else if (statement.isFarIndirect()) {
                operand = "far " + operand;
            }
            operands.add(operand);
        }
        return text.append(operands).toString();
    }

    private static String mnemonic(Statement statement) {
        String name = Names.mnemonic(statement, Syntax.NASM);
        if (Prefixes.isString(statement.row())) {
            return name + Names.stringLetter(statement.in(), Syntax.NASM);
        }
        return name.equals("xlat") ? "xlatb" : name;
    }

    private static String write(Argument argument) {
        return switch (argument) {
            case Register register -> register.name().equals("st") ? "st0" : register.name();
            case Immediate immediate -> "0x" + Long.toHexString(immediate.value());
            case Constant constant -> Integer.toString(constant.value());
            case Target target -> "0x" + Long.toHexString(target.address());
            case Memory memory -> write(memory);
        };
    }

    private static String write(Memory memory) {
        StringBuilder text = new StringBuilder();
        if (memory.sized()) {
            text.append(size(memory.bytes()));
        }
        text.append('[');
        if (memory.wide()) {
            text.append("qword ");
        } else if (memory.relative() != null) {
            text.append("rel ");
        }
        if (memory.segment() != null) {
            text.append(memory.segment()).append(':');
        }
        if (memory.relative() != null) {
            text.append("0x").append(Long.toHexString(memory.target()));
        } else if (memory.absolute()) {
            text.append("0x").append(Long.toHexString(memory.displacement()));
        } else {
            sum(memory, text);
        }
        return text.append(']').toString();
    }

    private static void sum(Memory memory, StringBuilder text) {
        if (memory.base() != null) {
            text.append(memory.base());
        }
        if (memory.index() != null) {
            text.append(memory.base() == null ? "" : "+").append(memory.index());
            if (memory.scale() != 1 || memory.base() == null) {
                text.append('*').append(memory.scale());
            }
        }
        if (memory.displaced()) {
            long displacement = memory.displacement();
            text.append(displacement < 0 ? "-0x" : "+0x");
            text.append(Long.toHexString(Math.abs(displacement)));
        }
    }

    private static String size(int bytes) {
        return switch (bytes) {
            case 1 -> "byte ";
            case 2 -> "word ";
            case 4 -> "dword ";
            case 8 -> "qword ";
            case 10 -> "tword ";
            case 16 -> "oword ";
            default -> "yword ";
        };
    }
}
