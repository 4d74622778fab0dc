package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.sched.RunOutcome;

/** What each ROM writes and how it ends; the texts are what they write on a real Xen 4.17. */
final class RomsTest {
    private static void assertEnds(RomRun run, ShutdownReason reason, String console)
            throws Exception {
        RomRun.Result result = run.run();
        assertEquals(console, result.console());
        assertEquals(RunOutcome.ALL_DOWN, result.outcome());
        assertEquals(reason, result.domain().shutdown);
        assertEquals(reason == ShutdownReason.CRASH, result.domain().crash != null);
    }

    @Test
    void poweroff() throws Exception {
        assertEnds(
                RomRun.of("poweroff"),
                ShutdownReason.POWEROFF,
                """
                poweroff: asking for power off
                """);
    }

    @Test
    void reboot() throws Exception {
        assertEnds(
                RomRun.of("reboot"),
                ShutdownReason.REBOOT,
                """
                reboot: asking for reboot
                """);
    }

    @Test
    void aKernelWithAHypercallPage() throws Exception {
        assertEnds(
                RomRun.of("hcpage"),
                ShutdownReason.POWEROFF,
                """
                hcpage: Xen 4.17
                hcpage: breakpoint and return through the iret stub
                """);
    }

    @Test
    void aKernelWithoutNotes() throws Exception {
        assertEnds(
                RomRun.of("legacy"),
                ShutdownReason.POWEROFF,
                """
                legacy: started from a __xen_guest section
                """);
    }

    @Test
    void selfModifyingCode() throws Exception {
        assertEnds(
                RomRun.of("smc"),
                ShutdownReason.POWEROFF,
                """
                smc: the next instruction: ok
                smc: a loop that patches its body: ok
                smc: a hot function patched later: ok
                smc: another instruction length: ok
                smc: functions copied over each other: ok
                smc: an instruction across two pages: ok
                smc: an alias of the same frame: ok
                smc: another frame at the same address: ok
                smc: a string instruction writing ahead of itself: ok
                smc: all shapes ok
                """);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 32})
    void twoProcessors(int vcpus) throws Exception {
        assertEnds(
                RomRun.of("smp").vcpus(vcpus),
                ShutdownReason.POWEROFF,
                """
                smp: vCPU 1 is initialised
                smp: both vCPUs counted to 40000
                smp: vCPU 1 answered 50 events
                smp: vCPU 1 is down again
                """);
    }

    @Test
    void aSecondProcessorMustExist() throws Exception {
        assertEnds(
                RomRun.of("smp").vcpus(1),
                ShutdownReason.CRASH,
                """
                smp: FAILED (-ENOENT)
                """);
    }

    @Test
    void linesTypedAreEchoed() throws Exception {
        assertEnds(
                RomRun.of("echo").input("hello\r", "quit\r"),
                ShutdownReason.POWEROFF,
                """
                echo: type lines, quit to end
                > you said: hello
                > you said: quit
                echo: bye
                """);
    }

    @Test
    void inputMayComeInAnyPieces() throws Exception {
        String expected = RomRun.of("echo").input("one\r", "quit\r").run().console();
        assertEquals(expected, RomRun.of("echo").input("one\rquit\r").run().console());
        assertEquals(
                expected,
                RomRun.of("echo").input("o", "n", "e", "\r", "qu", "it\r").run().console());
    }

    /** The queue of the console holds 1024 bytes, the ROM's line 255. */
    @Test
    void inputBeyondTheQueueIsNotLost() throws Exception {
        String line = "x".repeat(5000);
        RomRun.Result result = RomRun.of("echo").input(line + "\rquit\r").run();
        assertEquals(ShutdownReason.POWEROFF, result.domain().shutdown);
        String kept = line.substring(0, 255);
        assertTrue(result.console().contains("> you said: " + kept + "\n"), result::console);
        assertTrue(result.console().endsWith("echo: bye\n"), result::console);
    }

    @Test
    void aGuestThatWaitsForInputThatNeverComesIsStopped() throws Exception {
        RomRun.Result result = RomRun.of("echo").run();
        assertEquals(RunOutcome.STOPPED, result.outcome());
        assertEquals("echo: type lines, quit to end\n> ", result.console());
        assertNull(result.domain().shutdown);
    }

    @Test
    void aLimitEndsAGuestThatRunsForEver() throws Exception {
        RomRun.Result result = RomRun.of("spin").limit(5_000_000).run();
        assertEquals(RunOutcome.LIMIT, result.outcome());
        assertEquals("spin: running forever\n", result.console());
        assertNull(result.domain().shutdown);
        assertEquals(5_000_000, result.instructions().getFirst());
    }

    @Test
    void aHostileGuestIsAnsweredAndSurvived() throws Exception {
        RomRun.Result result = RomRun.of("hostile").run();
        assertEquals(
                """
                hostile: start
                hostile: bad pointers refused
                hostile: survived all hypercalls with bad pointers
                hostile: survived all hypercalls with garbage structures
                hostile: survived a multicall of itself
                hostile: survived garbage in event channels
                hostile: survived garbage in the xenstore ring
                0 answers were wrong
                """,
                result.console());
        assertEquals(RunOutcome.ALL_DOWN, result.outcome());
        assertEquals(ShutdownReason.POWEROFF, result.domain().shutdown);
        // It broke its console's offsets at the end: nothing is taken or given any more.
        assertEquals(0, result.guest().inputSpace());
    }
}
