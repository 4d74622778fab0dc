package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.RunOutcome;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** GRUB as a guest: another kernel than Linux, with a console and interrupts of its own. */
final class GrubTest {
    @Test
    void grubTakesCommandsAndHalts() throws Exception {
        GuestSession session =
                new GuestSession().type("grub> ", "echo one two\rhalt\r").start(RealGuests.grub());
        assertTrue(session.text().contains("one two"), session.text());
        assertEquals(RunOutcome.poweredOff(), session.outcome());
    }

    /** 32-bit code without paging, which reads its memory map and console by hypercalls. */
    @Test
    void theStateOfAnIdleGuestHasItsVmcsAndDisturbsNothing() throws Exception {
        GuestSession quiet =
                new GuestSession().type("grub> ", "halt\r").start(RealGuests.grubPvh());
        GuestSession watched =
                new GuestSession()
                        .dumpAt(1_000_000)
                        .dump("grub> ")
                        .type("", "halt\r")
                        .start(RealGuests.grubPvh());
        assertEquals(quiet.text(), watched.text());
        assertEquals(quiet.instructions(), watched.instructions());
        assertEquals(2, watched.dumped().size());
        String early = watched.dumped().getFirst();
        assertTrue(early.startsWith("guest at 0.001000000 s:\nd1v0:\n"), early);
        Pattern registers =
                Pattern.compile("32-bit protected mode, cpl 0, rip [0-9a-f]+:0*(\\w+),");
        for (String dump : watched.dumped()) {
            Matcher rip = registers.matcher(dump);
            assertTrue(rip.find(), dump);
            assertTrue(dump.matches("(?s).*\n  guest_rip +" + rip.group(1) + "\n.*"), dump);
            assertTrue(dump.contains("\n  ept_pointer "), dump);
        }
    }

    @Test
    void grubInAPvhDomainTakesCommandsAndHalts() throws Exception {
        GuestSession session =
                new GuestSession()
                        .type("grub> ", "echo one two\rls\rhalt\r")
                        .start(RealGuests.grubPvh());
        assertTrue(session.text().contains("one two"), session.text());
        assertTrue(session.text().contains("(memdisk) (proc)"), session.text());
        assertEquals(RunOutcome.poweredOff(), session.outcome());
    }
}
