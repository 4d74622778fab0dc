package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One way to encode a row of the opcode table: what makes the processor take another path, but not
 * which registers and addresses are used.
 *
 * @param bits 16, 32 or 64: default operand and address size of the code
 * @param memory whether the ModRM operand, if there is one, is in memory
 * @param operandPrefix whether it has prefix 66 beside those that the row needs
 * @param wide whether it has REX.W
 * @param addressPrefix whether it has prefix 67
 * @param lock whether it has a LOCK prefix
 * @param repeat 0, or an F2 or F3 prefix beside those that the row needs
 * @param vectorLength VEX.L, 0 or 1
 */
record Form(
        Opcode row,
        int bits,
        boolean memory,
        boolean operandPrefix,
        boolean wide,
        boolean addressPrefix,
        boolean lock,
        int repeat,
        int vectorLength) {
    private static final int[] NO_REPEAT = {0};
    private static final int[] REPEATS = {0, 0xf2, 0xf3};
    private static final Set<String> ADDRESSES =
            Set.of("XLAT", "LOOP", "LOOPE", "LOOPNE", "JRCXZ", "MASKMOVQ", "MASKMOVDQU");

    private static final boolean[] NO = {false};
    private static final boolean[] YES = {true};
    private static final boolean[] BOTH = {false, true};

    /** All forms of a row in code of a size; none if it does not exist there. */
    static List<Form> of(Opcode row, int bits) {
        List<Form> forms = new ArrayList<>();
        if (bits == 64 ? row.invalid64() : row.only64() || !row.vex() && row.rexW() == 1) {
            return forms;
        }
        if (bits != 64 && row.map() == 0 && row.opcode() == 0x90 && row.rexB() < 0) {
            return forms; // XCHG of rAX with itself is the NOP
        }
        boolean string = isString(row);
        boolean free = row.vex() && row.vectorLength() < 0;
        for (boolean memory : memories(row)) {
            boolean addresses = memory || string || usesAddressSize(row);
            for (boolean operandPrefix : isSized(row) ? BOTH : NO) {
                for (boolean wide : widths(row, bits, operandPrefix)) {
                    for (boolean addressPrefix : addresses ? BOTH : NO) {
                        for (boolean lock : row.lock() && memory ? BOTH : NO) {
                            for (int repeat : string ? REPEATS : NO_REPEAT) {
                                for (int l = free ? 1 : fixed(row);
                                        l >= (free ? 0 : fixed(row));
                                        l--) {
                                    forms.add(
                                            new Form(
                                                    row,
                                                    bits,
                                                    memory,
                                                    operandPrefix,
                                                    wide,
                                                    addressPrefix,
                                                    lock,
                                                    repeat,
                                                    l));
                                }
                            }
                        }
                    }
                }
            }
        }
        return forms;
    }

    private static int fixed(Opcode row) {
        return row.vectorLength() == 1 ? 1 : 0;
    }

    private static boolean[] memories(Opcode row) {
        boolean controlRegister = has(row, Operand.Kind.IMPLICIT, Operand.Size.Q);
        if (!row.modrm() || row.memory() == 0 || controlRegister) {
            return NO;
        }
        return row.memory() == 1 ? YES : BOTH;
    }

    private static boolean[] widths(Opcode row, int bits, boolean operandPrefix) {
        if (bits != 64 || row.rexW() == 0) {
            return NO;
        }
        if (row.rexW() == 1) {
            return YES;
        }
        boolean y = row.operands().stream().anyMatch(o -> o.size() == Operand.Size.Y);
        return y || isSized(row) && !operandPrefix ? BOTH : NO;
    }

    /** Whether an operand size prefix may mean something else than nothing. */
    static boolean isSized(Opcode row) {
        boolean free = row.prefix() == Opcode.ANY || variable(row);
        if (row.vex() || !free || row.fpu().equals("x87") || row.fpu().equals("nowait")) {
            return false;
        }
        return variable(row)
                || row.default64()
                || row.force64()
                || row.operands().isEmpty()
                || row.operands().stream().anyMatch(Form::isAddress)
                || isString(row) && !has(row, Operand.Kind.IMPLICIT, Operand.Size.B);
    }

    private static boolean isAddress(Operand operand) {
        return operand.kind() == Operand.Kind.ADDRESS || operand.kind() == Operand.Kind.OFFSET;
    }

    private static boolean variable(Opcode row) {
        return row.operands().stream()
                .anyMatch(o -> o.size() == Operand.Size.V || o.size() == Operand.Size.Z);
    }

    private static boolean has(Opcode row, Operand.Kind kind, Operand.Size size) {
        return row.operands().stream().anyMatch(o -> o.kind() == kind && o.size() == size);
    }

    /** Whether the row is a string instruction, which can be repeated. */
    static boolean isString(Opcode row) {
        return row.operands().size() == 1
                && row.operands().getFirst().kind() == Operand.Kind.IMPLICIT
                && row.operands().getFirst().size() != Operand.Size.Q;
    }

    private static boolean usesAddressSize(Opcode row) {
        return row.operands().stream().anyMatch(o -> o.kind() == Operand.Kind.MOFFS)
                || ADDRESSES.contains(row.mnemonic())
                || ADDRESSES.contains(row.mnemonic().substring(1));
    }

    /** Bytes of an address. */
    int addressSize() {
        return switch (bits) {
            case 64 -> addressPrefix ? 4 : 8;
            case 32 -> addressPrefix ? 2 : 4;
            default -> addressPrefix ? 4 : 2;
        };
    }

    /** Bytes of an operand without size of its own. */
    int operandSize() {
        if (bits == 64) {
            boolean full = wide || row.force64() || row.default64() && !operandPrefix;
            return full ? 8 : operandPrefix ? 2 : 4;
        }
        return operandPrefix == (bits == 16) ? 4 : 2;
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(row.mnemonic());
        s.append(" %x%s".formatted(row.opcode(), row.reg() < 0 ? "" : "/" + row.reg()));
        s.append(" in %d-bit code".formatted(bits));
        s.append(memory ? " memory" : "");
        s.append(operandPrefix ? " 66" : "");
        s.append(wide ? " W" : "");
        s.append(addressPrefix ? " 67" : "");
        s.append(lock ? " lock" : "");
        s.append(repeat != 0 ? " %x".formatted(repeat) : "");
        return s.append(vectorLength != 0 ? " L" : "").toString();
    }
}
