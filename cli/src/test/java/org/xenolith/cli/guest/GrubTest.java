package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.RunOutcome;

/** GRUB as a PV guest: another kernel than Linux, with a console and interrupts of its own. */
final class GrubTest {
    @Test
    void grubTakesCommandsAndHalts() throws Exception {
        GuestSession session =
                new GuestSession().type("grub> ", "echo one two\rhalt\r").start(RealGuests.grub());
        assertTrue(session.text().contains("one two"), session.text());
        assertEquals(RunOutcome.poweredOff(), session.outcome());
    }
}
