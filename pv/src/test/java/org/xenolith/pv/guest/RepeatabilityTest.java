package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenolith.testroms.TestRoms;

import java.util.List;

/** The same start and the same input give the same run, to the byte and the instruction. */
final class RepeatabilityTest {
    static List<String> names() {
        return TestRoms.names();
    }

    private static RomRun.Result run(String name) throws Exception {
        return RomRun.of(name).input("some line\r", "quit\r").limit(20_000_000).run();
    }

    @ParameterizedTest
    @MethodSource("names")
    void twoRunsAreTheSame(String name) throws Exception {
        RomRun.Result first = run(name);
        RomRun.Result second = run(name);
        assertTrue(first.consoleBytes().length > 0);
        assertArrayEquals(first.consoleBytes(), second.consoleBytes());
        assertEquals(first.instructions(), second.instructions());
        assertEquals(first.guest().machine().now(), second.guest().machine().now());
        assertEquals(first.outcome(), second.outcome());
        assertEquals(first.domain().shutdown, second.domain().shutdown);
        assertEquals(first.domain().crash, second.domain().crash);
    }
}
