package org.xenolith.cpu.decode;

/**
 * Decodes one instruction of 16-bit, 32-bit or 64-bit code (SDM vol. 2A, chapter 2). Not
 * thread-safe: it fills one {@link Instruction} again and again.
 */
public final class Decoder {
    /** Longest instruction in bytes; more raises #GP. */
    public static final int MAX_LENGTH = 15;

    /** What {@link #decode} found. */
    public enum Result {
        OK,
        /** More bytes are needed than were given. */
        TRUNCATED,
        /** More than 15 bytes. */
        TOO_LONG
    }

    /** Default operand and address size of the code, as {@code Cpu.mode} has it. */
    public static final int CODE_16 = 0;

    public static final int CODE_32 = 1;
    public static final int CODE_64 = 2;

    // Base and index of the 16-bit address forms by ModRM.rm (SDM vol. 2A, table 2-1).
    private static final int[] BASE_16 = {3, 3, 5, 5, 6, 7, 5, 3};
    private static final int[] INDEX_16 = {6, 7, 6, 7, -1, -1, -1, -1};
    private static final int SS = 2;
    private static final int DS = 3;

    /** The instruction last decoded. */
    public final Instruction instruction = new Instruction();

    private final OpcodeTable table;
    private byte[] bytes;
    private int at;
    private int limit;
    private boolean truncated;
    private boolean long64;
    private boolean code16;

    /** Opcode map and mandatory prefix found by {@link #vex}. */
    private int vexMap;

    private int vexPrefix;

    /** A decoder of everything that is implemented. */
    public Decoder() {
        this(OpcodeTable.get());
    }

    /** A decoder of what one processor executes. */
    public Decoder(OpcodeTable table) {
        this.table = table;
    }

    /** Decodes an instruction of 64-bit code; see {@link #decode(byte[], int, int)}. */
    public Result decode(byte[] code, int available) {
        return decode(code, available, CODE_64);
    }

    /**
     * Decodes the instruction at the start of {@code code}.
     *
     * @param available valid bytes in {@code code}
     * @param codeSize {@link #CODE_16}, {@link #CODE_32} or {@link #CODE_64}
     */
    public Result decode(byte[] code, int available, int codeSize) {
        long64 = codeSize == CODE_64;
        code16 = codeSize == CODE_16;
        bytes = code;
        at = 0;
        limit = Math.min(available, MAX_LENGTH);
        truncated = false;
        Instruction in = instruction;
        in.opcode = null;
        in.reserved = false;
        in.lock = false;
        in.repeat = 0;
        in.segment = -1;
        in.memorySegment = DS;
        in.long64 = long64;
        in.memory = false;
        in.vex = false;
        in.vvvv = 0;
        in.vectorLength = 16;
        in.modrm = 0;
        in.reg = 0;
        in.rm = 0;
        in.opcodeReg = 0;
        in.base = -1;
        in.index = -1;
        in.shift = 0;
        in.ripRelative = false;
        in.displacement = 0;
        in.immediate = 0;
        in.immediate2 = 0;
        parse(in);
        if (truncated) {
            return available >= MAX_LENGTH ? Result.TOO_LONG : Result.TRUNCATED;
        }
        in.length = at;
        return Result.OK;
    }

    private void parse(Instruction in) {
        boolean operandPrefix = false;
        boolean addressPrefix = false;
        int rex = 0;
        int b;
        prefixes:
        while (true) {
            b = next();
            switch (b) {
                case 0x66 -> operandPrefix = true;
                case 0x67 -> addressPrefix = true;
                case 0xf0 -> in.lock = true;
                case 0xf2, 0xf3 -> in.repeat = b;
                case 0x26, 0x2e, 0x36, 0x3e -> {
                    if (!long64) { // ignored in 64-bit mode
                        in.segment = b >> 3 & 3;
                    }
                }
                case 0x64 -> in.segment = 4;
                case 0x65 -> in.segment = 5;
                default -> {
                    if (!long64 || (b & 0xf0) != 0x40) {
                        break prefixes;
                    }
                    rex = b;
                    continue;
                }
            }
            rex = 0; // a REX prefix counts only right before the opcode
            if (truncated) {
                return;
            }
        }
        int map = 0;
        int mandatory = in.repeat != 0 ? in.repeat : operandPrefix ? 0x66 : Opcode.NP;
        if ((b == 0xc4 || b == 0xc5) && (long64 || peek() >= 0xc0)) {
            boolean misplaced = in.lock || mandatory != Opcode.NP || rex != 0;
            rex = vex(in, b);
            if (misplaced || vexMap < 1 || vexMap > 3) {
                in.reserved = true;
                return;
            }
            map = Opcode.VEX_MAP + vexMap;
            mandatory = vexPrefix;
            b = next();
        } else if (b == 0x0f) {
            map = 1;
            b = next();
            if (b == 0x38 || b == 0x3a) {
                map = b == 0x38 ? 2 : 3;
                b = next();
            }
        }
        in.opcodeByte = b;
        in.rex = rex != 0;
        in.rexW = (rex & 8) != 0;
        in.addressSize = long64 ? addressPrefix ? 4 : 8 : addressPrefix == code16 ? 4 : 2;
        in.opcodeReg = b & 7 | (rex & 1) << 3;
        Opcode[] rows = table.candidates(map, b);
        boolean modrm = false;
        for (Opcode row : rows) {
            modrm |= row.modrm();
        }
        if (modrm) {
            in.modrm = next();
            // MOV to and from control and debug registers takes any mod as 3.
            in.memory = in.modrm < 0xc0 && !(map == 1 && (b & 0xfc) == 0x20);
            in.reg = in.modrm >> 3 & 7 | (rex & 4) << 1;
            in.rm = in.modrm & 7 | (rex & 1) << 3;
        }
        Opcode found = select(rows, in, mandatory);
        if (!long64) {
            in.operandSize = operandPrefix == code16 ? 4 : 2;
        } else if (found != null && (found.force64() || found.default64() && !operandPrefix)) {
            in.operandSize = 8;
        } else {
            in.operandSize = in.rexW ? 8 : operandPrefix ? 2 : 4;
        }
        if (modrm && in.memory) {
            boolean vsib = in.vex && found != null && isVsib(found);
            memoryOperand(in, rex, vsib);
            if (vsib && in.index < 0) { // VSIB needs a SIB byte
                in.reserved = true;
                return;
            }
        }
        if (found == null) {
            in.reserved = (in.vex || map == 0) && rows.length > 0 || table.reduced(map, b);
            return;
        }
        if (found.vectorLength() == Opcode.LIG) {
            in.vectorLength = 16;
        }
        if (in.segment >= 0) {
            in.memorySegment = in.segment;
        }
        boolean first = true;
        for (Operand operand : found.operands()) {
            switch (operand.kind()) {
                case IMMEDIATE -> {
                    long value = immediate(operand, in);
                    if (first) {
                        in.immediate = value;
                    } else {
                        in.immediate2 = value;
                    }
                    first = false;
                }
                case VECTOR_IS4 -> in.immediate = i8();
                case RELATIVE ->
                        in.immediate =
                                operand.size() == Operand.Size.B
                                        ? i8()
                                        : in.operandSize == 2 ? i16() : i32();
                case MOFFS ->
                        in.displacement =
                                switch (in.addressSize) {
                                    case 8 -> i64();
                                    case 4 -> i32() & 0xffffffffL;
                                    default -> i16() & 0xffffL;
                                };
                default -> {
                    // needs no more bytes
                }
            }
        }
        boolean lockMisused =
                in.lock
                        && (!found.lock()
                                || !in.memory
                                || found.operands().isEmpty()
                                || !isMemory(found.operands().getFirst()));
        boolean vvvvMisused =
                in.vvvv != 0 && found.operands().stream().noneMatch(Operand::usesVvvv);
        if (lockMisused || vvvvMisused || isNoSegment(found, in)) {
            in.reserved = true;
            return;
        }
        in.opcode = found;
    }

    /**
     * Reads the rest of a VEX prefix (SDM vol. 2A, 2.3.5).
     *
     * @param first 0xC4 or 0xC5
     * @return R, X and B as in a REX prefix
     */
    private int vex(Instruction in, int first) {
        in.vex = true;
        int inverted = next();
        int rest = inverted;
        int rex = ~inverted >> 5 & 4;
        vexMap = 1;
        if (first == 0xc4) {
            rex = ~inverted >> 5 & 7;
            vexMap = inverted & 31;
            rest = next();
            rex |= (rest & 0x80) >> 4;
        }
        in.vvvv = ~rest >> 3 & (long64 ? 15 : 7);
        in.vectorLength = (rest & 4) != 0 ? 32 : 16;
        vexPrefix =
                switch (rest & 3) {
                    case 1 -> 0x66;
                    case 2 -> 0xf3;
                    case 3 -> 0xf2;
                    default -> Opcode.NP;
                };
        return long64 ? rex | 0x40 : rex & 8 | 0x40;
    }

    private static boolean isVsib(Opcode row) {
        return row.operands().stream().anyMatch(o -> o.kind() == Operand.Kind.VSIB);
    }

    private static boolean isMemory(Operand operand) {
        return switch (operand.kind()) {
            case RM, ADDRESS, OFFSET -> true;
            default -> false;
        };
    }

    /** Whether ModRM.reg names no segment register, or CS as one to be loaded. */
    private static boolean isNoSegment(Opcode row, Instruction in) {
        int number = in.modrm >> 3 & 7;
        for (int i = 0; i < row.operands().size(); i++) {
            if (row.operands().get(i).kind() == Operand.Kind.SEGMENT) {
                return number > 5 || number == 1 && i == 0;
            }
        }
        return false;
    }

    private Opcode select(Opcode[] rows, Instruction in, int mandatory) {
        for (Opcode row : rows) {
            if ((row.prefix() == Opcode.ANY || row.prefix() == mandatory)
                    && (row.reg() < 0 || row.reg() == (in.modrm >> 3 & 7))
                    && (row.rm() < 0 || row.rm() == (in.modrm & 7))
                    && (row.memory() < 0 || row.memory() == 1 == in.memory)
                    && (row.rexW() < 0 || row.rexW() == 1 == in.rexW)
                    && (row.vectorLength() < 0
                            || row.vectorLength() == Opcode.LIG
                            || row.vectorLength() == 1 == (in.vectorLength == 32))
                    && (row.rexB() < 0 || in.opcodeReg < 8)
                    && (long64 ? !row.invalid64() : !row.only64())) {
                return row;
            }
        }
        return null;
    }

    private void memoryOperand(Instruction in, int rex, boolean vsib) {
        int mod = in.modrm >> 6;
        int rm = in.modrm & 7;
        if (in.addressSize == 2) {
            memoryOperand16(in, mod, rm);
            in.index = vsib ? -1 : in.index;
            return;
        }
        if (rm == 4) {
            int sib = next();
            int index = sib >> 3 & 7 | (rex & 2) << 2;
            in.index = index == 4 && !vsib ? -1 : index;
            in.shift = sib >> 6;
            if ((sib & 7) == 5 && mod == 0) {
                in.displacement = i32();
                return;
            }
            in.base = sib & 7 | (rex & 1) << 3;
        } else if (rm == 5 && mod == 0) {
            in.ripRelative = long64;
            in.displacement = i32();
            return;
        } else {
            in.base = in.rm;
        }
        if (in.base == 4 || in.base == 5) { // RSP and RBP, not R12 and R13
            in.memorySegment = SS;
        }
        if (mod == 1) {
            in.displacement = i8();
        } else if (mod == 2) {
            in.displacement = i32();
        }
    }

    private void memoryOperand16(Instruction in, int mod, int rm) {
        if (mod == 0 && rm == 6) {
            in.displacement = i16();
            return;
        }
        in.base = BASE_16[rm];
        in.index = INDEX_16[rm];
        if (in.base == 5) {
            in.memorySegment = SS;
        }
        if (mod == 1) {
            in.displacement = i8();
        } else if (mod == 2) {
            in.displacement = i16();
        }
    }

    private long immediate(Operand operand, Instruction in) {
        return switch (operand.size()) {
            case B -> i8();
            case W -> i16() & 0xffff;
            case V -> in.operandSize == 8 ? i64() : in.operandSize == 4 ? i32() : i16();
            default -> in.operandSize == 2 ? i16() : i32();
        };
    }

    /** The next byte, which stays; FF if there is none, and reading it then is truncation. */
    private int peek() {
        return at < limit ? bytes[at] & 0xff : 0xff;
    }

    private int next() {
        if (at >= limit) {
            truncated = true;
            return 0x90;
        }
        return bytes[at++] & 0xff;
    }

    private byte i8() {
        return (byte) next();
    }

    private short i16() {
        return (short) (next() | next() << 8);
    }

    private int i32() {
        return next() | next() << 8 | next() << 16 | next() << 24;
    }

    private long i64() {
        return i32() & 0xffffffffL | (long) i32() << 32;
    }
}
