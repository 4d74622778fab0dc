package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.RunOutcome;

/** Xen within Xen: the real xen-shim in a PVH domain, and PV guests in it. */
final class ShimTest {
    @Test
    void aPvLinuxRunsWithin() throws Exception {
        String type = "cat /sys/hypervisor/type; dmesg | grep -o 'Booting kernel on Xen'";
        GuestSession session =
                new GuestSession()
                        .shell()
                        .run(type)
                        .runLast("poweroff")
                        .start(
                                RealGuests.linux(
                                        RealGuests.CLOUD,
                                        "type=pvh",
                                        "pvshim=1",
                                        "pvshim_path=" + RealGuests.shim(),
                                        "memory=512"));
        assertTrue(session.text().contains("(XEN) Command line: pv-shim"), session.text());
        assertEquals("xen\nBooting kernel on Xen\n", session.outputOf(type));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
    }

    @Test
    void a32BitPvGrubRunsWithin() throws Exception {
        GuestSession session =
                new GuestSession()
                        .type("grub> ", "echo one two\rhalt\r")
                        .start(RealGuests.grub32InShim());
        assertTrue(session.text().contains("one two"), session.text());
        assertEquals(RunOutcome.poweredOff(), session.outcome());
    }
}
