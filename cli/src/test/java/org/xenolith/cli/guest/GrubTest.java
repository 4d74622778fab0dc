package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.RunOutcome;

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
