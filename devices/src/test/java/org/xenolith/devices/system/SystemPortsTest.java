package org.xenolith.devices.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.VirtualTime;
import org.xenolith.devices.Wire;

/** Reset, power, A20, the 8042 and the debug ports. */
class SystemPortsTest {
    private static final long SECOND = 1_000_000_000L;

    private final VirtualTime time = new VirtualTime();
    private final Wire sci = new Wire();
    private final Events events = new Events();
    private final ResetPorts resets = new ResetPorts(events);
    private final AcpiPower acpi = new AcpiPower(time::now, time.timers, sci, events);
    private final KeyboardController keyboard = new KeyboardController(events);

    private String asked() {
        String all = events.log.toString().trim();
        events.log.setLength(0);
        return all;
    }

    @Test
    void port92DrivesA20AndResetsOnARisingBit() {
        BusDevice port = resets.systemControlA();
        assertEquals(2, port.read(0, 1));
        port.write(0, 1, 0);
        assertEquals("a20-", asked());
        port.write(0, 1, 3);
        assertEquals("a20+ reset", asked());
        port.write(0, 1, 3);
        assertEquals("a20+", asked());
    }

    @Test
    void resetControlNeedsARisingBit() {
        BusDevice port = resets.resetControl();
        port.write(0, 1, 2);
        assertEquals("", asked());
        port.write(0, 1, 6);
        assertEquals("reset", asked());
        port.write(0, 1, 6);
        assertEquals("", asked());
    }

    @Test
    void theWordShutdownPowersOff() {
        BusDevice port = resets.shutdown();
        for (byte b : "ShutSShutdow".getBytes()) {
            port.write(0, 1, b);
        }
        assertEquals("", asked());
        port.write(0, 1, 'n');
        assertEquals("off", asked());
        port.write(0, 1, 'n');
        assertEquals("", asked());
    }

    @Test
    void sleepTypeZeroWithSleepEnablePowersOff() {
        acpi.write(4, 2, 0x2000 | 5 << 10);
        assertEquals("", asked(), "another sleep type");
        acpi.write(4, 2, 0);
        assertEquals("", asked());
        acpi.write(4, 2, 0x2000);
        assertEquals("off", asked());
        assertEquals(1, acpi.read(4, 2), "ACPI mode; SLP_EN reads as zero");
    }

    @Test
    void theAcpiTimerCountsInItsFrequency() {
        assertEquals(0, acpi.read(8, 4));
        time.advance(SECOND);
        assertEquals(3_579_545, acpi.read(8, 4));
        time.advance(9 * SECOND);
        assertEquals(35_795_450 & 0xffffff, acpi.read(8, 4));
        assertEquals((35_795_450 & 0xff00) >> 8, acpi.read(9, 1) & 0xff);
    }

    @Test
    void theAcpiTimersCarryInterruptsWhenEnabled() {
        acpi.write(2, 2, 1);
        long half = (1 << 23) * SECOND / 3_579_545;
        time.advance(half - 1000);
        assertFalse(sci.high);
        time.advance(2000);
        assertTrue(sci.high);
        assertEquals(1, acpi.read(0, 2));
        acpi.write(0, 2, 1);
        assertFalse(sci.high);
        time.advance(half);
        assertTrue(sci.high);
    }

    @Test
    void generalPurposeEventsCanBeEnabledButNoneHappens() {
        acpi.write(0x22, 2, 0x1234);
        assertEquals(0x1234_0000, acpi.read(0x20, 4));
        assertEquals(0xffffffffL, acpi.read(0x10, 4), "reserved");
    }

    @Test
    void aWideTimerHas32Bits() {
        AcpiPower wide = AcpiPower.wide(time::now, time.timers, sci, events);
        wide.write(2, 2, 1);
        time.advance(10 * SECOND);
        assertEquals(35_795_450, wide.fixed().read(8, 4));
        assertFalse(sci.high);
        time.advance((1L << 31) / 3579 * 1_000_000 + SECOND);
        assertTrue(sci.high);
        assertEquals(1, wide.fixed().read(0, 2));
        wide.generalEvents().write(2, 2, 0x55);
        assertEquals(0x55_0000, wide.generalEvents().read(0, 4));
    }

    @Test
    void thePowerButtonInterruptsWhoListens() {
        acpi.pressPowerButton();
        assertFalse(sci.high || acpi.listensToPowerButton());
        acpi.write(2, 2, 0x100);
        assertTrue(sci.high && acpi.listensToPowerButton());
        assertEquals(0x100, acpi.read(0, 2));
        acpi.write(0, 2, 0x100);
        assertFalse(sci.high);
    }

    @Test
    void theClockWakesWhoSleepsAndListens() {
        acpi.write(4, 2, 0x2400);
        assertEquals("suspend", asked());
        assertEquals(0x401, acpi.read(4, 2), "the sleep type stays");
        acpi.clock().set(true);
        assertEquals("", asked(), "nobody listens");
        acpi.clock().set(false);
        acpi.write(2, 2, 0x400);
        assertEquals("resume", asked());
        assertEquals(0x8400, acpi.read(0, 2), "WAK_STS and RTC_STS");
        assertTrue(sci.high);
        acpi.write(0, 2, 0x8400);
        assertFalse(sci.high);
    }

    @Test
    void aReasonThatIsThereBeforeEndsTheSleepAtOnceButNotAtTheWrite() {
        acpi.write(2, 2, 0x100);
        acpi.pressPowerButton();
        acpi.write(4, 2, 0x2400);
        assertEquals("suspend", asked());
        time.advance(1);
        assertEquals("resume", asked());
        assertEquals(0x8100, acpi.read(0, 2));
    }

    @Test
    void aBoardThatCannotSleepStaysAwake() {
        events.sleeps = false;
        acpi.write(2, 2, 0x400);
        acpi.write(4, 2, 0x2400);
        assertFalse(acpi.sleeps());
        acpi.clock().set(true);
        assertEquals(0x400, acpi.read(0, 2));
        assertEquals("suspend", asked());
    }

    @Test
    void theTimerWakesNobody() {
        acpi.write(2, 2, 1);
        acpi.write(4, 2, 0x2400);
        time.advance(100 * SECOND);
        assertEquals("suspend", asked());
        assertTrue(acpi.sleeps());
    }

    private int status() {
        return (int) keyboard.control().read(0, 1);
    }

    private int answer() {
        assertEquals(1, status() & 1);
        return (int) keyboard.data().read(0, 1);
    }

    private void command(int... bytes) {
        keyboard.control().write(0, 1, bytes[0]);
        for (int i = 1; i < bytes.length; i++) {
            keyboard.data().write(0, 1, bytes[i]);
        }
    }

    @Test
    void theControllerTestsItselfAndReportsThatNothingIsThere() {
        command(0xaa);
        assertEquals(0x55, answer());
        assertEquals(0, status() & 1);
        command(0xab);
        assertEquals(2, answer());
        command(0xa9);
        assertEquals(2, answer());
        keyboard.data().write(0, 1, 0xff);
        assertEquals(0x40, status() & 0x60, "time-out");
        assertEquals(0xfe, answer());
        command(0xd4, 0xf4);
        assertEquals(0x60, status() & 0x60, "time-out of the mouse");
        assertEquals(0xfe, answer());
        command(0xd3, 0x77);
        assertEquals(0x20, status() & 0x60);
        assertEquals(0x77, answer());
    }

    @Test
    void theCommandByteAndMemoryAreKept() {
        command(0x60, 0x47);
        command(0x20);
        assertEquals(0x47, answer());
        command(0xa7);
        command(0x20);
        assertEquals(0x67, answer());
        command(0x75, 0x99);
        command(0x35);
        assertEquals(0x99, answer());
    }

    @Test
    void theControllerDrivesA20AndReset() {
        command(0xd1, 0xdd);
        assertEquals("a20-", asked());
        command(0xd0);
        assertEquals(0, answer() & 2);
        command(0xdf);
        assertEquals("a20+", asked());
        command(0xfe);
        assertEquals("reset", asked());
        command(0xff);
        assertEquals("", asked(), "pulses no line");
        command(0xd1, 0x02);
        assertEquals("a20+ reset", asked());
    }

    @Test
    void restoredControllersGoOn() {
        keyboard.control().write(0, 1, 0xd1);
        KeyboardController other = new KeyboardController(events);
        other.restore(keyboard.save());
        other.data().write(0, 1, 0x01);
        assertEquals("a20-", asked());
        for (byte b : "Shut".getBytes()) {
            resets.shutdown().write(0, 1, b);
        }
        ResetPorts otherResets = new ResetPorts(events);
        otherResets.restore(resets.save());
        for (byte b : "down".getBytes()) {
            otherResets.shutdown().write(0, 1, b);
        }
        assertEquals("off", asked());
    }

    @Test
    void debugPortsSpeakAsEmulatorsDo() {
        StringBuilder text = new StringBuilder();
        BusDevice console = DebugPorts.console(b -> text.append((char) b));
        console.write(0, 1, 'o');
        console.write(0, 1, 'k');
        assertEquals("ok", text.toString());
        assertEquals(0xe9, console.read(0, 1));
        BusDevice exit = DebugPorts.exit(events);
        exit.write(0, 4, 38);
        exit.write(0, 1, 0);
        assertEquals("exit77 exit1", asked());
        DebugPorts.PostPort post = DebugPorts.post("test");
        post.write(0, 1, 0x2f);
        assertEquals(0x2f, post.read(0, 1));
        assertEquals(0x2f, post.code());
    }
}
