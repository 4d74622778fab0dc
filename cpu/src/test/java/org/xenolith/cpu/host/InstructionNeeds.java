package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.util.Arrays;

/**
 * What single instructions need of a state so that they do not always fault, and must not find in
 * it because the architecture leaves open what they do then.
 */
final class InstructionNeeds {
    private static final RowSet MOFFS = CaseGenerator.having(Operand.Kind.MOFFS);

    private final CaseRandom random;
    private final Form form;
    private final Instruction in;
    private final byte[] code;
    private final HostState state;
    private final long target;
    private final boolean wild;

    /**
     * @param target linear address of the memory operand
     * @param wild whether addresses are left as they are
     */
    InstructionNeeds(
            CaseRandom random,
            Form form,
            Instruction in,
            byte[] code,
            HostState state,
            long target,
            boolean wild) {
        this.random = random;
        this.form = form;
        this.in = in;
        this.code = code;
        this.state = state;
        this.target = target;
        this.wild = wild;
    }

    /** Bytes behind the ModRM operand. */
    static int immediateBytes(Form form) {
        int bytes = 0;
        for (Operand operand : form.row().operands()) {
            switch (operand.kind()) {
                case IMMEDIATE, RELATIVE ->
                        bytes +=
                                switch (operand.size()) {
                                    case B -> 1;
                                    case W -> 2;
                                    case V -> form.operandSize();
                                    default -> Math.min(form.operandSize(), 4);
                                };
                case VECTOR_IS4 -> bytes++;
                default -> {
                    // no bytes there
                }
            }
        }
        return bytes;
    }

    void apply() {
        if (Form.isString(form.row())) {
            string();
        }
        switch (in.opcode.mnemonic()) {
            case "DIV", "IDIV" -> dividend();
            case "SHLD", "SHRD" -> doubleShift();
            case "XLAT" -> {
                long table = target - dataBase() - (state.gpr[Cpu.RAX] & 0xff);
                address(Cpu.RBX, table);
            }
            case "MASKMOVQ", "MASKMOVDQU", "VMASKMOVDQU" -> address(Cpu.RDI, target - dataBase());
            case "LOOP", "LOOPE", "LOOPNE", "JRCXZ" -> {
                address(Cpu.RCX, random.nextInt(3));
                relative();
            }
            case "J" -> relative();
            case "JMP", "CALL" -> transfer();
            case "RET" -> stacked(stackSlot(), codeTarget());
            case "RETF" -> {
                farFrame(in.operandSize);
                if (immediateBytes(form) > 0) { // the order of faults is each maker's own
                    code[in.length - 1] = 0;
                }
            }
            case "IRET" -> interruptFrame();
            case "POPF" -> {
                int flags = random.nextInt() & ~(Flags.TF | Flags.RF | Flags.VM);
                Bytes.put32(state.data, stackOffset() & ~7, flags);
                state.gpr[Cpu.RSP] &= ~7;
            }
            case "POP" -> {
                if (in.opcode.semantic().equals("popSegment")) {
                    stacked(stackSlot(), selector());
                }
            }
            case "LES", "LDS", "LSS", "LFS", "LGS" -> put16(in.operandSize, selector());
            case "MOV" -> {
                if (in.opcode.semantic().equals("movToSegment")) {
                    source16(selector());
                }
                if (MOFFS.contains(in.opcode)) {
                    absolute();
                }
            }
            case "LAR", "LSL", "VERR", "VERW", "ARPL" -> source16(selector());
            case "ENTER", "LEAVE" -> frame();
            case "CMPXCHG", "CMPXCHG8B", "CMPXCHG16B" -> equal();
            case "BOUND" -> bound();
            case "FLD" -> FxImage.fill(state.fx, random, true); // AMD pushes despite unmasked DE
            case "LDMXCSR", "VLDMXCSR" -> mxcsr();
            default -> {
                // anything goes
            }
        }
    }

    // ---- addresses -----------------------------------------------------------------------------

    private long dataBase() {
        int segment = in.segment < 0 ? Cpu.DS : in.segment;
        boolean ignored = form.bits() == 64 && segment < Cpu.FS;
        return ignored ? 0 : HostSegments.base(state, segment);
    }

    /** Sets the part of a register that is an address, a count or an index. */
    private void address(int register, long value) {
        if (!wild) {
            setAddress(register, value);
        }
    }

    private void setAddress(int register, long value) {
        long mask = in.addressSize == 8 ? -1 : (1L << 8 * in.addressSize) - 1;
        state.gpr[register] = state.gpr[register] & ~mask | value & mask;
    }

    private void absolute() {
        if (!wild) {
            long offset = target - dataBase();
            for (int i = 0; i < in.addressSize; i++) {
                code[in.length - in.addressSize + i] = (byte) (offset >> 8 * i);
            }
        }
    }

    private void string() {
        address(Cpu.RCX, random.nextInt(20));
        boolean source = wild && random.nextBoolean(); // which fault is first is unknown
        if (!source) {
            setAddress(Cpu.RSI, HostState.DATA + 200 + random.nextInt(32) - dataBase());
        }
        if (!wild || source) {
            long es = form.bits() == 64 ? 0 : HostSegments.base(state, Cpu.ES);
            setAddress(Cpu.RDI, HostState.DATA + 200 + random.nextInt(32) - es);
        }
        if (random.nextInt(3) == 0) {
            state.rflags |= Flags.DF;
        }
        if (random.nextInt(3) == 0) {
            Arrays.fill(state.data, (byte) state.gpr[Cpu.RAX]);
        }
    }

    private void frame() {
        long ss = form.bits() == 64 ? 0 : HostSegments.base(state, Cpu.SS);
        state.gpr[Cpu.RBP] = HostState.DATA + 160 + 8 * random.nextInt(8) - ss;
        state.gpr[Cpu.RSP] = HostState.DATA + 480 - ss;
        if (in.opcode.mnemonic().equals("ENTER") && random.nextInt(2) == 0) {
            code[in.length - 2] = 0; // a frame of less than 256 bytes
            code[in.length - 1] &= 7;
        }
    }

    private int stackOffset() {
        long ss = form.bits() == 64 ? 0 : HostSegments.base(state, Cpu.SS);
        boolean small = form.bits() < 64 && (state.selectors[Cpu.SS] & 4) != 0;
        long sp = state.gpr[Cpu.RSP] & (small ? 0xffff : -1L);
        return (int) (sp + ss - HostState.DATA);
    }

    private int stackSlot() {
        return in.operandSize;
    }

    private void stacked(int size, long value) {
        put(stackOffset(), value, size);
    }

    private void put(int at, long value, int size) {
        for (int i = 0; i < size; i++) {
            if (at + i >= 0 && at + i < state.data.length) {
                state.data[at + i] = (byte) (value >> 8 * i);
            }
        }
    }

    /** Writes a word behind the start of the memory operand. */
    private void put16(int behind, int value) {
        put((int) (target - HostState.DATA) + behind, value, 2);
    }

    private void source16(int value) {
        if (form.memory()) {
            put16(0, value);
        } else {
            state.gpr[in.rm] = state.gpr[in.rm] & ~0xffffL | value;
        }
    }

    private int selector() {
        if (random.nextInt(16) == 0) {
            return random.nextInt(0x78); // 0x78 holds a processor number
        }
        return HostSegments.INTERESTING[random.nextInt(HostSegments.INTERESTING.length)];
    }

    // ---- control transfer ----------------------------------------------------------------------

    /** An offset in the code segment, mostly of an INT3. */
    private long codeTarget() {
        return codeTarget(HostSegments.codeBase(state));
    }

    private long codeTarget(long base) {
        if (random.nextInt(16) == 0) {
            return random.nextBoolean() ? random.nextLong() : random.nextInt();
        }
        int at = random.nextInt(HostState.CODE_REGION_BYTES - 256);
        long address = HostState.CODE_REGION + at;
        boolean inside = address > HostState.CODE - 32 && address < HostState.CODE + 32;
        return (inside ? HostState.CODE_REGION : address) - base;
    }

    /** Makes a relative target one outside the instruction, mostly in the code. */
    private void relative() {
        int bytes = immediateBytes(form);
        int at = in.length - bytes;
        long value =
                switch (bytes) {
                    case 1 -> code[at];
                    case 2 -> random.nextInt(0x10000) - 0x8000;
                    default -> codeTarget(HostState.CODE + in.length);
                };
        if (value < 0 && value >= -in.length - 1) {
            value = 0;
        }
        for (int i = 0; i < bytes; i++) {
            code[at + i] = (byte) (value >> 8 * i);
        }
    }

    private void transfer() {
        switch (in.opcode.semantic()) {
            case "callFar", "jmpFar" -> {
                int selector = codeSelector();
                int size = in.length - 2 - farPrefix();
                long offset = codeTarget(baseOf(selector));
                for (int i = 0; i < size; i++) {
                    code[in.length - 2 - size + i] = (byte) (offset >> 8 * i);
                }
                code[in.length - 2] = (byte) selector;
                code[in.length - 1] = (byte) (selector >> 8);
            }
            case "callFarMemory", "jmpFarMemory" -> {
                int selector = codeSelector();
                int at = (int) (target - HostState.DATA);
                put(at, codeTarget(baseOf(selector)), in.operandSize);
                put(at + in.operandSize, selector, 2);
            }
            default -> {
                if (!in.opcode.modrm()) {
                    relative();
                } else if (form.memory()) {
                    put((int) (target - HostState.DATA), codeTarget(), in.operandSize);
                } else {
                    do {
                        state.gpr[in.rm] = codeTarget();
                    } while (in.rm == Cpu.RSP && state.gpr[in.rm] >>> 16 > 0x21);
                }
            }
        }
    }

    /** Bytes before the far pointer. */
    private int farPrefix() {
        return in.length - 2 - Math.min(in.operandSize, 4);
    }

    private int codeSelector() {
        int[] code = {0x23, 0x33, 0x07, 0x37, 0x3f};
        int found = random.nextInt(3) == 0 ? selector() : code[random.nextInt(code.length)];
        boolean long64 = (found & ~3) == (HostSegments.CODE_64 & ~3);
        // a far call from a 16-bit stack to 64-bit code faults for ever on some hosts
        boolean flat = state.selectors[Cpu.SS] == HostSegments.FLAT;
        return long64 && !flat ? HostSegments.CODE_32 : found;
    }

    private static long baseOf(int selector) {
        return (selector & ~3) == 4 || (selector & ~3) == 0x3c ? HostState.CODE_REGION : 0;
    }

    private void farFrame(int size) {
        int selector = codeSelector();
        int at = stackOffset();
        put(at, codeTarget(baseOf(selector)), size);
        put(at + size, selector, size);
    }

    private void interruptFrame() {
        int size = in.operandSize;
        farFrame(size);
        int at = stackOffset();
        int flags = random.nextInt() & (Flags.ARITHMETIC | Flags.DF | Flags.AC | Flags.ID);
        put(at + 2 * size, flags | 0x202, size);
        put(at + 3 * size, random.nextInt(), size);
        boolean good = random.nextInt(4) > 0;
        put(at + 4 * size, good ? HostSegments.FLAT : selector(), size);
    }

    // ---- arithmetic ----------------------------------------------------------------------------

    /** Divides by enough, half the time. */
    private void dividend() {
        if (random.nextBoolean()) {
            return;
        }
        int size = in.opcode.operands().getFirst().size().bytes(in);
        int shift = random.nextInt(8);
        if (size == 1) {
            int high = in.opcode.mnemonic().equals("IDIV") ? (byte) state.gpr[0] >> 7 : shift;
            state.gpr[Cpu.RAX] = state.gpr[Cpu.RAX] & ~0xff00L | (high & 0xff) << 8;
        } else {
            boolean negative = (state.gpr[Cpu.RAX] >> 8 * size - 1 & 1) != 0;
            boolean signed = in.opcode.mnemonic().equals("IDIV");
            state.gpr[Cpu.RDX] = signed ? negative ? -1 : 0 : shift;
            if (form.memory() && (in.base == Cpu.RDX || in.index == Cpu.RDX)) {
                state.rflags &= ~Flags.AC; // the operand is elsewhere now, perhaps at a limit
            }
        }
    }

    /** Counts above the operand's size are undefined. */
    private void doubleShift() {
        if (in.operandSize != 2) {
            return;
        }
        if (immediateBytes(form) == 1) {
            code[in.length - 1] &= (byte) 0xef;
        } else if ((state.gpr[Cpu.RCX] & 31) > 16) {
            state.gpr[Cpu.RCX] &= ~16L;
        }
    }

    /** Makes the comparison of CMPXCHG succeed, half the time. */
    private void equal() {
        if (random.nextBoolean() || !form.memory()) {
            return;
        }
        int at = (int) (target - HostState.DATA);
        if (in.opcode.mnemonic().equals("CMPXCHG")) {
            put(at, state.gpr[Cpu.RAX], 8);
        } else {
            int half = in.opcode.mnemonic().equals("CMPXCHG8B") ? 4 : 8;
            put(at, state.gpr[Cpu.RAX], half);
            put(at + half, state.gpr[Cpu.RDX], half);
        }
    }

    private void bound() {
        if (random.nextBoolean()) {
            int at = (int) (target - HostState.DATA);
            long index = state.gpr[in.reg];
            put(at, index - random.nextInt(3), in.operandSize);
            put(at + in.operandSize, index + random.nextInt(3) - 1, in.operandSize);
        }
    }

    private void mxcsr() {
        boolean valid = random.nextInt(4) > 0;
        for (int i = 2; i < HostState.DATA_BYTES; i += 4) {
            state.data[i] &= (byte) (valid ? 0 : ~2); // AMD has a bit 17
            state.data[i + 1] &= (byte) (valid ? 0 : -1);
        }
    }
}
