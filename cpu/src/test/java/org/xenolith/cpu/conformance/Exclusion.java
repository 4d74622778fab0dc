package org.xenolith.cpu.conformance;

import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

import java.util.function.Predicate;

/**
 * What an older processor does that ours, which follows Haswell, does not. Each names the vectors
 * that show it, by what is recorded and never by what our processor makes of them.
 */
enum Exclusion {
    /** The LOCK prefix goes with every instruction. */
    LOCK_286(
            Generation.I80286,
            "LOCK goes with any instruction; now #UD unless it reads and writes memory",
            v -> v.hasPrefix(0xf0) && !isLockable(v)),

    /** The longest instruction has 10 bytes; those here end with the HLT behind them. */
    LENGTH_286(
            Generation.I80286,
            "more than 10 bytes are too long; now more than 15",
            v -> v.exception() == CpuFault.GP && (v.code().length - 1 > 10 || isUndefinedMove(v))),

    POP_286(
            Generation.I80286,
            "POP to memory: SP has moved on when the store faults; now it has not",
            v -> v.exception() == CpuFault.GP && v.opcode() == 0x8f),

    STACK_LIMIT_286(
            Generation.I80286,
            "beyond the limit of SS is #13, as of any segment; now #12",
            v -> v.exception() == CpuFault.GP && usesStack(v)),

    STRING_286(
            Generation.I80286,
            "strings: SI, DI and CX have moved on when an element faults; now they have not",
            v -> v.exception() == CpuFault.GP && isWordString(v.opcode())),

    AAM_286(
            Generation.I80286,
            "AAM by 0 changes flags before #DE; now a fault changes none",
            v -> v.exception() == CpuFault.DE && v.opcode() == 0xd4),

    SEGMENTS_286(
            Generation.I80286,
            "FS and GS do not exist",
            v -> v.exception() == CpuFault.UD && isSegmentMove(v) && (v.modRm() & 0x30) == 0x20),

    X87_286(
            Generation.I80286,
            "no coprocessor: ESC does nothing but read memory; now there is an x87",
            v -> (v.opcode() & 0xf8) == 0xd8),

    IDIV_286(
            Generation.I80286,
            "IDIV of bytes misses the overflow of some quotients below -128; now #DE",
            Exclusion::missesOverflow),

    /** Three vectors say that SS was pushed where every other has CS. */
    RECORDING_286(
            Generation.I80286,
            "a fault of the recording: it has SS in the place of CS on the stack",
            v -> v.exception() >= 0 && pushedStackSegment(v)),

    ALIAS_8086(
            Generation.I8086,
            "60 to 6F, C0, C1, C8 and C9 repeat other opcodes; now they have meanings of their own",
            v -> (v.opcode() & 0xf0) == 0x60 || (v.opcode() & 0xf6) == 0xc0),

    DIGIT_8086(
            Generation.I8086,
            "FF /7 and C6 and C7 with any digit act as others do; now #UD",
            v ->
                    (v.opcode() & 0xfe) == 0xc6 && digit(v) != 0
                            || v.opcode() == 0x8f && digit(v) != 0
                            || v.opcode() == 0xff && digit(v) == 7),

    SET_MINUS_ONE_8086(
            Generation.I8086,
            "D0 to D3 /6 set all bits; now they shift left",
            v -> (v.opcode() & 0xfc) == 0xd0 && digit(v) == 6),

    SEGMENTS_8086(
            Generation.I8086,
            "two bits name a segment register, and CS can be loaded; now FS, GS and #UD",
            v -> isSegmentMove(v) && (digit(v) > 3 || v.opcode() == 0x8e && digit(v) == 1)),

    PUSH_SP_8086(
            Generation.I8086,
            "PUSH SP pushes the value after the push; now that before",
            v -> v.opcode() == 0x54 || v.opcode() == 0xff && v.modRm() == 0xf4),

    COUNT_8086(
            Generation.I8086,
            "shifts by CL take all 8 bits of it; now 5",
            v -> (v.opcode() & 0xfe) == 0xd2 && (v.initial(Vector.CX) & 0xff) > 31),

    DIVIDE_8086(
            Generation.I8086,
            "#DE pushes the address of the next instruction, and comes for quotient -128, too",
            v -> isDivision(v) && v.before().names(0) && v.changes(Vector.SP)),

    DECIMAL_8086(
            Generation.I8086,
            "decimal adjustments carry otherwise between the digits of some values",
            Exclusion::carriesOtherwise),

    REPEATED_IDIV_8086(
            Generation.I8086,
            "REP negates the quotient of IDIV; now it does nothing there",
            v ->
                    (v.opcode() & 0xfe) == 0xf6
                            && digit(v) == 7
                            && (v.hasPrefix(0xf2) || v.hasPrefix(0xf3))),

    X87_8086(
            Generation.I8086,
            "no coprocessor: ESC does nothing but read memory; now there is an x87",
            v -> (v.opcode() & 0xf8) == 0xd8),

    CODE_WRAP_8086(
            Generation.I8086,
            "an instruction may continue at offset 0 of CS; now #GP",
            v -> v.initial(Vector.IP) + v.code().length > 0x10000),

    WORD_WRAP_8086(
            Generation.I8086,
            "the word at offset FFFF ends at offset 0; now #GP or #SS",
            Exclusion::wrapsSegment);

    private final Generation generation;
    private final String reason;
    private final Predicate<Vector> shows;

    Exclusion(Generation generation, String reason, Predicate<Vector> shows) {
        this.generation = generation;
        this.reason = reason;
        this.shows = shows;
    }

    /** Why our processor differs. */
    String reason() {
        return reason;
    }

    /** The first that names a vector, or null if it must pass. */
    static Exclusion of(Generation generation, Vector vector) {
        for (Exclusion each : values()) {
            if (each.generation == generation && each.shows.test(vector)) {
                return each;
            }
        }
        return null;
    }

    private static int digit(Vector v) {
        return v.modRm() >> 3 & 7;
    }

    private static boolean isDivision(Vector v) {
        return v.opcode() == 0xd4 || (v.opcode() & 0xfe) == 0xf6 && digit(v) >= 6;
    }

    /**
     * Whether AL plus or minus 6 leaves the byte, which an 8086 does not tell AH or CF, or DAA and
     * DAS compare AL with 9F, as they do with AF set, and not with 99.
     */
    private static boolean carriesOtherwise(Vector v) {
        int al = v.initial(Vector.AX) & 0xff;
        boolean half = (v.initial(Vector.FLAGS) & Flags.AF) != 0;
        boolean carry = (v.initial(Vector.FLAGS) & Flags.CF) != 0;
        boolean between = al >= 0x9a && al <= 0x9f;
        return switch (v.opcode()) {
            case 0x27 -> half && !carry && between;
            case 0x2f -> half && !carry && (between || al < 6);
            case 0x37 -> al >= 0xfa;
            case 0x3f -> half && al < 6;
            default -> false;
        };
    }

    /** Whether both ends of a segment's 64 KiB are accessed. */
    private static boolean wrapsSegment(Vector v) {
        for (int segment : new int[] {Vector.CS, Vector.SS, Vector.DS, Vector.ES}) {
            int base = v.initial(segment) << 4;
            if (v.accesses(base) && v.accesses(base + 0xffff & 0xfffff)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the stack is popped from, or a memory operand's segment is SS. */
    private static boolean usesStack(Vector v) {
        return switch (v.opcode()) {
            // POP, POPA, POPF, RET, LEAVE, far RET and IRET
            case 0x07, 0x17, 0x1f, 0x61, 0x9d, 0xc2, 0xc3, 0xc9, 0xca, 0xcb, 0xcf -> true;
            default -> v.opcode() >= 0x58 && v.opcode() <= 0x5f || v.addressesStack();
        };
    }

    /** Whether LOCK may precede the instruction (SDM vol. 2A, LOCK). */
    private static boolean isLockable(Vector v) {
        boolean modifies =
                switch (v.opcode()) {
                    case 0x80, 0x81, 0x82, 0x83 -> digit(v) != 7;
                    case 0x86, 0x87 -> true;
                    case 0xf6, 0xf7 -> digit(v) == 2 || digit(v) == 3;
                    case 0xfe, 0xff -> digit(v) < 2;
                    default -> v.opcode() < 0x38 && (v.opcode() & 6) == 0;
                };
        return modifies && v.modRm() < 0xc0;
    }

    private static boolean isWordString(int opcode) {
        return switch (opcode) {
            case 0x6d, 0x6f, 0xa5, 0xa7, 0xab, 0xad, 0xaf -> true;
            default -> false;
        };
    }

    private static boolean isSegmentMove(Vector v) {
        return v.opcode() == 0x8c || v.opcode() == 0x8e;
    }

    /** MOV C7 with a digit that it has not, of which the suite does not record the last bytes. */
    private static boolean isUndefinedMove(Vector v) {
        return v.opcode() == 0xc7 && (v.modRm() & 0x38) != 0;
    }

    /** Whether quotient -128 and the remainder stand for no divisor of a byte. */
    private static boolean missesOverflow(Vector v) {
        if (v.opcode() != 0xf6 || (v.modRm() & 0x38) != 0x38 || v.exception() >= 0) {
            return false;
        }
        int quotient = (byte) v.expected(Vector.AX);
        int remainder = v.expected(Vector.AX) << 16 >> 24;
        int divisor = ((short) v.initial(Vector.AX) - remainder) / -128;
        return quotient == -128 && divisor != (byte) divisor;
    }

    private static boolean pushedStackSegment(Vector v) {
        int at = v.stackAddress(-4);
        int pushed = v.after().byteAt(at) | v.after().byteAt(at + 1) << 8;
        return pushed == v.initial(Vector.SS) && pushed != v.initial(Vector.CS);
    }
}
