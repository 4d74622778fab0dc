package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenolith.cpu.engine.Engine;
import org.xenolith.cpu.engine.EngineStatistics;
import org.xenolith.testroms.TestRoms;

import java.util.List;

/** The same start and the same input give the same run, to the byte and the instruction. */
final class RepeatabilityTest {
    static List<String> names() {
        return TestRoms.names();
    }

    private static RomRun.Result run(String name, Engine engine) throws Exception {
        return RomRun.of(name).input("some line\r", "quit\r").limit(20_000_000).by(engine).run();
    }

    @ParameterizedTest
    @MethodSource("names")
    void twoRunsAreTheSame(String name) throws Exception {
        assertSame(run(name, Engine.JIT), run(name, Engine.JIT));
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyEngineGivesTheSameRun(String name) throws Exception {
        RomRun.Result interpreted = run(name, Engine.INTERPRETER);
        assertSame(interpreted, run(name, Engine.JIT));
        RomRun.Result verified = run(name, Engine.VERIFY);
        assertSame(interpreted, verified);
        EngineStatistics statistics = verified.guest().machine().codeCache.statistics();
        assertEquals(statistics.entries(), statistics.verified() + statistics.unverified());
    }

    private static void assertSame(RomRun.Result first, RomRun.Result second) {
        assertTrue(first.consoleBytes().length > 0);
        assertArrayEquals(first.consoleBytes(), second.consoleBytes());
        assertEquals(first.instructions(), second.instructions());
        assertEquals(first.guest().machine().now(), second.guest().machine().now());
        assertEquals(first.outcome(), second.outcome());
        assertEquals(first.domain().shutdown, second.domain().shutdown);
        assertEquals(first.domain().crash, second.domain().crash);
    }
}
