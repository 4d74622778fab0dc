package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenolith.cpu.state.Cpu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What is counted, recorded and written about the translator's work. */
class EngineStatisticsTest {
    private static final long CODE = 0x10000;

    /** dec rcx; jnz -5; int3. */
    private static final String LOOP = "48ffc975fbcc";

    private static FlatMachine machine(EngineConfig config, int mostRegions) {
        return new FlatMachine(4 << 20, Thresholds.optimized(2), mostRegions, config);
    }

    private static void run(FlatMachine machine, long address, String code, int rcx) {
        machine.cpu.regs[Cpu.RCX] = rcx;
        machine.run(address, HexFormat.of().parseHex(code), 1_000_000);
    }

    @Test
    void instructionsAreCountedByWhoExecutesThem() {
        FlatMachine machine = machine(EngineConfig.DEFAULT, 10);
        run(machine, CODE, LOOP, 100);
        EngineStatistics statistics = machine.cache.statistics();
        assertEquals(201, statistics.instructions());
        assertEquals(2 * (100 - 2), statistics.translatedInstructions());
        assertEquals(1, statistics.regions());
        assertEquals(1, statistics.entries());
        assertEquals(0, statistics.misses());
        assertEquals(Map.of(), statistics.rejected());
        assertEquals(2, statistics.blocks());
        assertEquals(3, statistics.operations());
        assertTrue(statistics.bytecodes() > 100);
        assertTrue(statistics.text().contains("196 of 201 instructions (97.5%)"));
    }

    @Test
    void aLoadThatMissesIsAnExitToTheInterpreter() {
        FlatMachine machine = machine(EngineConfig.DEFAULT, 10);
        // mov rax, [rcx + 0x20000]; dec rcx; jnz -12; int3
        String code = "488b810000020048ffc975f4cc";
        run(machine, CODE, code, 4096);
        EngineStatistics statistics = machine.cache.statistics();
        assertEquals(3 * 4096 + 1, statistics.instructions());
        // of seven loads that cross a page, the first comes before the translation
        assertEquals(6, statistics.misses());
        assertEquals(0, statistics.faults());
    }

    @Test
    void faultsAndInvalidationsAreCounted() {
        FlatMachine machine = machine(EngineConfig.DEFAULT, 10);
        run(machine, CODE, "f7f1cc", 1);
        for (int i = 0; i < 3; i++) {
            machine.cpu.rip = CODE;
            machine.cpu.regs[Cpu.RCX] = i % 2;
            machine.interpreter.run(10);
        }
        EngineStatistics before = machine.cache.statistics();
        assertEquals(1, before.faults());
        run(machine, CODE, "90cc", 0);
        assertEquals(before.invalidations() + 1, machine.cache.statistics().invalidations());
        assertEquals(0, before.flushes());
    }

    @Test
    void theInterpreterAloneTranslatesNothing() {
        FlatMachine machine = new FlatMachine(4 << 20, new EngineConfig(Engine.INTERPRETER));
        run(machine, CODE, LOOP, 400_000);
        EngineStatistics statistics = machine.cache.statistics();
        assertEquals(800_001, statistics.instructions());
        assertEquals(0, statistics.translatedInstructions());
        assertEquals(0, statistics.regions());
        assertEquals(Map.of(), statistics.rejected());
    }

    @Test
    void whatCannotBeTriedIsCounted() {
        FlatMachine machine = machine(new EngineConfig(Engine.VERIFY), 10);
        run(machine, CODE, LOOP, 100);
        assertEquals(1, machine.cache.statistics().verified());
        // a system call ends the trial in front of it
        run(machine, CODE, "0f05", 0);
        for (int i = 0; i < 3; i++) {
            machine.cpu.rip = CODE;
            machine.interpreter.run(10);
        }
        assertTrue(machine.cache.statistics().unverified() > 0);
    }

    @Test
    void flightRecorderSeesTranslationsAndFlushes(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("org.xenolith.Translation");
            recording.enable("org.xenolith.CodeFlush");
            recording.start();
            FlatMachine machine = machine(EngineConfig.DEFAULT, 1);
            run(machine, CODE, LOOP, 100);
            run(machine, CODE + 0x1000, LOOP, 100);
            recording.stop();
            recording.dump(file);
            assertEquals(1, machine.cache.statistics().flushes());
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        List<RecordedEvent> translations =
                events.stream()
                        .filter(e -> e.getEventType().getName().equals("org.xenolith.Translation"))
                        .toList();
        // the second brings the flush, and is itself dropped by it
        assertEquals(3, translations.size());
        assertEquals(CODE, translations.getFirst().getLong("address"));
        assertEquals(2, translations.getFirst().getInt("instructions"));
        assertEquals("translated", translations.getFirst().getString("result"));
        assertTrue(
                events.stream()
                        .anyMatch(
                                e -> e.getEventType().getName().equals("org.xenolith.CodeFlush")));
    }

    @Test
    void translationsAreWrittenForPeople(@TempDir Path folder) throws Exception {
        Path dump = folder.resolve("new");
        EngineConfig config = new EngineConfig(Engine.JIT, Optional.of(dump));
        run(machine(config, 10), CODE, LOOP, 100);
        try (Stream<Path> files = Files.list(dump)) {
            assertEquals(
                    List.of("region-00000-10000.class", "region-00000-10000.txt"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
        String text = Files.readString(dump.resolve("region-00000-10000.txt"));
        assertTrue(text.contains("block 0 at 10000, machine address 10000"), text);
        assertTrue(text.contains("dec rcx"), text);
        assertTrue(text.contains("lload rcx"), text);
    }
}
