package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.xen.domain.CrashRecord;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.sched.RunOutcome;

import java.util.List;

/** What is left of a guest that crashed. */
final class CrashRecordTest {
    private static final String REGISTERS = "(   ?r\\w\\w? ? [0-9a-f]{16}){1,3}";
    private static final String CODE = "code at rip:( [0-9a-f]{2}){16}";
    private static final String SOME_CALLS = ">> hypercalls >>";

    @Test
    void anExceptionWithoutAStack() throws Exception {
        RomRun.Result result = RomRun.of("tripbad").run();
        assertEquals("tripbad: an exception with a bad stack\n", result.console());
        assertEquals(ShutdownReason.CRASH, result.domain().shutdown);
        CrashRecord crash = result.domain().crash;
        assertEquals(0, crash.vcpu());
        assertEquals("trap handler: kernel stack 0x1000 cannot take a frame", crash.reason());
        assertLinesMatch(
                List.of(
                        "vcpu 0, kernel mode, rip e033:ffffffff8[0-9a-f]{7}, rflags [0-9a-f]{8},"
                                + " events masked",
                        REGISTERS,
                        REGISTERS,
                        "  rbp 0{16}   rsp 0{12}1000   r8  [0-9a-f]{16}",
                        REGISTERS,
                        REGISTERS,
                        REGISTERS,
                        "  cr0 80050033   cr2 .* cr3 [0-9a-f]+000 .kernel. 0 .user.   cr4 .*",
                        "  ss e02b   ds 0000   es 0000   fs 0000 base 0   gs 0000 base 0, other 0",
                        "stack at rsp:",
                        "  0000000000001000: not mapped",
                        "code at rip: 0f 0b( [0-9a-f]{2}){14}",
                        "rip: ud2",
                        "last hypercalls, oldest first:",
                        // set_trap_table, event_channel_op send for the console
                        "  hypercall 0 .* = 0",
                        "  hypercall 32 .0x4, .* = 0"),
                crash.details().lines().toList());
    }

    @Test
    void aGuestThatReportsItsCrash() throws Exception {
        RomRun.Result result = RomRun.of("crash").run();
        assertEquals("crash: telling Xen that this guest crashed\n", result.console());
        CrashRecord crash = result.domain().crash;
        assertEquals("the guest reported its own crash", crash.reason());
        List<String> details = crash.details().lines().toList();
        assertLinesMatch(
                List.of(
                        ">> registers >>",
                        "stack at rsp:",
                        "  ffffffff8[0-9a-f]{7}:( [0-9a-f]{16}){4}",
                        ">> 7 more >>",
                        CODE,
                        "rip: .+",
                        "last hypercalls, oldest first:",
                        SOME_CALLS,
                        // sched_op shutdown never returns
                        "  hypercall 29 .0x2, .* in progress"),
                details);
    }

    @Test
    void theReportNamesTheGuestFirst() throws Exception {
        RomRun.Result result = RomRun.of("crash").run();
        String report = result.guest().crashReport();
        assertTrue(
                report.startsWith("crash crashed on vCPU 0: the guest reported its own crash"),
                report);
        assertTrue(report.endsWith(result.domain().crash.details()), report);
    }

    @Test
    void otherProcessorsAreShownToo() throws Exception {
        // In the middle of its work, when both are online.
        RomRun.Result result = RomRun.of("smp").limit(70_000).run();
        assertEquals(RunOutcome.LIMIT, result.outcome());
        result.domain().crash(result.domain().vcpus[0], "ended by a test");
        String details = result.domain().crash.details();
        assertTrue(details.startsWith("vcpu 0, "), details);
        assertTrue(details.contains("\nd1v1"), details);
        assertTrue(details.contains("\nvcpu 1, "), details);
    }
}
