package org.xenolith.cpu.isa;

import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Runs rows of the opcode table on random states, here and on the host's processor. */
final class RowComparison {
    /** Differences reported for a row. */
    private static final int MOST_SHOWN = 3;

    private final SplittableRandom random =
            new SplittableRandom(Long.getLong("xenolith.fuzz.seed", 42));
    private final RowEncoder encoder;
    private final FlatMachine machine = new FlatMachine(8 << 20);
    private final HostCpu host;
    private final boolean hasAvx;
    private final boolean code32;

    /**
     * @param code32 whether to compare as 32-bit code, else as 64-bit code
     */
    RowComparison(HostCpu host, boolean code32) throws IOException {
        this.host = host;
        this.code32 = code32;
        encoder = new RowEncoder(random, code32);
        if (code32) {
            machine.cpu.setSegment(Cpu.CS, 0x23, 0, 0xffffffffL, 0xc0fb);
        }
        hasAvx = HostCpu.has("avx");
        machine.cpu.cr4 |= Cpu.CR4_OSXSAVE;
        machine.cpu.xcr0 = ExtendedState.SUPPORTED;
    }

    /** Compares all chosen rows that the host has; returns the differences, one a line. */
    String differences(Predicate<Opcode> chosen, int defaultRounds) throws IOException {
        int rounds = Integer.getInteger("xenolith.fuzz.rounds", defaultRounds);
        String only = System.getProperty("xenolith.fuzz.only", ".*");
        List<String> different = new ArrayList<>();
        for (Opcode row : OpcodeTable.get().rows()) {
            if (chosen.test(row)
                    && encoder.encodes(row)
                    && row.mnemonic().matches(only)
                    && HostCpu.has(row.feature())) {
                int shown = 0;
                for (int i = 0; i < rounds && shown < MOST_SHOWN; i += 60) {
                    shown += compare(row, Math.min(60, rounds - i), different);
                }
            }
        }
        return String.join("\n", different);
    }

    private int compare(Opcode row, int rounds, List<String> different) throws IOException {
        List<byte[]> codes = new ArrayList<>();
        List<HostState> before = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            HostState state = encoder.state(i % 2 == 0);
            codes.add(encoder.encode(row, state));
            before.add(state);
        }
        List<HostState> after = host.run(codes, before);
        int found = 0;
        for (int i = 0; i < rounds && found < MOST_SHOWN; i++) {
            String difference = compare(row, codes.get(i), before.get(i), after.get(i));
            if (!difference.isEmpty()) {
                found++;
                different.add(
                        row.mnemonic()
                                + " "
                                + HexFormat.of().formatHex(codes.get(i))
                                + ":"
                                + difference
                                + " before"
                                + show(before.get(i)));
            }
        }
        return found;
    }

    private String compare(Opcode row, byte[] code, HostState before, HostState theirs) {
        Cpu cpu = machine.cpu;
        System.arraycopy(before.gpr, 0, cpu.regs, 0, 16);
        Flags.set(cpu, before.rflags);
        FxImage.load(before.fx, cpu.fpu);
        FxImage.loadUpper(before.ymm, cpu.fpu);
        machine.ram.write(HostState.DATA, before.data, 0, HostState.DATA_BYTES);
        byte[] padded = Arrays.copyOf(code, code.length + 16);
        Arrays.fill(padded, code.length, padded.length, (byte) 0xcc);
        machine.run(HostState.CODE, padded, 10);
        if (machine.event != theirs.vector) {
            return " vector %d, host %d;".formatted(machine.event, theirs.vector);
        }
        StringBuilder difference = new StringBuilder();
        // compatibility mode leaves the upper halves undefined
        long bits = code32 ? 0xffffffffL : -1;
        for (int i = 0; i < (code32 ? 8 : 16); i++) {
            if (((cpu.regs[i] ^ theirs.gpr[i]) & bits) != 0) {
                difference.append(" r%d %x, host %x;".formatted(i, cpu.regs[i], theirs.gpr[i]));
            }
        }
        long defined = Flags.ARITHMETIC & ~undefinedFlags(row.mnemonic());
        if (((Flags.get(cpu) ^ theirs.rflags) & defined) != 0) {
            difference.append(" flags %x, host %x;".formatted(Flags.get(cpu), theirs.rflags));
        }
        if (theirs.vector == 3 && row.mnemonic().matches("FU?COMIP?")) {
            theirs.fx[3] &= ~2; // makers disagree: Intel clears C1, AMD keeps it
        }
        difference.append(FxImage.difference(cpu.fpu, theirs.fx));
        if (hasAvx) {
            difference.append(FxImage.upperDifference(cpu.fpu, theirs.ymm));
        }
        byte[] data = new byte[HostState.DATA_BYTES];
        machine.ram.read(HostState.DATA, data, 0, data.length);
        int at = Arrays.mismatch(data, theirs.data);
        if (at >= 0) {
            int to = Math.min(at + 16, data.length);
            String ours = HexFormat.of().formatHex(data, at, to);
            String host = HexFormat.of().formatHex(theirs.data, at, to);
            difference.append(" data[%d] %s, host %s;".formatted(at, ours, host));
        }
        return difference.toString();
    }

    /** Flags that the SDM leaves open. */
    private static int undefinedFlags(String mnemonic) {
        return switch (mnemonic) {
            case "ANDN", "BLSR", "BLSMSK", "BLSI", "BZHI" -> Flags.AF | Flags.PF;
            case "BEXTR" -> Flags.AF | Flags.PF | Flags.SF;
            case "TZCNT", "LZCNT" -> Flags.OF | Flags.SF | Flags.PF | Flags.AF;
            default -> 0;
        };
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
