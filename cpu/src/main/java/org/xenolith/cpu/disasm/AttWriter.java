package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.disasm.Argument.Constant;
import org.xenolith.cpu.disasm.Argument.Immediate;
import org.xenolith.cpu.disasm.Argument.Memory;
import org.xenolith.cpu.disasm.Argument.Register;
import org.xenolith.cpu.disasm.Argument.Target;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/** Writes statements as the GNU assembler reads them. */
final class AttWriter {
    /** Instructions that have one size of memory operand only, or a default that is meant. */
    private static final Set<String> NO_SUFFIX =
            Set.of(
                    "SET", "SLDT", "SMSW", "LLDT", "LTR", "LMSW", "VERR", "VERW", "LAR", "LSL",
                    "CALL", "JMP");

    private static final Set<String> NEAR = Set.of("CALL", "JMP");

    /** Instructions whose implicit source may have a segment override. */
    private static final Set<String> READS_DS = Set.of("MOVS", "CMPS", "LODS", "OUTS", "XLAT");

    private static final Map<String, String> REVERSED =
            Map.of(
                    "fsub", "fsubr", "fsubr", "fsub", "fdiv", "fdivr", "fdivr", "fdiv", "fsubp",
                    "fsubrp", "fsubrp", "fsubp", "fdivp", "fdivrp", "fdivrp", "fdivp");

    private final Statement statement;
    private final Instruction in;
    private final String row;

    private AttWriter(Statement statement) {
        this.statement = statement;
        this.in = statement.in();
        this.row = statement.row();
    }

    /** The text of a statement. */
    static String write(Statement statement) {
        return new AttWriter(statement).write();
    }

    private String write() {
        StringBuilder text = new StringBuilder();
        boolean string = Prefixes.isString(row) || row.equals("XLAT");
        Memory memory = statement.memory();
        boolean shown = string || memory != null && memory.relative() != null;
        for (Prefix prefix : statement.prefixes()) {
            boolean operandShows =
                    shown && (prefix == Prefix.ADDRESS_SIZE || prefix == Prefix.ADDRESS_SIZE_16)
                            || READS_DS.contains(row)
                                    && (!in.long64 && isSegment(prefix)
                                            || prefix == Prefix.FS
                                            || prefix == Prefix.GS);
            if (!operandShows) {
                text.append(prefix.att).append(' ');
            }
        }
        text.append(mnemonic(memory));
        StringJoiner operands = new StringJoiner(", ", " ", "").setEmptyValue("");
        if (string) {
            stringOperands().forEach(operands::add);
        } else {
            operands().forEach(operands::add);
        }
        text.append(operands);
        if (memory != null && memory.relative() != null) {
            text.append("  # 0x").append(Long.toHexString(memory.target()));
        }
        return text.toString();
    }

    private static boolean isSegment(Prefix prefix) {
        return switch (prefix) {
            case ES, CS, SS, DS, FS, GS -> true;
            default -> false;
        };
    }

    private String mnemonic(Memory memory) {
        String name = Names.mnemonic(statement, Syntax.ATT);
        if (HiddenOperands.isX87Reversed(in)) {
            return REVERSED.getOrDefault(name, name);
        }
        switch (row) {
            case "MOVZX", "MOVSX" -> {
                return name.substring(0, 4) + suffix(sourceBytes()) + suffix(in.operandSize);
            }
            case "MOVSXD" -> {
                return in.operandSize == 8 ? "movslq" : name;
            }
            case "MOV" -> {
                boolean wide =
                        in.operandSize == 8 && (in.opcodeByte & 0xf8) == 0xb8
                                || memory != null && memory.wide();
                if (wide && in.opcode.map() == 0) {
                    return "movabs";
                }
            }
            case "PUSH" -> {
                if (!statement.hasSizeOfSlot()
                        && statement.arguments().getFirst() instanceof Immediate) {
                    return "push" + suffix(in.operandSize);
                }
            }
            case "MOVS", "CMPS", "INS", "OUTS" -> {
                return name + Names.stringLetter(in, Syntax.ATT);
            }
            default -> {
                // the rule below
            }
        }
        return memory == null || !needsSuffix(memory) ? name : name + memorySuffix(memory);
    }

    private boolean needsSuffix(Memory memory) {
        boolean near = NEAR.contains(row) && !statement.isFarIndirect();
        if (near && memory.sized() && !statement.hasSizeOfSlot()) {
            return true;
        }
        if (!memory.sized() || NO_SUFFIX.contains(row)) {
            return false;
        }
        if (row.equals("PUSH") || row.equals("POP")) {
            return !statement.hasSizeOfSlot();
        }
        if (HiddenOperands.narrows(in)) {
            return true;
        }
        boolean other =
                statement.arguments().stream()
                        .anyMatch(a -> a instanceof Register r && !r.general());
        return !other || row.contains("CVTSI2S");
    }

    private String memorySuffix(Memory memory) {
        if (!HiddenOperands.isX87(in)) {
            return HiddenOperands.narrows(in)
                    ? (memory.bytes() == 16 ? "x" : "y")
                    : suffix(memory.bytes());
        }
        boolean integer = row.startsWith("FI");
        return switch (memory.bytes()) {
            case 2 -> "s";
            case 4 -> integer ? "l" : "s";
            case 8 -> integer && !isArithmetic() ? "ll" : "l";
            default -> "t";
        };
    }

    /** FIADD and its like have no form with 64 bits. */
    private boolean isArithmetic() {
        return in.opcodeByte == 0xda || in.opcodeByte == 0xde;
    }

    private int sourceBytes() {
        return in.opcode.operands().getLast().size().bytes(in);
    }

    private static String suffix(int bytes) {
        return switch (bytes) {
            case 1 -> "b";
            case 2 -> "w";
            case 4 -> "l";
            default -> "q";
        };
    }

    private List<String> operands() {
        List<Argument> arguments =
                new ArrayList<>(
                        Names.hasPredicate(statement)
                                ? statement.withoutControl()
                                : statement.arguments());
        if (!row.equals("ENTER") && !row.equals("BOUND")) {
            Collections.reverse(arguments);
        }
        boolean indirect = NEAR.contains(row) && !statement.isFarDirect();
        List<String> texts = new ArrayList<>();
        for (Argument argument : arguments) {
            boolean target = argument instanceof Target;
            texts.add((indirect && !target ? "*" : "") + write(argument));
        }
        return texts;
    }

    private String write(Argument argument) {
        return switch (argument) {
            case Register register -> register(register);
            case Immediate immediate -> "$0x" + Long.toHexString(immediate.value());
            case Constant constant -> "$" + constant.value();
            case Target target -> "0x" + Long.toHexString(target.address());
            case Memory memory -> write(memory);
        };
    }

    private String register(Register register) {
        String name = register.name();
        if (name.startsWith("st") && name.length() == 3) {
            return "%st(" + name.charAt(2) + ")";
        }
        boolean port = name.equals("dx") && (row.equals("IN") || row.equals("OUT"));
        return port ? "(%dx)" : "%" + name;
    }

    private String write(Memory memory) {
        StringBuilder text = new StringBuilder();
        if (memory.segment() != null) {
            text.append('%').append(memory.segment()).append(':');
        }
        if (memory.absolute()) {
            return text.append("0x").append(Long.toHexString(memory.displacement())).toString();
        }
        if (memory.displaced() || memory.relative() != null) {
            text.append(memory.displacement() < 0 ? "-0x" : "0x");
            text.append(Long.toHexString(Math.abs(memory.displacement())));
        }
        text.append('(');
        String base = memory.relative() != null ? memory.relative() : memory.base();
        if (base != null) {
            text.append('%').append(base);
        }
        if (memory.index() != null) {
            text.append(",%").append(memory.index());
            if (in.addressSize > 2) { // there are no scales in the others
                text.append(',').append(memory.scale());
            }
        }
        return text.append(')').toString();
    }

    /** String instructions name their implicit operands. */
    private List<String> stringOperands() {
        String segment = in.segment < 0 ? "ds" : RegisterNames.segment(in.segment);
        String from = "%" + segment + ":(%" + pointer(6) + ")";
        String to = "%es:(%" + pointer(7) + ")";
        int bytes = row.equals("XLAT") ? 1 : in.opcode.operands().getFirst().size().bytes(in);
        String accumulator = "%" + RegisterNames.general(0, bytes, in.rex);
        return switch (row) {
            case "MOVS" -> List.of(from, to);
            case "CMPS" -> List.of(to, from);
            case "STOS" -> List.of(accumulator, to);
            case "LODS" -> List.of(from, accumulator);
            case "SCAS" -> List.of(to, accumulator);
            case "INS" -> List.of("(%dx)", to);
            case "OUTS" -> List.of(from, "(%dx)");
            default -> List.of("%" + segment + ":(%" + pointer(3) + ")");
        };
    }

    private String pointer(int register) {
        return RegisterNames.general(register, in.addressSize, true);
    }
}
