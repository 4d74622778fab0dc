package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Every x87, MMX and SSE row of the opcode table on random states, against the host. */
class FloatHostTest {
    /** Rows whose results the architecture leaves open, or that another test compares. */
    private static final Set<String> ELSEWHERE =
            Set.of(
                    "RCPPS", "RCPSS", "RSQRTPS", "RSQRTSS", "F2XM1", "FYL2X", "FYL2XP1", "FPTAN",
                    "FPATAN", "FSIN", "FCOS", "FSINCOS", "FNSAVE", "FNSTENV", "FXSAVE", "FXRSTOR",
                    "FLDENV", "FRSTOR");

    /** Differences reported for a row. */
    private static final int MOST_SHOWN = 3;

    private record Row(Opcode opcode, byte[] code, HostState before, HostState after) {}

    @Test
    void agreesWithTheHostProcessor() throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        SplittableRandom random = new SplittableRandom(Long.getLong("xenolith.fuzz.seed", 42));
        int rounds = Integer.getInteger("xenolith.fuzz.rounds", 60);
        String only = System.getProperty("xenolith.fuzz.only", ".*");
        FlatMachine machine = new FlatMachine(8 << 20);
        List<String> different = new ArrayList<>();
        try (HostCpu host = started.get()) {
            for (Opcode row : OpcodeTable.get().rows()) {
                if (!row.fpu().isEmpty()
                        && !ELSEWHERE.contains(row.mnemonic())
                        && row.mnemonic().matches(only)) {
                    int before = different.size();
                    for (Row r : run(host, row, rounds, random)) {
                        String difference = compare(machine, r);
                        if (difference != null && different.size() < before + MOST_SHOWN) {
                            different.add(row.mnemonic() + " " + difference);
                        }
                    }
                }
            }
        }
        assertEquals("", String.join("\n", different));
    }

    private static List<Row> run(HostCpu host, Opcode row, int rounds, SplittableRandom random)
            throws Exception {
        List<byte[]> codes = new ArrayList<>();
        List<HostState> before = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            HostState state = new HostState();
            FxImage.fill(state.fx, random, i % 2 == 0);
            ByteBuffer data = ByteBuffer.wrap(state.data).order(ByteOrder.LITTLE_ENDIAN);
            for (int k = 0; k < HostState.DATA_BYTES; k += 8) {
                data.putLong(k, FxImage.lane(random));
            }
            for (int k = 0; k < 16; k++) {
                state.gpr[k] = random.nextLong() >>> random.nextInt(64);
            }
            state.rflags = random.nextInt() & Flags.ARITHMETIC | 0x202;
            state.gpr[Cpu.RDI] = HostState.DATA + random.nextInt(300);
            codes.add(encode(row, state, random));
            before.add(state);
        }
        List<HostState> after = host.run(codes, before);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            rows.add(new Row(row, codes.get(i), before.get(i), after.get(i)));
        }
        return rows;
    }

    private static byte[] encode(Opcode row, HostState state, SplittableRandom random) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        if (row.prefix() > 0) {
            code.write(row.prefix());
        }
        int rex = 0x40 | random.nextInt(16);
        rex = row.rexW() < 0 ? rex : rex & ~8 | row.rexW() << 3;
        if (random.nextInt(3) > 0 || row.rexW() == 1) {
            code.write(rex);
        } else {
            rex = 0;
        }
        if (row.map() > 0) {
            code.write(0x0f);
        }
        if (row.map() > 1) {
            code.write(row.map() == 2 ? 0x38 : 0x3a);
        }
        code.write(row.opcode());
        boolean memory = row.memory() < 0 ? random.nextBoolean() : row.memory() == 1;
        if (row.modrm()) {
            int reg = row.reg() >= 0 ? row.reg() : random.nextInt(8);
            if (memory) {
                int base = (rex & 1) == 0 ? Cpu.RBX : Cpu.R11;
                boolean general = row.operands().stream().anyMatch(o -> isGeneralReg(o));
                if (general && (reg | (rex & 4) << 1) == base) {
                    reg ^= 1;
                }
                int slack = random.nextInt(8) == 0 ? random.nextInt(16) : 0;
                state.gpr[base] = HostState.DATA + 16 * random.nextInt(16) + slack;
                code.write(0x43 | reg << 3);
                code.write(16 * random.nextInt(8));
            } else {
                int rm = row.rm() >= 0 ? row.rm() : random.nextInt(8);
                code.write(0xc0 | reg << 3 | rm);
            }
        }
        for (Operand operand : row.operands()) {
            if (operand.kind() == Operand.Kind.IMMEDIATE) {
                code.write(random.nextInt(2) == 0 ? random.nextInt(256) : random.nextInt(32));
            }
        }
        if (row.mnemonic().equals("FLD")) {
            // makers disagree: AMD pushes in spite of an unmasked DE
            FxImage.fill(state.fx, random, true);
        }
        if (row.mnemonic().equals("LDMXCSR") && random.nextInt(4) > 0) {
            Arrays.fill(state.data, (byte) random.nextInt(256));
            for (int i = 2; i < HostState.DATA_BYTES; i += 4) {
                state.data[i] = 0;
                state.data[i + 1] = 0;
            }
        }
        return code.toByteArray();
    }

    private static boolean isGeneralReg(Operand operand) {
        return operand.kind() == Operand.Kind.REG;
    }

    private static String compare(FlatMachine machine, Row row) {
        Cpu cpu = machine.cpu;
        HostState before = row.before();
        HostState host = row.after();
        System.arraycopy(before.gpr, 0, cpu.regs, 0, 16);
        Flags.set(cpu, before.rflags);
        FxImage.load(before.fx, cpu.fpu);
        machine.ram.write(HostState.DATA, before.data, 0, HostState.DATA_BYTES);
        byte[] padded = Arrays.copyOf(row.code(), row.code().length + 16);
        Arrays.fill(padded, row.code().length, padded.length, (byte) 0xcc);
        machine.run(HostState.CODE, padded, 10);
        StringBuilder difference = new StringBuilder();
        if (machine.event != host.vector) {
            difference.append(" vector %d, host %d;".formatted(machine.event, host.vector));
        } else {
            for (int i = 0; i < 16; i++) {
                if (cpu.regs[i] != host.gpr[i]) {
                    difference.append(" r%d %x, host %x;".formatted(i, cpu.regs[i], host.gpr[i]));
                }
            }
            if (((Flags.get(cpu) ^ host.rflags) & Flags.ARITHMETIC) != 0) {
                difference.append(" flags %x, host %x;".formatted(Flags.get(cpu), host.rflags));
            }
            if (host.vector == 3 && row.opcode().mnemonic().matches("FU?COMIP?")) {
                host.fx[3] &= ~2; // makers disagree: Intel clears C1, AMD keeps it
            }
            difference.append(FxImage.difference(cpu.fpu, host.fx));
            byte[] data = new byte[HostState.DATA_BYTES];
            machine.ram.read(HostState.DATA, data, 0, data.length);
            int at = Arrays.mismatch(data, host.data);
            if (at >= 0) {
                String ours = HexFormat.of().formatHex(data, at, Math.min(at + 16, data.length));
                String theirs = HexFormat.of().formatHex(host.data, at, Math.min(at + 16, 512));
                difference.append(" data[%d] %s, host %s;".formatted(at, ours, theirs));
            }
        }
        if (difference.isEmpty()) {
            return null;
        }
        return HexFormat.of().formatHex(row.code()) + ":" + difference + " before" + show(before);
    }

    private static String show(HostState s) {
        ByteBuffer b = ByteBuffer.wrap(s.fx).order(ByteOrder.LITTLE_ENDIAN);
        StringBuilder text = new StringBuilder();
        text.append(" cw %x sw %x".formatted(b.getShort(0), b.getShort(2)));
        text.append(" tags %x mxcsr %x".formatted(b.get(4), b.getInt(24)));
        for (int i = 0; i < 2; i++) {
            text.append(
                    " st%d %04x:%016x"
                            .formatted(i, b.getShort(40 + 16 * i), b.getLong(32 + 16 * i)));
        }
        return text.toString();
    }
}
