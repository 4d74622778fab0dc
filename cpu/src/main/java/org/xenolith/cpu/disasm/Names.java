package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Mnemonics. The table's rows name what executes alike with one word; here are the words for each
 * operand size, condition and encoding.
 */
final class Names {
    private static final String[] CONDITIONS = {
        "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
    };

    private static final Set<String> CONDITIONAL = Set.of("J", "SET", "CMOV");

    /** By operand size: 2, 4 and 8 bytes as NASM has it, then as AT&T has it. */
    private static final Map<String, String[]> BY_SIZE =
            Map.of(
                    "CBW", new String[] {"cbw", "cwde", "cdqe", "cbtw", "cwtl", "cltq"},
                    "CWD", new String[] {"cwd", "cdq", "cqo", "cwtd", "cltd", "cqto"},
                    "PUSHF",
                            new String[] {"pushfw", "pushfd", "pushfq", "pushfw", "pushf", "pushf"},
                    "POPF", new String[] {"popfw", "popfd", "popfq", "popfw", "popf", "popf"},
                    "PUSHA", new String[] {"pushaw", "pushad", "", "pushaw", "pusha", ""},
                    "POPA", new String[] {"popaw", "popad", "", "popaw", "popa", ""},
                    "IRET", new String[] {"iretw", "iretd", "iretq", "iretw", "iret", "iretq"},
                    "SYSRET",
                            new String[] {
                                "sysret", "sysret", "o64 sysret", "sysretl", "sysretl", "sysretq"
                            },
                    "RETF", new String[] {"retfw", "retfd", "retfq", "lretw", "lret", "lretq"});

    /** Instructions that save more with REX.W and then have another name. */
    private static final Set<String> WITH_64 =
            Set.of(
                    "FXSAVE",
                    "FXRSTOR",
                    "XSAVE",
                    "XRSTOR",
                    "XSAVEOPT",
                    "XSAVEC",
                    "XSAVES",
                    "XRSTORS");

    private static final String[] PREFETCH_0F18 = {
        "prefetchnta", "prefetcht0", "prefetcht1", "prefetcht2"
    };
    private static final String[] PREFETCH_0F0D = {"prefetch", "prefetchw", "prefetchwt1"};

    /** The predicates of CMPPS and its like; the legacy encodings have the first eight. */
    private static final String[] PREDICATES = {
        "eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord",
        "eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true",
        "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s",
        "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us"
    };

    private static final String COMPARISON = "V?CMP[PS][SD]";

    private Names() {}

    /** Whether the operand size chooses the mnemonic. */
    static boolean variesWithSize(String row) {
        return BY_SIZE.containsKey(row);
    }

    /** The mnemonic, without a suffix for the size of an operand in memory. */
    static String mnemonic(Statement statement, Syntax syntax) {
        Instruction in = statement.in();
        String row = statement.row();
        String[] sizes = BY_SIZE.get(row);
        if (sizes != null) {
            String name = sizes[sizeIndex(in.operandSize) + (syntax == Syntax.ATT ? 3 : 0)];
            boolean of16 = statement.size() == CodeSize.BITS_16 && syntax == Syntax.ATT;
            return of16 && !row.startsWith("C") ? attOf16(name) : name;
        }
        if (statement.isFarDirect() || statement.isFarIndirect()) {
            boolean usual = in.operandSize == statement.size().operandBytes();
            String suffix =
                    usual || statement.isFarIndirect() ? "" : in.operandSize == 2 ? "w" : "l";
            return syntax == Syntax.ATT ? "l" + lower(row) + suffix : lower(row);
        }
        if (CONDITIONAL.contains(row)) {
            return lower(row) + CONDITIONS[in.opcodeByte & 15];
        }
        if (WITH_64.contains(row)) {
            return lower(row) + (in.rexW ? "64" : "");
        }
        if (hasPredicate(statement)) {
            return lower(row).replaceFirst("cmp", "cmp" + PREDICATES[statement.control()]);
        }
        return switch (row) {
            case "NOP" -> nop(in, statement.size());
            case "PREFETCH" -> reg(in) < 4 ? PREFETCH_0F18[reg(in)] : "nop";
            case "PREFETCHW" -> PREFETCH_0F0D[reg(in) < 3 ? reg(in) : 0];
            case "JRCXZ" ->
                    switch (in.addressSize) {
                        case 8 -> "jrcxz";
                        case 4 -> "jecxz";
                        default -> "jcxz";
                    };
            case "ICEBP" -> "int1";
            default -> lower(row);
        };
    }

    /** Whether the last immediate has become part of the mnemonic. */
    static boolean hasPredicate(Statement statement) {
        String row = statement.row();
        return row.startsWith("CMP", row.startsWith("V") ? 1 : 0)
                && row.matches(COMPARISON)
                && statement.control() >= 0
                && statement.control() < (row.startsWith("V") ? 32 : 8);
    }

    /** The letter of the manual for an operand of a string instruction. */
    static String stringLetter(Instruction in, Syntax syntax) {
        return switch (in.opcode.operands().getFirst().size().bytes(in)) {
            case 1 -> "b";
            case 2 -> "w";
            case 4 -> syntax == Syntax.ATT ? "l" : "d";
            default -> "q";
        };
    }

    /** What AT&T assemblers call by the size of the stack is another size in 16-bit code. */
    private static String attOf16(String name) {
        return name.endsWith("w") ? name.substring(0, name.length() - 1) : name + "l";
    }

    /** Whether a 90 with a prefix for the operand size exchanges an accumulator with itself. */
    static boolean isExchange(Instruction in, CodeSize size) {
        return in.operandSize < 8 && in.operandSize != size.operandBytes();
    }

    /** Some encodings of "no operation" have a name of their own. */
    private static String nop(Instruction in, CodeSize size) {
        if (in.opcode.map() == 0 && isExchange(in, size)) {
            return "xchg";
        }
        if (isEndBranch(in)) {
            return in.modrm == 0xfa ? "endbr64" : "endbr32";
        }
        return "nop";
    }

    /** ENDBR64 and ENDBR32 (SDM vol. 2A), which are hints in the space of 0F 1E. */
    static boolean isEndBranch(Instruction in) {
        return in.opcode.map() == 1
                && in.opcodeByte == 0x1e
                && in.repeat == 0xf3
                && (in.modrm == 0xfa || in.modrm == 0xfb);
    }

    private static int reg(Instruction in) {
        return in.modrm >> 3 & 7;
    }

    private static int sizeIndex(int bytes) {
        return bytes == 2 ? 0 : bytes == 4 ? 1 : 2;
    }

    private static String lower(String row) {
        return row.toLowerCase(Locale.ROOT);
    }
}
