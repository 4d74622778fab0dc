package org.xenolith.cpu.isa;

import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Random states, and random encodings of a row of the opcode table that suit them. */
final class RowEncoder {
    private static final int VEX_MAP = 4;

    private final SplittableRandom random;
    private final boolean code32;

    /**
     * @param code32 whether the encodings are for 32-bit code, else 64-bit code
     */
    RowEncoder(SplittableRandom random, boolean code32) {
        this.random = random;
        this.code32 = code32;
    }

    /** Whether the row can be encoded at all. */
    boolean encodes(Opcode row) {
        return code32 ? !row.only64() && (row.vex() || row.rexW() != 1) : !row.invalid64();
    }

    /** A state; {@code calm} masks all exceptions. */
    HostState state(boolean calm) {
        HostState state = new HostState();
        state.code32 = code32;
        FxImage.fill(state.fx, random, calm);
        fill(state.ymm);
        fill(state.data);
        for (int k = 0; k < 16; k++) {
            state.gpr[k] = random.nextLong() >>> random.nextInt(64);
        }
        state.rflags = random.nextInt() & Flags.ARITHMETIC | 0x202;
        state.gpr[Cpu.RDI] = HostState.DATA + random.nextInt(300);
        return state;
    }

    private void fill(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int k = 0; k < bytes.length; k += 8) {
            b.putLong(k, FxImage.lane(random));
        }
    }

    /** Encodes the row; sets the registers and bytes of the state that the encoding needs. */
    byte[] encode(Opcode row, HostState state) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        int rex = random.nextInt(16);
        rex = row.rexW() < 0 ? rex : rex & ~8 | row.rexW() << 3;
        rex = code32 ? rex & 8 : rex;
        if (row.vex()) {
            if (!code32 && random.nextInt(8) == 0) {
                code.write(0x67);
            }
            vex(row, rex, code);
        } else {
            if (isVariable(row) && random.nextInt(3) == 0) {
                code.write(0x66);
            }
            if (row.prefix() > 0) {
                code.write(row.prefix());
            }
            if (!code32 && (random.nextInt(3) > 0 || row.rexW() == 1)) {
                code.write(0x40 | rex);
            } else {
                rex = 0;
            }
            if (row.map() > 0) {
                code.write(0x0f);
            }
            if (row.map() > 1) {
                code.write(row.map() == 2 ? 0x38 : 0x3a);
            }
        }
        code.write(row.opcode());
        if (row.modrm()) {
            modrm(row, rex, state, code);
        }
        for (Operand operand : row.operands()) {
            Operand.Kind kind = operand.kind();
            if (kind == Operand.Kind.IMMEDIATE || kind == Operand.Kind.VECTOR_IS4) {
                code.write(random.nextInt(2) == 0 ? random.nextInt(256) : random.nextInt(32));
            }
        }
        adjust(row, state);
        return code.toByteArray();
    }

    private static boolean isVariable(Opcode row) {
        return row.operands().stream().anyMatch(o -> o.size() == Operand.Size.V);
    }

    private void vex(Opcode row, int rex, ByteArrayOutputStream code) {
        boolean wrong = random.nextInt(64) == 0;
        boolean usesVvvv =
                row.operands().stream()
                        .map(Operand::kind)
                        .anyMatch(
                                k ->
                                        k == Operand.Kind.VECTOR_VVVV
                                                || k == Operand.Kind.VVVV
                                                || k == Operand.Kind.VVVV_INDEX);
        int vvvv = usesVvvv || wrong ? random.nextInt(code32 ? 8 : 16) : 0;
        boolean free = row.vectorLength() < 0 || row.vectorLength() == Opcode.LIG || wrong;
        int length = free ? random.nextInt(2) : row.vectorLength();
        int prefix =
                switch (row.prefix()) {
                    case 0x66 -> 1;
                    case 0xf3 -> 2;
                    case 0xf2 -> 3;
                    default -> 0;
                };
        int last = (~vvvv & 15) << 3 | length << 2 | prefix;
        if (row.map() == VEX_MAP + 1 && (rex & 11) == 0) {
            code.write(0xc5);
            code.write((~rex & 4) << 5 | last);
        } else {
            code.write(0xc4);
            code.write((~rex & 7) << 5 | row.map() - VEX_MAP);
            code.write((rex & 8) << 4 | last);
        }
    }

    private void modrm(Opcode row, int rex, HostState state, ByteArrayOutputStream code) {
        boolean memory = row.memory() < 0 ? random.nextBoolean() : row.memory() == 1;
        int reg = row.reg() >= 0 ? row.reg() : random.nextInt(8);
        if (!memory) {
            int rm = row.rm() >= 0 ? row.rm() : random.nextInt(8);
            code.write(0xc0 | reg << 3 | rm);
            return;
        }
        int base = (rex & 1) == 0 ? Cpu.RBX : Cpu.R11;
        boolean general = row.operands().stream().anyMatch(o -> o.kind() == Operand.Kind.REG);
        if (general && (reg | (rex & 4) << 1) == base) {
            reg ^= 1;
        }
        // makers disagree: SHA needs alignment with Intel, not with AMD; LDMXCSR see below
        boolean misaligned = random.nextInt(8) == 0 && !row.mnemonic().matches("SHA.*|V?LDMXCSR");
        int slack = misaligned ? random.nextInt(32) : 0;
        state.gpr[base] = HostState.DATA + 32 * random.nextInt(8) + slack;
        if (row.operands().stream().anyMatch(o -> o.kind() == Operand.Kind.VSIB)) {
            int index = random.nextInt(8);
            code.write(0x44 | reg << 3);
            code.write(random.nextInt(4) << 6 | index << 3 | 3);
            smallIndexes(state, index | (rex & 2) << 2);
        } else {
            code.write(0x43 | reg << 3);
        }
        code.write(16 * random.nextInt(8));
    }

    /** Makes the elements of a register numbers that keep addresses near the data. */
    private void smallIndexes(HostState state, int register) {
        ByteBuffer low = ByteBuffer.wrap(state.fx).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer high = ByteBuffer.wrap(state.ymm).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i += 8) {
            low.putLong(160 + 16 * register + i, random.nextInt(80) - 40);
            high.putLong(16 * register + i, random.nextInt(80) - 40);
        }
    }

    private void adjust(Opcode row, HostState state) {
        if (row.mnemonic().equals("FLD")) {
            // makers disagree: AMD pushes in spite of an unmasked DE
            FxImage.fill(state.fx, random, true);
        }
        if (row.mnemonic().endsWith("LDMXCSR")) {
            boolean valid = random.nextInt(4) > 0;
            for (int i = 2; i < HostState.DATA_BYTES; i += 4) {
                state.data[i] &= (byte) (valid ? 0 : ~2); // AMD has a bit 17
                state.data[i + 1] &= (byte) (valid ? 0 : -1);
            }
        }
    }
}
