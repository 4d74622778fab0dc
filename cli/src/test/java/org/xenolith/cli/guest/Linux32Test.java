package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cli.run.RunOutcome;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Debian's 32-bit kernel with PAE in translated domains: every hypercall by the 32-bit layouts,
 * events by both encodings.
 */
final class Linux32Test {
    private static final String DATE = "date +%F";
    private static final String LOG = "dmesg";
    private static final String INTERRUPTS =
            "sed -n 's/.* xen-/xen-/p' /proc/interrupts | tr -s ' '";

    /** Words of the kernel that mean trouble; one of its lines tells where to report a bug. */
    private static final Pattern TROUBLE =
            Pattern.compile(
                    "warning|\\boops|(?<!report a )\\bbug\\b|call trace|\\bstall|unchecked msr"
                            + "|corrupt|panic|segfault",
                    Pattern.CASE_INSENSITIVE);

    private static GuestSession boot(String type, String device, String commandLine)
            throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell(device)
                        .run("uname -m", "cat /sys/hypervisor/type", DATE, INTERRUPTS, LOG)
                        .runLast("poweroff")
                        .start(RealGuests.linux32(type, commandLine));
        assertEquals(RunOutcome.poweredOff(), session.outcome());
        assertEquals("i686\n", session.outputOf("uname -m"));
        assertEquals("xen\n", session.outputOf("cat /sys/hypervisor/type"));
        assertEquals("2025-01-01\n", session.outputOf(DATE));
        String interrupts = session.outputOf(INTERRUPTS);
        assertTrue(interrupts.contains("xen-percpu -virq timer0\n"), interrupts);
        assertTrue(interrupts.contains("xen-dyn -event xenbus\n"), interrupts);
        String log = session.outputOf(LOG);
        assertEquals(List.of(), log.lines().filter(line -> TROUBLE.matcher(line).find()).toList());
        assertTrue(log.contains("Run /init as init process"), log);
        return session;
    }

    @Test
    void inAPvhDomainWithEventQueues() throws Exception {
        String log = boot("pvh", "/dev/hvc0", "console=hvc0 loglevel=7").outputOf(LOG);
        assertTrue(log.contains("Booting kernel on Xen PVH"), log);
        assertTrue(log.contains("Using FIFO-based ABI"), log);
    }

    @Test
    void inAPvhDomainWithEventBitmaps() throws Exception {
        String commandLine = "console=hvc0 loglevel=7 xen.fifo_events=0";
        String log = boot("pvh", "/dev/hvc0", commandLine).outputOf(LOG);
        assertTrue(log.contains("Using 2-level ABI"), log);
    }

    @Test
    void inAnHvmDomain() throws Exception {
        String log = boot("hvm", "/dev/ttyS0", "console=ttyS0 loglevel=7").outputOf(LOG);
        assertTrue(log.contains("Hypervisor detected: Xen HVM"), log);
    }
}
