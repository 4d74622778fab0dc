package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.util.Arrays;

/**
 * Random states for an encoding. Mostly they let its memory operands hit the data and its branches
 * the code, and now and then they do not.
 */
final class StateGenerator {
    static final long[] EDGES = {
        0,
        1,
        -1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    /** One case in so many goes wherever the random numbers say. */
    private static final int MOST_TRIES = 10_000;

    private static final int WILD = 24;

    private static final RowSet UNCHECKED = RowSet.named("CALL|RETF|POP");
    private static final RowSet HALVES = RowSet.named("BOUND|L[DEFGS]S|CALL|JMP");
    private static final RowSet BIT_STRINGS =
            RowSet.where(row -> row.semantic().matches("bt[src]?Memory"));
    private static final RowSet ALIGNED =
            RowSet.where(row -> row.operands().stream().anyMatch(Operand::aligned));
    private static final RowSet HAS_T =
            RowSet.where(row -> row.operands().stream().anyMatch(o -> o.size() == Operand.Size.T));

    private final CaseRandom random;
    private final LanePool lanes;
    private final boolean local;
    private Form form;
    private Instruction in;
    private HostState state;
    private byte[] code;
    private long target;

    /**
     * @param local whether segments with bases can be used
     */
    StateGenerator(CaseRandom random, boolean local) {
        this.random = random;
        lanes = new LanePool(random);
        this.local = local;
    }

    /**
     * Fills in a state for an instruction, and changes addresses in its code to suit the state.
     *
     * @param calm masks all floating-point exceptions
     */
    void fill(Form theForm, Instruction instruction, byte[] theCode, HostState s, boolean calm) {
        form = theForm;
        in = instruction;
        code = theCode;
        state = s;
        int tries = 0; // some encodings cannot reach an aligned address
        do {
            generate(s, calm);
        } while (form.memory()
                && CaseGenerator.needsAlignment(form.row())
                && effective() % 16 != 0
                && ++tries < MOST_TRIES);
    }

    /** The address of the memory operand. */
    private long effective() {
        long offset = in.displacement + (in.ripRelative ? HostState.CODE + in.length : 0);
        if (in.base < 0 && in.index < 0) {
            return target;
        }
        offset += in.base < 0 ? 0 : state.gpr[in.base];
        offset += in.index < 0 ? 0 : state.gpr[in.index] << in.shift;
        return (offset & addressMask()) + segmentBase();
    }

    private void generate(HostState s, boolean calm) {
        segments();
        if (usesVectors(form.row())) {
            FxImage.fillAllButXmm(s.fx, random, calm);
            lanes.fill(s.fx, 160, 256);
            lanes.fill(s.ymm, 0, s.ymm.length);
            lanes.fill(s.data, 0, s.data.length);
        } else {
            Arrays.fill(s.fx, (byte) 0);
            FxImage.initial(s.fx);
            Arrays.fill(s.ymm, (byte) 0);
            integers(s.data);
        }
        for (int i = 0; i < 16; i++) {
            s.gpr[i] = value();
        }
        s.rflags = random.nextInt() & Flags.ARITHMETIC | 0x202;
        stack();
        target = HostState.DATA;
        if (in.opcode == null) {
            return;
        }
        boolean wild = random.nextInt(WILD) == 0 && mayBeWild();
        if (wild && form.bits() == 64) { // AMD wants the offset from a base canonical as well
            state.bases[0] = nearBase();
            state.bases[1] = nearBase();
        }
        target = HostState.DATA + target();
        if (!wild
                && target < HostState.DATA + HostState.DATA_BYTES
                && random.nextInt(64) == 0
                && checksAlignment()) {
            s.rflags |= Flags.AC; // elsewhere the order of #AC and #PF is each maker's own
        }
        operands();
        if (form.memory() && !wild) {
            address();
        }
        new InstructionNeeds(random, form, in, code, state, target, wild).apply();
        if (form.bits() < 64) {
            for (int i = 0; i < 16; i++) {
                s.gpr[i] &= 0xffffffffL;
            }
        }
    }

    /**
     * Whether the makers agree on its alignment checks: not on those of vectors, and not on their
     * place among the faults of control transfers.
     */
    private boolean checksAlignment() {
        Opcode row = form.row();
        boolean vectors = row.vex() || row.fpu().startsWith("sse");
        return !vectors && !UNCHECKED.contains(row);
    }

    /** Whether it is clear which fault comes first if several things are wrong. */
    private boolean mayBeWild() {
        Opcode row = form.row();
        boolean aligned = ALIGNED.contains(row);
        boolean pops = row.semantic().equals("popMemory");
        boolean halves = form.bits() < 64 && (HALVES.contains(row) || HAS_T.contains(row));
        return !aligned && !pops && !halves && !row.mnemonic().equals("LSL");
    }

    /** Whether the instruction may read or write more than general registers. */
    static boolean usesVectors(Opcode row) {
        return row.vex() || !row.fpu().isEmpty();
    }

    private void segments() {
        state.bases[0] = 0;
        state.bases[1] = 0;
        switch (form.bits()) {
            case 64 -> {
                HostSegments.flat(state, 64);
                state.bases[0] = base();
                state.bases[1] = base();
            }
            case 32 -> {
                if (local && (form.addressPrefix() || random.nextInt(4) == 0)) {
                    HostSegments.local(state, 32);
                } else {
                    HostSegments.flat(state, 32);
                }
            }
            default -> {
                if (random.nextInt(8) > 0) {
                    HostSegments.local(state, 16);
                } else {
                    HostSegments.flatData16(state);
                }
            }
        }
    }

    private long base() {
        boolean far = !form.addressPrefix() && random.nextInt(4) == 0;
        return far ? random.nextLong() >> 18 : nearBase();
    }

    private long nearBase() {
        return HostState.DATA - random.nextInt(0x200000);
    }

    private void integers(byte[] bytes) {
        for (int k = 0; k < bytes.length; k += 8) {
            long r = random.nextLong();
            Bytes.put64(bytes, k, (r & 7) == 0 ? 0 : r);
        }
    }

    private long value() {
        return switch (random.nextInt(4)) {
            case 0 -> EDGES[random.nextInt(EDGES.length)];
            case 1 -> random.nextLong() >>> random.nextInt(64);
            case 2 -> random.nextInt(70);
            default -> random.nextLong();
        };
    }

    private void stack() {
        long ss = HostSegments.base(state, Cpu.SS);
        long slack = random.nextInt(8) == 0 ? random.nextInt(8) : 0;
        boolean small = (state.selectors[Cpu.SS] & 4) != 0;
        long junk = small ? random.nextInt() & 0xffff0000L : 0;
        state.gpr[Cpu.RSP] = HostState.DATA + 256 + slack - ss | junk;
        if (random.nextInt(4) > 0) {
            state.gpr[Cpu.RBP] = HostState.DATA + 128 + slack - ss | junk;
        }
    }

    /** Where a memory operand lies in the data: mostly aligned, seldom at the end of its pages. */
    private int target() {
        if (random.nextInt(64) == 0) {
            return 8192 - random.nextInt(40);
        }
        boolean vectors = usesVectors(form.row());
        boolean aligned = vectors || form.row().mnemonic().equals("CMPXCHG16B");
        boolean misaligned = random.nextInt(aligned ? 8 : 2) == 0;
        boolean never = form.row().mnemonic().endsWith("LDMXCSR");
        int slack = misaligned && !never ? random.nextInt(32) : 0;
        return 32 * random.nextInt(3, 10) + slack;
    }

    /** Register operands whose values matter to addresses. */
    private void operands() {
        boolean bitString = form.memory() && BIT_STRINGS.contains(form.row());
        if (bitString) {
            state.gpr[in.reg] = random.nextInt(1600) - 800 | (random.nextLong() << 32 & highBits());
        }
    }

    private long highBits() {
        return in.operandSize == 8 ? 0 : -1L << 8 * in.operandSize;
    }

    private long addressMask() {
        return in.addressSize == 8 ? -1 : (1L << 8 * in.addressSize) - 1;
    }

    private long segmentBase() {
        int segment = CaseGenerator.effectiveSegment(in, form.bits());
        return segment < 0 ? 0 : HostSegments.base(state, segment);
    }

    /** Makes the address of the memory operand what it shall be. */
    private void address() {
        long offset = target - segmentBase();
        long mask = addressMask();
        boolean vsib = CaseGenerator.VSIB.contains(in.opcode);
        if (vsib) {
            smallIndexes(in.index);
            if (in.base < 0) {
                displace(4, offset);
            } else {
                setAddress(in.base, offset - in.displacement, mask);
            }
            return;
        }
        if (in.base < 0 && in.index < 0) {
            long from = in.ripRelative ? HostState.CODE + in.length : 0;
            displace(in.addressSize == 2 ? 2 : 4, offset - from);
        } else if (in.index < 0) {
            setAddress(in.base, offset - in.displacement, mask);
        } else if (in.base < 0) {
            setAddress(in.index, (offset - in.displacement & mask) >> in.shift, mask);
        } else if (in.base == in.index) {
            long part = Long.divideUnsigned(offset - in.displacement & mask, 1 + (1L << in.shift));
            setAddress(in.base, part, mask);
        } else {
            long index = state.gpr[in.index] << in.shift;
            setAddress(in.base, offset - in.displacement - index, mask);
        }
    }

    /** Sets the bits of a register that an address uses. */
    private void setAddress(int register, long value, long mask) {
        state.gpr[register] = state.gpr[register] & ~mask | value & mask;
    }

    private void displace(int bytes, long value) {
        int at = in.length - InstructionNeeds.immediateBytes(form) - bytes;
        for (int i = 0; i < bytes; i++) {
            code[at + i] = (byte) (value >> 8 * i);
        }
    }

    /** Makes the elements of a register numbers that keep addresses near the data. */
    private void smallIndexes(int register) {
        boolean quads = (in.opcodeByte & 1) != 0;
        for (int i = 0; i < 16; i += 8) {
            Bytes.put64(state.fx, 160 + 16 * register + i, index(quads));
            Bytes.put64(state.ymm, 16 * register + i, index(quads));
        }
    }

    private long index(boolean quad) {
        long low = random.nextInt(80) - 40;
        return quad ? low : low & 0xffffffffL | (long) (random.nextInt(80) - 40) << 32;
    }
}
