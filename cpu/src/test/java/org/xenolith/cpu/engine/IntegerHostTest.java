package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.host.HostCpu;
import org.xenolith.cpu.host.HostState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Integer instructions with random operands, against the host's processor. */
class IntegerHostTest {
    private static final int ALL = Flags.ARITHMETIC;
    private static final long[] EDGES = {
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

    /**
     * An encoding without prefixes and modrm, and which flags the architecture defines after it.
     */
    private record Form(String opcode, int reg, int immediate, int undefined) {}

    private static List<Form> forms() {
        List<Form> forms = new ArrayList<>();
        for (int op = 0; op < 0x40; op += 8) {
            for (int k = 0; k < 4; k++) {
                forms.add(
                        new Form(
                                "%02x".formatted(op + k),
                                -1,
                                0,
                                op >= 8 && op != 0x10 && op != 0x18 && op != 0x28 && op != 0x38
                                        ? Flags.AF
                                        : 0));
            }
        }
        for (int r = 0; r < 8; r++) {
            int af = r == 1 || r == 4 || r == 6 ? Flags.AF : 0;
            forms.add(new Form("80", r, 1, af));
            forms.add(new Form("81", r, 4, af));
            forms.add(new Form("83", r, 1, af));
            int shift = r < 4 ? Flags.OF : Flags.OF | Flags.AF | Flags.CF;
            forms.add(new Form("c0", r, 1, shift));
            forms.add(new Form("c1", r, 1, shift));
            forms.add(new Form("d0", r, 0, r < 4 ? 0 : Flags.AF));
            forms.add(new Form("d1", r, 0, r < 4 ? 0 : Flags.AF));
            forms.add(new Form("d2", r, 0, shift));
            forms.add(new Form("d3", r, 0, shift));
            int unary =
                    switch (r) {
                        case 0, 1 -> Flags.AF;
                        case 4, 5 -> ALL & ~(Flags.CF | Flags.OF);
                        case 6, 7 -> ALL;
                        default -> 0;
                    };
            forms.add(new Form("f6", r, r < 2 ? 1 : 0, unary));
            forms.add(new Form("f7", r, r < 2 ? 4 : 0, unary));
        }
        for (String s :
                "84 85 86 87 88 89 8a 8b 63 0fb6 0fb7 0fbe 0fbf 0fc0 0fc1 0fb0 0fb1".split(" ")) {
            forms.add(new Form(s, -1, 0, s.startsWith("84") || s.startsWith("85") ? Flags.AF : 0));
        }
        forms.add(new Form("8d", -1, 0, 0));
        forms.add(new Form("0faf", -1, 0, ALL & ~(Flags.CF | Flags.OF)));
        forms.add(new Form("69", -1, 4, ALL & ~(Flags.CF | Flags.OF)));
        forms.add(new Form("6b", -1, 1, ALL & ~(Flags.CF | Flags.OF)));
        forms.add(new Form("f30fb8", -1, 0, 0));
        int bits = ALL & ~(Flags.CF | Flags.ZF);
        for (String s : "0fa3 0fab 0fb3 0fbb".split(" ")) {
            forms.add(new Form(s, -1, 0, bits));
        }
        for (int r = 4; r < 8; r++) {
            forms.add(new Form("0fba", r, 1, bits));
        }
        forms.add(new Form("0fbc", -1, 0, ALL & ~Flags.ZF));
        forms.add(new Form("0fbd", -1, 0, ALL & ~Flags.ZF));
        int doubleShift = Flags.OF | Flags.AF;
        for (String s : "0fa5 0fad".split(" ")) {
            forms.add(new Form(s, -1, 0, doubleShift));
        }
        for (String s : "0fa4 0fac".split(" ")) {
            forms.add(new Form(s, -1, 1, doubleShift));
        }
        for (int cc = 0; cc < 16; cc++) {
            forms.add(new Form("0f4%x".formatted(cc), -1, 0, 0));
            forms.add(new Form("0f9%x".formatted(cc), 0, 0, 0));
        }
        forms.add(new Form("fe", 0, 0, 0));
        forms.add(new Form("fe", 1, 0, 0));
        forms.add(new Form("ff", 0, 0, 0));
        forms.add(new Form("ff", 1, 0, 0));
        forms.add(new Form("0fc7", 1, 0, 0));
        forms.add(new Form("f20f38f0", -1, 0, 0));
        forms.add(new Form("f20f38f1", -1, 0, 0));
        forms.add(new Form("0f38f0", -1, 0, 0));
        forms.add(new Form("0f38f1", -1, 0, 0));
        for (String s :
                ("98 99 9c 9e 9f f5 f8 f9 fc fd a4 a5 a6 a7 aa ab ac ad ae af f3a4 f3a5 f3aa f3ab"
                                + " f3a6 f2a6 f3a7 f3ae f2ae f2af f3ad c9 50 58 5b 93 90 0fc8 0fcb")
                        .split(" ")) {
            forms.add(new Form(s, -2, 0, 0));
        }
        return forms;
    }

    /** What 16- and 32-bit code has beyond {@link #forms}, less what means something else there. */
    private static List<Form> forms32() {
        List<Form> forms = new ArrayList<>(forms());
        forms.removeIf(form -> form.opcode().equals("63"));
        forms.removeIf(form -> form.opcode().equals("0fc7"));
        for (int r = 0; r < 8; r++) {
            forms.add(new Form("82", r, 1, r == 1 || r == 4 || r == 6 ? Flags.AF : 0));
            forms.add(new Form("4%x".formatted(r), -2, 0, 0));
            forms.add(new Form("4%x".formatted(8 + r), -2, 0, 0));
        }
        forms.add(new Form("27", -2, 0, Flags.OF));
        forms.add(new Form("2f", -2, 0, Flags.OF));
        int unpacked = Flags.OF | Flags.SF | Flags.ZF | Flags.PF;
        forms.add(new Form("37", -2, 0, unpacked));
        forms.add(new Form("3f", -2, 0, unpacked));
        int divided = Flags.OF | Flags.AF | Flags.CF;
        for (String s : "d40a d400 d40b d407 d50a d5ff d580 d501".split(" ")) {
            forms.add(new Form(s, -2, 0, s.equals("d400") ? ALL : divided));
        }
        for (String s : "d6 60 61 678d02 678d41f0 678d8234f2 678d0634a2 678d7bff".split(" ")) {
            forms.add(new Form(s, -2, 0, 0));
        }
        return forms;
    }

    @Test
    void agreesWithTheHostProcessor() throws Exception {
        compareAll(forms(), false);
    }

    @Test
    void agreesWithTheHostProcessorIn32BitCode() throws Exception {
        compareAll(forms32(), true);
    }

    private static void compareAll(List<Form> forms, boolean code32) throws Exception {
        Optional<HostCpu> started = HostCpu.start();
        Assumptions.assumeTrue(started.isPresent(), "no x86-64 host with a C compiler");
        SplittableRandom random = new SplittableRandom(20261123);
        List<byte[]> codes = new ArrayList<>();
        List<HostState> before = new ArrayList<>();
        List<Form> origin = new ArrayList<>();
        int rounds = Integer.getInteger("xenolith.fuzz.rounds", 60);
        for (Form form : forms) {
            for (int round = 0; round < rounds; round++) {
                HostState state = new HostState();
                state.code32 = code32;
                codes.add(encode(form, random, state));
                before.add(state);
                origin.add(form);
            }
        }
        List<HostState> host;
        try (HostCpu cpu = started.get()) {
            host = cpu.run(codes, before);
        }
        FlatMachine machine = new FlatMachine(8 << 20);
        if (code32) {
            machine.cpu.setSegment(Cpu.CS, 0x23, 0, 0xffffffffL, 0xc0fb);
        }
        List<String> different = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            String difference =
                    compare(machine, codes.get(i), before.get(i), host.get(i), origin.get(i));
            if (difference != null) {
                different.add(difference);
            }
        }
        assertEquals("", String.join("\n", different.subList(0, Math.min(40, different.size()))));
    }

    private static byte[] encode(Form form, SplittableRandom random, HostState state) {
        StringBuilder code = new StringBuilder();
        String opcode = form.opcode();
        int rex = state.code32 || random.nextInt(4) == 0 ? 0 : 0x40 | random.nextInt(16);
        if (random.nextInt(4) == 0) {
            code.append("66");
        }
        if (opcode.startsWith("f3") || opcode.startsWith("f2")) {
            code.append(opcode, 0, 2);
            opcode = opcode.substring(2);
        }
        if (rex != 0) {
            code.append("%02x".formatted(rex));
        }
        code.append(opcode);
        for (int i = 0; i < 16; i++) {
            state.gpr[i] = value(random);
        }
        state.rflags = random.nextInt() & ALL | 0x202;
        state.fx[0] = 0x7f;
        state.fx[1] = 3;
        state.fx[24] = (byte) 0x80;
        state.fx[25] = 0x1f;
        for (int i = 0; i < HostState.DATA_BYTES; i++) {
            state.data[i] = (byte) (random.nextInt(3) == 0 ? 0 : random.nextInt());
        }
        if (form.reg() == -2) {
            state.gpr[Cpu.RCX] = random.nextInt(20);
            state.gpr[Cpu.RSI] = HostState.DATA + 200 + random.nextInt(16);
            state.gpr[Cpu.RDI] = HostState.DATA + 216 + random.nextInt(16);
            state.gpr[Cpu.RSP] = HostState.DATA + 256;
            state.gpr[Cpu.RBP] = HostState.DATA + 128;
            state.rflags |= random.nextInt(3) == 0 ? Flags.DF : 0;
            return HexFormat.of().parseHex(code);
        }
        int reg = form.reg() >= 0 ? form.reg() : random.nextInt(8);
        boolean memoryOnly =
                opcode.equals("8d")
                        || opcode.startsWith("0f38")
                                && code.indexOf("f2") != 0
                                && !code.toString().contains("f20f")
                                && !code.toString().startsWith("66f2")
                                && !form.opcode().startsWith("f2")
                        || opcode.equals("0fc7");
        boolean memory = memoryOnly || random.nextBoolean();
        int rm = random.nextInt(8);
        if (memory) {
            rm = 3;
            int base = (rex & 1) == 0 ? Cpu.RBX : Cpu.R11;
            boolean bitString = form.reg() == -1 && opcode.matches("0f(a3|ab|b3|bb)");
            state.gpr[base] =
                    HostState.DATA
                            + (random.nextInt(12) & ~(opcode.equals("0fc7") ? 15 : 0))
                            + 112
                            - 112 % 16;
            if (opcode.equals("0fc7")) {
                state.gpr[base] = HostState.DATA + 128;
                if (random.nextBoolean()) {
                    java.nio.ByteBuffer b =
                            java.nio.ByteBuffer.wrap(state.data)
                                    .order(java.nio.ByteOrder.LITTLE_ENDIAN);
                    b.putLong(128, state.gpr[0]).putLong(136, state.gpr[2]);
                    if ((rex & 8) == 0) {
                        b.putInt(132, (int) state.gpr[2]);
                    }
                }
            }
            if (bitString && (reg | (rex & 4) << 1) == base) {
                reg ^= 1;
            }
            if (bitString) {
                for (int i = 0; i < 16; i++) {
                    if (i != base) {
                        state.gpr[i] = random.nextInt(1600) - 800;
                    }
                }
                state.gpr[base] = HostState.DATA + 256;
            }
            code.append("%02x".formatted(0x40 | reg << 3 | rm));
            code.append("%02x".formatted(random.nextInt(16)));
        } else {
            code.append("%02x".formatted(0xc0 | reg << 3 | rm));
        }
        boolean doubleShift = opcode.matches("0fa[45cd]");
        if (doubleShift) { // counts above the operand size are undefined
            state.gpr[Cpu.RCX] = random.nextInt(16);
        }
        int bytes = form.immediate();
        if (bytes == 4 && code.toString().startsWith("66") && (rex & 8) == 0) {
            bytes = 2;
        }
        for (int i = 0; i < bytes; i++) {
            code.append(
                    "%02x"
                            .formatted(
                                    random.nextInt(3) == 0
                                            ? 0
                                            : random.nextInt(doubleShift ? 16 : 256)));
        }
        return HexFormat.of().parseHex(code);
    }

    private static long value(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> EDGES[random.nextInt(EDGES.length)];
            case 1 -> random.nextLong() >>> random.nextInt(64);
            case 2 -> random.nextInt(70);
            default -> random.nextLong();
        };
    }

    private static String compare(
            FlatMachine machine, byte[] code, HostState before, HostState host, Form form) {
        Cpu cpu = machine.cpu;
        System.arraycopy(before.gpr, 0, cpu.regs, 0, 16);
        Flags.set(cpu, before.rflags);
        machine.ram.write(HostState.DATA, before.data, 0, HostState.DATA_BYTES);
        byte[] padded = java.util.Arrays.copyOf(code, code.length + 16);
        java.util.Arrays.fill(padded, code.length, padded.length, (byte) 0xcc);
        machine.run(HostState.CODE, padded, 1000);
        StringBuilder difference = new StringBuilder();
        if (machine.event != host.vector) {
            difference.append(" vector %d, host %d".formatted(machine.event, host.vector));
        } else if (cpu.rip - HostState.CODE != host.rip) {
            difference.append(" rip %x, host %x".formatted(cpu.rip - HostState.CODE, host.rip));
        } else {
            // compatibility mode leaves the upper halves undefined
            long bits = before.code32 ? 0xffffffffL : -1;
            for (int i = 0; i < (before.code32 ? 8 : 16); i++) {
                if (((cpu.regs[i] ^ host.gpr[i]) & bits) != 0) {
                    difference.append(" r%d %x, host %x".formatted(i, cpu.regs[i], host.gpr[i]));
                }
            }
            long mask = (ALL | Flags.DF) & ~form.undefined();
            if (host.vector == 3 && ((Flags.get(cpu) ^ host.rflags) & mask) != 0) {
                difference.append(
                        " flags %x, host %x (mask %x)"
                                .formatted(Flags.get(cpu) & mask, host.rflags & mask, mask));
            }
            byte[] data = new byte[HostState.DATA_BYTES];
            machine.ram.read(HostState.DATA, data, 0, data.length);
            int at = java.util.Arrays.mismatch(data, host.data);
            if (at >= 0) {
                difference.append(" data[%d] %x, host %x".formatted(at, data[at], host.data[at]));
            }
        }
        return difference.isEmpty()
                ? null
                : HexFormat.of().formatHex(code)
                        + ":"
                        + difference
                        + " (rax %x rcx %x rdx %x rbx %x)"
                                .formatted(
                                        before.gpr[0], before.gpr[1], before.gpr[2], before.gpr[3]);
    }
}
