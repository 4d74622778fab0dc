package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.testroms.TestRoms;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The program as its own process: what a script that calls it can rely on. */
final class ProgramTest {
    @TempDir private Path folder;

    private Program.Ended run(String input, String... arguments) throws Exception {
        return Program.run(folder, input, arguments);
    }

    private String rom(String name) throws Exception {
        return Files.write(folder.resolve(name), TestRoms.image(name)).toString();
    }

    @Test
    void theDemoSucceedsAndSaysNothingElse() throws Exception {
        Program.Ended demo = run("", "demo");
        assertEquals("", demo.err());
        assertTrue(
                demo.out().endsWith("All 15 steps ok. Asking Xen to power off.\r\n"), demo.out());
        assertEquals(0, demo.status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "jit", "verify"})
    void everyEngineRunsTheDemo(String engine) throws Exception {
        Program.Ended demo = run("", "demo", "--engine", engine, "-v");
        assertTrue(demo.out().endsWith("Asking Xen to power off.\r\n"), demo.out());
        assertTrue(demo.err().contains("POWEROFF after 263240 instructions"), demo.err());
        assertTrue(demo.err().contains("of 263,240 instructions"), demo.err());
        assertEquals(0, demo.status());
    }

    @ParameterizedTest
    @CsvSource({
        "poweroff, 0, asking for power off, on_poweroff=destroy",
        "reboot, 0, asking for reboot, on_reboot=destroy",
        "spin, 4, running forever, on_crash=destroy",
    })
    void theStatusTellsHowTheGuestEnded(String name, int status, String console, String key)
            throws Exception {
        String timeout = status == 4 ? "3" : "300"; // only one is to reach it, on any machine
        Program.Ended ended =
                run("", "run", "--kernel", rom(name), "--timeout", timeout, "memory=32", key);
        assertEquals(name + ": " + console + "\r\n", ended.out());
        assertEquals(status == 4 ? "xenolith: timeout\n" : "", ended.err());
        assertEquals(status, ended.status());
    }

    @Test
    void aCrashLeavesItsRecordOnStandardError() throws Exception {
        Program.Ended ended = run("", "run", "--kernel", rom("tripbad"));
        assertEquals("tripbad: an exception with a bad stack\r\n", ended.out());
        List<String> lines = ended.err().lines().toList();
        assertEquals(
                "xenolith: tripbad crashed on vCPU 0: trap handler: kernel stack 0x1000 cannot"
                        + " take a frame",
                lines.getFirst());
        assertTrue(ended.err().contains("\n  rax "), ended.err());
        assertTrue(ended.err().contains("\nstack at rsp:\n"), ended.err());
        assertTrue(ended.err().contains("\nlast hypercalls, oldest first:\n"), ended.err());
        assertEquals(3, ended.status());
    }

    @Test
    void theStateIsShownAtAChosenTime() throws Exception {
        Program.Ended ended =
                run("", "run", "--kernel", rom("poweroff"), "--dump-at", "0.0000001", "vcpus=2");
        assertEquals("poweroff: asking for power off\r\n", ended.out());
        List<String> lines = ended.err().lines().toList();
        assertEquals("xenolith: poweroff at 0.000000100 s:", lines.getFirst());
        assertEquals("d1v0:", lines.get(1));
        assertTrue(lines.get(2).startsWith("vcpu 0, kernel mode, rip "), lines.get(2));
        assertFalse(ended.err().contains("d1v1"), "the second processor is off");
        assertEquals(0, ended.status());
    }

    @Test
    void aSignalShowsTheState() throws Exception {
        String command =
                "\"$0\" \"$@\" & until grep -q forever stdout; do :; done;"
                        + " until grep -q vcpu stderr; do kill -USR1 $!; done; kill -TERM $!; wait $!";
        Program.Ended ended =
                Program.runBy(
                        List.of("sh", "-c", command),
                        folder,
                        "",
                        "run",
                        "--kernel",
                        rom("spin"),
                        "--timeout",
                        "300");
        assertEquals(143, ended.status());
        assertTrue(ended.err().startsWith("xenolith: spin at "), ended.err());
        assertTrue(ended.err().contains(" s:\nd1v0:\nvcpu 0, kernel mode, rip "), ended.err());
    }

    @Test
    void pipedInputReachesTheGuest() throws Exception {
        Program.Ended ended = run("hello\nquit\n", "run", "--kernel", rom("echo"));
        assertTrue(ended.out().contains("> you said: hello\r\n> you said: quit\r\n"), ended.out());
        assertEquals(0, ended.status());
    }

    @Test
    void anUnusableImageIsOneLine() throws Exception {
        Program.Ended ended = run("", "run", "--kernel", folder.toString());
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertEquals(2, ended.status());
    }
}
