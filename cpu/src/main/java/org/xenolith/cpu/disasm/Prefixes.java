package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.decode.Operand.Kind;
import org.xenolith.cpu.decode.Operand.Size;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds the prefixes to write: those that do something which no operand shows, and those that do
 * nothing. Of several of one kind the last counts (SDM vol. 2A, section 2.1.1).
 */
final class Prefixes {
    private static final Set<String> REPEATED = Set.of("INS", "OUTS", "MOVS", "STOS", "LODS");
    private static final Set<String> COMPARED = Set.of("CMPS", "SCAS");
    private static final Set<String> BRANCHES = Set.of("J", "JMP", "CALL", "RET");

    private final Instruction in;
    private final CodeSize size;
    private final String row;
    private final List<Prefix> found = new ArrayList<>();

    private Prefixes(Instruction in, CodeSize size) {
        this.in = in;
        this.size = size;
        this.row = in.opcode.mnemonic();
    }

    /** The prefixes of an instruction. */
    static List<Prefix> of(Instruction in, byte[] code, CodeSize size) {
        return new Prefixes(in, size).scan(code);
    }

    /** Whether this is a string instruction, whose operands are implicit. */
    static boolean isString(String row) {
        return REPEATED.contains(row) || COMPARED.contains(row);
    }

    private List<Prefix> scan(byte[] code) {
        int end = 0;
        while (end < in.length && isPrefix(code[end] & 0xff)) {
            end++;
        }
        boolean operandSize = operandSizeShows();
        boolean addressSize = addressSizeShows();
        boolean segment = in.memory || isMoffs();
        boolean repeat = false;
        for (int i = end - 1; i >= 0; i--) {
            int b = code[i] & 0xff;
            switch (b) {
                case 0xf0 -> found.addFirst(Prefix.LOCK);
                case 0xf2, 0xf3 -> {
                    if (repeat || b != in.opcode.prefix()) {
                        found.addFirst(repeat(b));
                    }
                    repeat = true;
                }
                case 0x66 -> {
                    if (!operandSize) {
                        found.addFirst(
                                size == CodeSize.BITS_16
                                        ? Prefix.OPERAND_SIZE_32
                                        : Prefix.OPERAND_SIZE);
                    }
                    operandSize = false;
                }
                case 0x67 -> {
                    if (!addressSize) {
                        found.addFirst(
                                size == CodeSize.BITS_32
                                        ? Prefix.ADDRESS_SIZE_16
                                        : Prefix.ADDRESS_SIZE);
                    }
                    addressSize = false;
                }
                case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 -> {
                    boolean counts = b >= 0x64 || !in.long64;
                    if (!counts || !segment) {
                        found.addFirst(segment(b));
                    }
                    segment &= !counts;
                }
                default -> {
                    // REX: in the operands, or without effect if another prefix follows
                }
            }
        }
        return found;
    }

    private Prefix segment(int b) {
        return switch (b) {
            case 0x26 -> Prefix.ES;
            case 0x2e -> Prefix.CS;
            case 0x36 -> Prefix.SS;
            case 0x3e -> isIndirect() ? Prefix.NOTRACK : Prefix.DS;
            case 0x64 -> Prefix.FS;
            default -> Prefix.GS;
        };
    }

    private boolean isPrefix(int b) {
        return switch (b) {
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
            default -> in.long64 && (b & 0xf0) == 0x40;
        };
    }

    private Prefix repeat(int b) {
        if (b == 0xf3) {
            return REPEATED.contains(row) ? Prefix.REP : Prefix.REPZ;
        }
        return BRANCHES.contains(row) ? Prefix.BND : Prefix.REPNZ;
    }

    private boolean isIndirect() {
        return (row.equals("JMP") || row.equals("CALL"))
                && in.opcode.operands().getFirst().kind() == Kind.RM;
    }

    private boolean isMoffs() {
        return in.opcode.operands().stream().anyMatch(o -> o.kind() == Kind.MOFFS);
    }

    /** Whether the last 66 chose the instruction, or a size that is written. */
    private boolean operandSizeShows() {
        if (in.opcode.prefix() == 0x66) {
            return true;
        }
        if (in.operandSize != (size == CodeSize.BITS_16 ? 4 : 2)) {
            return false;
        }
        if (Names.variesWithSize(row) || row.equals("NOP") || row.equals("POP") && in.memory) {
            return true;
        }
        for (Operand operand : in.opcode.operands()) {
            boolean pushed = row.equals("PUSH") && operand.kind() == Kind.IMMEDIATE;
            boolean written = operand.kind() != Kind.RELATIVE && operand.kind() != Kind.OFFSET;
            if (pushed || written && (operand.size() == Size.V || operand.size() == Size.Z)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the last 67 is seen in an operand's registers or in the mnemonic. */
    private boolean addressSizeShows() {
        if (in.memory) {
            return in.base >= 0 || in.index >= 0;
        }
        return row.equals("JRCXZ");
    }
}
