package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.util.HexFormat;
import java.util.function.Consumer;

/** Wrong translations are found, and right ones leave the interpreter's state. */
class VerifierTest {
    private static final long CODE = 0x10000;
    private static final long DATA = 0x20000;

    /** dec rcx; mov [rbx + 8 * rcx], rcx; jnz -9; int3. */
    private static final byte[] LOOP = HexFormat.of().parseHex("48ffc948890ccb75f7cc");

    private final FlatMachine machine =
            new FlatMachine(
                    4 << 20,
                    Thresholds.optimized(2),
                    Integer.MAX_VALUE,
                    new EngineConfig(Engine.VERIFY));
    private final Cpu cpu = machine.cpu;

    @BeforeEach
    void translate() {
        machine.ram.write(CODE, LOOP, 0, LOOP.length);
        for (int i = 0; i < 3; i++) {
            loop(1000);
        }
    }

    private void loop(int count) {
        cpu.regs[Cpu.RBX] = DATA;
        cpu.regs[Cpu.RCX] = count;
        cpu.rip = CODE;
        cpu.instructions = 0;
        machine.event = -1;
        machine.interpreter.run(1_000_000);
    }

    private Region region() {
        cpu.rip = CODE;
        Region region = machine.cache.lookup(cpu).region;
        assertNotNull(region.code);
        return region;
    }

    /** Lets the translation do something else in addition. */
    private void sabotage(RegionCode addition) {
        Region region = region();
        RegionCode code = region.code;
        region.code =
                new RegionCode() {
                    @Override
                    RuntimeException run(Cpu c, int entry, long start) {
                        RuntimeException stopped = code.run(c, entry, start);
                        addition.run(c, entry, start);
                        return stopped;
                    }
                };
    }

    private String report() {
        return assertThrows(VerificationException.class, () -> loop(100)).getMessage();
    }

    private static RegionCode code(Consumer<Cpu> action) {
        return new RegionCode() {
            @Override
            RuntimeException run(Cpu c, int entry, long start) {
                action.accept(c);
                return null;
            }
        };
    }

    @Test
    void rightTranslationsChangeNothing() {
        region();
        for (int i = 0; i < 2000; i += 8) {
            machine.ram.put64(DATA + i, -1);
        }
        loop(2000);
        assertEquals(CpuFault.BP, machine.event);
        assertEquals(3 * 2000 + 1, cpu.instructions);
        for (int i = 0; i < 2000; i++) {
            assertEquals(i, machine.ram.get64(DATA + 8L * i));
        }
    }

    @Test
    void aWrongRegisterIsFound() {
        sabotage(code(c -> c.regs[Cpu.RDX] ^= 0x55));
        String report = report();
        assertTrue(report.contains("rdx"), report);
        assertTrue(report.contains("dec rcx"), report);
    }

    @Test
    void theReportIsOfTheFirstBlockThatIsWrong() {
        // goes wrong from the fourth round on
        sabotage(code(c -> c.regs[Cpu.RDX] = c.instructions >= 12 ? 0x55 : 0));
        cpu.regs[Cpu.RDX] = 0;
        String report = report();
        assertTrue(report.contains("differ after 12 instructions of region 10000"), report);
        assertTrue(report.contains("rdx"), report);
    }

    @Test
    void aWrongFlagIsFound() {
        sabotage(code(c -> c.eflags ^= 1 << 10));
        assertTrue(report().contains("rflags"));
    }

    @Test
    void aStoreOfAnotherValueIsFound() {
        sabotage(code(c -> c.store8(DATA + 80, (byte) 0x77)));
        assertTrue(report().contains("byte at machine address 20050"));
    }

    @Test
    void aStoreThatIsMissingIsFound() {
        machine.ram.put64(DATA + 24, 99);
        Region region = region();
        region.code =
                code(
                        c -> {
                            // what the interpreter does, but for the memory
                            machine.interpreter.interpret(c.instructions + 3);
                            c.store64(DATA + 8 * c.regs[Cpu.RCX], 99);
                        });
        String report = assertThrows(VerificationException.class, () -> loop(4)).getMessage();
        assertTrue(report.contains("byte at machine address 20018: interpreted 03"), report);
    }

    @Test
    void anExceptionThatTheInterpreterDoesNotRaiseIsFound() {
        Region region = region();
        region.code =
                code(
                        c -> {
                            c.tracePosition = 1;
                            c.blockRip = CODE;
                            c.instructions += 3;
                            throw c.fault(CpuFault.GP, 0);
                        });
        String report = report();
        assertTrue(report.contains("differ after 1 instructions"), report);
        assertTrue(report.contains("rcx"), report);
    }
}
