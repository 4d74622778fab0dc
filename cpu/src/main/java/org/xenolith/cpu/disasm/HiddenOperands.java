package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.disasm.Argument.Register;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the table leaves to the semantic methods, but assemblers write: x87 stack registers, control
 * and debug registers, and the sizes of memory that is passed by address.
 */
final class HiddenOperands {
    /** x87 instructions whose only register is ST(i). */
    private static final Set<String> ONE_STACK_REGISTER =
            Set.of(
                    "FCOM", "FCOMP", "FLD", "FST", "FSTP", "FXCH", "FFREE", "FFREEP", "FUCOM",
                    "FUCOMP");

    private static final Set<String> NARROWING = Set.of("VCVTPD2PS", "VCVTPD2DQ", "VCVTTPD2DQ");

    /** The end of the name of an x87 semantic method tells what memory holds. */
    private static final Pattern MEMORY_SIZE = Pattern.compile("[MI](16|32|64|80)$");

    private HiddenOperands() {}

    /** Whether this is an instruction of the x87. */
    static boolean isX87(Instruction in) {
        return in.opcode.map() == 0 && (in.opcodeByte & 0xf8) == 0xd8;
    }

    /**
     * Whether the destination is ST(i) and the source ST(0). AT&T assemblers have the meanings of
     * FSUB and FSUBR, and of FDIV and FDIVR, the wrong way round then.
     */
    static boolean isX87Reversed(Instruction in) {
        return isX87(in) && !in.memory && (in.opcodeByte == 0xdc || in.opcodeByte == 0xde);
    }

    /** Adds the operands of an instruction that has none in the table, or not all. */
    static void add(Instruction in, List<Argument> arguments, CodeSize size) {
        String row = in.opcode.mnemonic();
        if (isX87(in) && !in.memory) {
            addStack(in, row, arguments);
        } else if (in.opcode.map() == 1 && (in.opcodeByte & 0xfc) == 0x20) {
            int bytes = in.long64 ? 8 : 4;
            Register general = new Register(RegisterNames.general(in.rm, bytes, true), bytes, true);
            String kind = (in.opcodeByte & 1) == 0 ? "cr" : "dr";
            Register special = new Register(kind + in.reg, 8, false);
            boolean load = in.opcodeByte >= 0x22;
            arguments.add(load ? special : general);
            arguments.add(load ? general : special);
        } else if (row.equals("NOP") && in.opcode.map() == 0 && Names.isExchange(in, size)) {
            int bytes = in.operandSize;
            Register ax = new Register(RegisterNames.general(0, bytes, true), bytes, true);
            arguments.add(ax);
            arguments.add(ax);
        }
    }

    private static void addStack(Instruction in, String row, List<Argument> arguments) {
        if (row.equals("FNSTSW")) {
            arguments.add(new Register("ax", 2, true));
            return;
        }
        if (in.opcode.rm() >= 0) {
            return;
        }
        Register other = new Register("st" + (in.modrm & 7), 10, false);
        Register top = new Register("st", 10, false);
        if (ONE_STACK_REGISTER.contains(row)) {
            arguments.add(other);
        } else if (isX87Reversed(in)) {
            arguments.add(other);
            arguments.add(top);
        } else {
            arguments.add(top);
            arguments.add(other);
        }
    }

    /** Bytes of memory passed by address, if an assembler has to be told; else 0. */
    static int addressedBytes(Instruction in) {
        if (isX87(in)) {
            Matcher size = MEMORY_SIZE.matcher(in.opcode.semantic());
            return size.find() ? Integer.parseInt(size.group(1)) / 8 : 0;
        }
        return switch (in.opcode.mnemonic()) {
            case "POP", "NOP" -> in.operandSize;
            // The hints of 0F 18 that are no prefetch are NOPs.
            case "PREFETCH" -> (in.modrm & 0x20) != 0 ? in.operandSize : 0;
            default -> 0;
        };
    }

    /** Bytes of the vector of indexes of a gather; pairs of doublewords fill half a register. */
    static int indexBytes(Instruction in) {
        return in.opcode.mnemonic().matches("V(GATHERDPD|PGATHERDQ)") ? 16 : in.vectorLength;
    }

    /** Whether the result fills an XMM register, however large the source is. */
    static boolean narrows(Instruction in) {
        return NARROWING.contains(in.opcode.mnemonic());
    }
}
