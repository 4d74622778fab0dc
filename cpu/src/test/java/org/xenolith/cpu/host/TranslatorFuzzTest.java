package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineStatistics;
import org.xenolith.cpu.engine.Engines;
import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.engine.VerificationException;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Random programs on six machines: one interprets, the others translate with either tier or both,
 * two of them verifying each execution of a region. All come to the same state, and their code
 * caches stay sound. Programs are made of random encodings of all instructions, with loops, or of
 * the test ROMs with changes; they may change themselves, and the page tables too.
 *
 * <p>Properties: {@code xenolith.fuzz.programs}, {@code xenolith.fuzz.seed}. A failure names the
 * seed of its program, which {@code xenolith.fuzz.seed} repeats as the first one.
 */
class TranslatorFuzzTest {
    private static final int RAM = 2 << 20;
    private static final int CODE = 0x10000;
    private static final int CODE_BYTES = 0x4000;
    private static final int DATA = 0x20000;
    private static final int DATA_BYTES = 0x4000;

    // access rights as in the upper half of a descriptor, at privilege level 3
    private static final int CODE_64 = 0xa0fb;
    private static final int CODE_32 = 0xc0fb;
    private static final int FLAT_DATA = 0xc0f3;

    private static final int RUNS = 8;
    private static final int RESUMES = 30;
    private static final int MOST_INSTRUCTIONS = 3000;

    private static final Path ROMS =
            Path.of("../testroms/src/main/resources/org/xenolith/testroms");

    private static final String[] ROM_NAMES = {"demo", "hostile", "legacy", "smc", "smp"};

    private final int programs = Integer.getInteger("xenolith.fuzz.programs", 20);
    private final FlatMachine plain = Engines.plainMachine(RAM);
    private final List<FlatMachine> translating =
            List.of(
                    Engines.optimizing(RAM, Engine.JIT, 2),
                    Engines.optimizing(RAM, Engine.VERIFY, 2),
                    Engines.baseline(RAM, Engine.JIT, 2),
                    Engines.tiered(RAM, Engine.JIT, 2, 100),
                    Engines.tiered(RAM, Engine.VERIFY, 2, 100));
    private final List<FlatMachine> machines =
            Stream.concat(Stream.of(plain), translating.stream()).toList();
    private final byte[] pristine = new byte[RAM];
    private final List<Form> forms = new ArrayList<>();

    /** Where fragments of the program begin. */
    private final List<Integer> starts = new ArrayList<>();

    /** Size of the code. */
    private int bits;

    TranslatorFuzzTest() {
        plain.ram.read(0, pristine, 0, RAM);
    }

    private void choose(int size) {
        bits = size;
        OpcodeTable.get().rows().forEach(row -> forms.addAll(Form.of(row, bits)));
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 32})
    void randomInstructions(int size) {
        choose(size);
        fuzz(this::instructions);
        assertUseful();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 32})
    void changedRoms(int size) throws IOException {
        choose(size);
        List<byte[]> roms = new ArrayList<>();
        for (String name : ROM_NAMES) {
            roms.add(Files.readAllBytes(ROMS.resolve(name + ".elf")));
        }
        fuzz(random -> changed(roms.get(random.nextInt(roms.size())), random));
        assertUseful();
    }

    /** Programs that only fault would test nothing. */
    private void assertUseful() {
        for (FlatMachine machine : translating) {
            EngineStatistics statistics = machine.cache.statistics();
            assertTrue(statistics.regions() > programs, statistics.text());
            assertTrue(statistics.entries() > 10L * programs, statistics.text());
        }
        assertEquals(0, plain.cache.statistics().regions());
    }

    private interface Source {
        byte[] program(CaseRandom random);
    }

    private void fuzz(Source source) {
        long seed = Long.getLong("xenolith.fuzz.seed", 20261127);
        for (int i = 0; i < programs; i++) {
            try {
                run(source, new CaseRandom(seed + i));
            } catch (VerificationException | IllegalStateException e) {
                throw new AssertionError("seed " + (seed + i), e);
            }
        }
    }

    private void run(Source source, CaseRandom random) {
        byte[] program = source.program(random);
        for (FlatMachine machine : machines) {
            machine.cache.beforeExternalWrite(0, RAM);
            machine.ram.write(0, pristine, 0, RAM);
            machine.ram.write(CODE, program, 0, program.length);
            machine.cpu.flushTlb();
        }
        for (int i = 0; i < RUNS; i++) {
            long seed = random.nextLong();
            machines.forEach(machine -> prepare(machine.cpu, new CaseRandom(seed)));
            byte[] data = new byte[DATA_BYTES];
            new CaseRandom(seed).nextBytes(data);
            for (FlatMachine machine : machines) {
                machine.cache.beforeExternalWrite(DATA, data.length);
                machine.ram.write(DATA, data, 0, data.length);
            }
            int at = i < 4 ? 0 : random.nextInt(starts.size());
            for (int k = 0; k < RESUMES && at < starts.size(); k++) {
                int budget = random.nextInt(1, MOST_INSTRUCTIONS);
                long address = CODE + starts.get(at);
                machines.forEach(machine -> go(machine, address, budget));
                translating.forEach(this::compare);
                at = random.nextInt(3) == 0 ? random.nextInt(starts.size()) : at + 1;
            }
        }
        machines.forEach(Engines::check);
    }

    private static void go(FlatMachine machine, long address, int budget) {
        machine.event = -1;
        machine.errorCode = 0;
        machine.cpu.rip = address;
        machine.interpreter.run(budget);
    }

    private void compare(FlatMachine machine) {
        assertEquals(plain.event, machine.event);
        assertEquals(plain.errorCode, machine.errorCode);
        String difference = Engines.difference(plain.cpu, machine.cpu);
        long at = plain.ram.memory().segment().mismatch(machine.ram.memory().segment());
        if (!difference.isEmpty() || at >= 0) {
            throw new IllegalStateException("%sRAM differs at %x".formatted(difference, at));
        }
    }

    /** Registers that mostly point into the data. */
    private void prepare(Cpu cpu, CaseRandom random) {
        for (int i = 0; i < 16; i++) {
            cpu.regs[i] =
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(300);
                        case 1 -> random.nextLong() >> random.nextInt(64);
                        default -> DATA + 8L * random.nextInt(DATA_BYTES / 8);
                    };
        }
        cpu.regs[Cpu.RSP] = DATA + DATA_BYTES / 2;
        cpu.regs[Cpu.RCX] = random.nextInt(60);
        for (int i = 0; i < cpu.fpu.vec.length; i++) {
            cpu.fpu.vec[i] =
                    random.nextInt(2) == 0
                            ? random.nextLong()
                            : Double.doubleToRawLongBits(random.nextInt(1000) / 8.0);
        }
        Flags.set(cpu, random.nextInt() & Flags.ARITHMETIC | 2);
        cpu.fpu.mxcsr = 0x1f80;
        cpu.fpu.control = 0x37f;
        cpu.fpu.status = 0;
        cpu.fpu.tag = 0xffff;
        cpu.cr4 |= Cpu.CR4_OSXSAVE;
        cpu.xcr0 = 7;
        cpu.shadowUntil = 0;
        cpu.debugShadowUntil = 0;
        cpu.instructions = 0;
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            int code = bits == 64 ? CODE_64 : CODE_32;
            long base = segment >= Cpu.FS ? DATA + 0x100 * segment : 0;
            int access = segment == Cpu.CS ? code : FLAT_DATA;
            cpu.setSegment(segment, 8 * segment | 3, base, 0xffffffffL, access);
        }
        for (int i = 0; bits < 64 && i < 16; i++) {
            cpu.regs[i] = i < 8 ? cpu.regs[i] & 0xffffffffL : 0;
        }
    }

    /** Random encodings, with branches among them. */
    private byte[] instructions(CaseRandom random) {
        CaseGenerator generator = new CaseGenerator(random);
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        starts.clear();
        int count = random.nextInt(3, 40);
        boolean few = random.nextBoolean();
        List<Form> chosen = new ArrayList<>();
        for (int i = 0; few && i < 6; i++) {
            chosen.add(forms.get(random.nextInt(forms.size())));
        }
        List<Form> from = few ? chosen : forms;
        for (int i = 0; i < count; i++) {
            starts.add(code.size());
            for (int k = random.nextInt(1, 6); k > 0; k--) {
                code.writeBytes(generator.encode(from.get(random.nextInt(from.size()))));
            }
            branch(code, random);
        }
        code.write(0xcc);
        return code.toByteArray();
    }

    /** A conditional branch or a counting loop to the start of a fragment, often this one. */
    private void branch(ByteArrayOutputStream code, CaseRandom random) {
        int target =
                random.nextInt(3) > 0
                        ? starts.getLast()
                        : starts.get(random.nextInt(starts.size()));
        switch (random.nextInt(4)) {
            case 0 -> {
                code.write(0x0f);
                code.write(0x80 | random.nextInt(16));
                relative(code, target);
            }
            case 1 -> {
                code.writeBytes(new byte[] {(byte) 0xff, (byte) 0xc9, 0x0f, (byte) 0x85});
                relative(code, target);
            }
            case 2 -> {
                code.write(0xe8);
                relative(code, target);
            }
            default -> {
                // goes on
            }
        }
    }

    private static void relative(ByteArrayOutputStream code, int target) {
        int distance = target - (code.size() + 4);
        for (int shift = 0; shift < 32; shift += 8) {
            code.write(distance >> shift);
        }
    }

    /** A piece of a ROM in which some bytes are others. */
    private byte[] changed(byte[] rom, CaseRandom random) {
        int length = Math.min(random.nextInt(64, CODE_BYTES), rom.length);
        int from = random.nextInt(rom.length - length + 1);
        byte[] piece = new byte[length];
        System.arraycopy(rom, from, piece, 0, length);
        for (int i = random.nextInt(1 + length / 64); i > 0; i--) {
            piece[random.nextInt(length)] = (byte) random.nextInt();
        }
        starts.clear();
        for (int i = 0; i < 40; i++) {
            starts.add(random.nextInt(length));
        }
        return piece;
    }
}
