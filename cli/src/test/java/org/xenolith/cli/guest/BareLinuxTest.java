package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cli.bare.BareOutcome;

import java.util.Optional;

/** Debian's kernel, unmodified, on the bare PC: loaded directly, from its first instruction on. */
final class BareLinuxTest {
    private static final String CLOCK =
            "cat /sys/devices/system/clocksource/clocksource0/current_clocksource";
    private static final String SERIAL = "grep -c 'IO-APIC.*ttyS0' /proc/interrupts";

    private static GuestSession boot(long vcpus) throws Exception {
        GuestSession session =
                new GuestSession()
                        .shell("/dev/ttyS0")
                        .run("nproc", CLOCK, SERIAL)
                        .runLast("poweroff -f");
        BareOutcome outcome = session.start(RealGuests.bareLinux(RealGuests.CLOUD, vcpus));
        assertEquals(new BareOutcome(0, Optional.empty()), outcome);
        return session;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void debianBootsToAShellAndPowersOff(long vcpus) throws Exception {
        GuestSession session = boot(vcpus);
        assertEquals(vcpus + "\n", session.outputOf("nproc"));
        assertEquals("tsc\n", session.outputOf(CLOCK));
        assertEquals("1\n", session.outputOf(SERIAL));
        assertTrue(session.text().contains("reboot: Power down"), session::text);
        assertFalse(session.text().contains("Call Trace"), session::text);
    }

    /** Ten seconds in S3: the clock goes on, processors and devices start again. */
    @Test
    void debianSleepsUntilTheClockWakesIt() throws Exception {
        String date = "cat /sys/class/rtc/rtc0/since_epoch";
        GuestSession session =
                new GuestSession()
                        .shell("/dev/ttyS0")
                        .run(
                                "echo +10 > /sys/class/rtc/rtc0/wakealarm",
                                "cat /sys/class/rtc/rtc0/wakealarm",
                                "echo mem > /sys/power/state",
                                date,
                                "nproc")
                        .runLast("poweroff -f");
        BareOutcome outcome = session.start(RealGuests.bareLinux(RealGuests.CLOUD, 2));
        assertEquals(new BareOutcome(0, Optional.empty()), outcome);
        assertTrue(session.text().contains("PM: suspend entry (deep)"), session::text);
        assertTrue(session.text().contains("Waking up from system sleep state S3"), session::text);
        String alarm = session.outputOf("cat /sys/class/rtc/rtc0/wakealarm");
        assertEquals(alarm, session.outputOf(date));
        assertEquals("2\n", session.outputOf("nproc"));
        assertFalse(session.text().contains("Call Trace"), session::text);
    }

    @Test
    void twoRunsAreTheSame() throws Exception {
        GuestSession first = boot(2);
        GuestSession second = boot(2);
        assertArrayEquals(first.console(), second.console());
        assertEquals(first.instructions(), second.instructions());
    }
}
