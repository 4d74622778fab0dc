package org.xenolith.devices.timer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.devices.VirtualTime;
import org.xenolith.devices.Wire;

import java.time.Instant;

/** The MC146818A against its data sheet. */
class RtcTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;

    private final VirtualTime time = new VirtualTime();
    private final Wire irq = new Wire();
    private final Rtc rtc =
            new Rtc(time::now, time.timers, irq, Instant.parse("2025-01-01T00:00:00Z"));

    private int get(int register) {
        rtc.write(0, 1, register);
        return (int) rtc.read(1, 1);
    }

    private void put(int register, int value) {
        rtc.write(0, 1, register);
        rtc.write(1, 1, value);
    }

    private int[] date() {
        return new int[] {get(0x32), get(9), get(8), get(7), get(4), get(2), get(0)};
    }

    @Test
    void startsOnTheConfiguredDateInDecimal() {
        assertArrayEquals(new int[] {0x20, 0x25, 1, 1, 0, 0, 0}, date());
        assertEquals(4, get(6), "a Wednesday");
        time.advance(SECOND * (86_400 * 58 + 3600 * 23 + 60 * 59 + 59));
        assertArrayEquals(new int[] {0x20, 0x25, 2, 0x28, 0x23, 0x59, 0x59}, date());
        time.advance(SECOND);
        assertArrayEquals(new int[] {0x20, 0x25, 3, 1, 0, 0, 0}, date());
    }

    @Test
    void showsTwelveHoursAndBinary() {
        put(11, 0x04);
        assertEquals(12, get(4), "midnight is 12 am");
        time.advance(SECOND * 3600 * 12);
        assertEquals(0x8c, get(4), "noon is 12 pm");
        time.advance(SECOND * 3600 * 11);
        assertEquals(0x8b, get(4));
        put(11, 0x06);
        assertEquals(23, get(4));
    }

    @Test
    void theClockStandsWhileItIsSet() {
        put(11, 0x82);
        put(0, 0x30);
        put(2, 0x15);
        put(4, 0x08);
        put(7, 0x29);
        put(8, 0x02);
        put(9, 0x24);
        time.advance(10 * SECOND);
        assertEquals(0x30, get(0));
        put(11, 0x02);
        time.advance(SECOND * 86_400);
        assertArrayEquals(new int[] {0x20, 0x24, 3, 1, 8, 0x15, 0x30}, date());
    }

    @Test
    void afterADividerResetTheFirstSecondEndsInHalfOne() {
        time.advance(SECOND / 4);
        put(11, 0x82);
        put(10, 0x76);
        put(0, 0x10);
        time.advance(5 * SECOND);
        put(10, 0x26);
        put(11, 0x02);
        assertEquals(0x10, get(0));
        time.advance(SECOND / 2 - 1);
        assertEquals(0x10, get(0));
        time.advance(1);
        assertEquals(0x11, get(0));
    }

    @Test
    void updateInProgressWarnsBeforeTheSecond() {
        assertEquals(0x26, get(10));
        time.advance(SECOND - 300_000);
        assertEquals(0xa6, get(10));
        time.advance(300_000);
        assertEquals(0x26, get(10));
    }

    @Test
    void periodicInterruptsComeAtTheirRateWhenEachIsAcknowledged() {
        put(10, 0x26); // 1024 Hz
        put(11, PERIODIC | 2);
        int count = 0;
        long end = 10 * SECOND;
        while (time.timers.nextDeadline() <= end) {
            time.advanceTo(time.timers.nextDeadline());
            assertTrue(irq.high);
            assertEquals(0xc0, get(12) & 0xc0);
            assertFalse(irq.high);
            count++;
        }
        assertEquals(10_240, count);
    }

    @Test
    void interruptsThatNobodyAcknowledgesDoNotPileUp() {
        put(10, 0x23);
        put(11, PERIODIC | UPDATE | ALARM | 2);
        assertTrue(time.advance(100 * SECOND) <= 3);
        assertTrue(irq.high);
    }

    @Test
    void theAlarmComesAtItsTimeAndDoNotCareMatchesAll() {
        put(1, 0x05);
        put(3, 0xff);
        put(5, 0xc0);
        put(11, ALARM | 2);
        time.advanceTo(5 * SECOND - 1);
        assertFalse(irq.high);
        time.advance(1);
        assertTrue(irq.high);
        assertEquals(0x80 | ALARM, get(12) & (0x80 | ALARM));
        time.advanceTo(65 * SECOND - 1);
        assertFalse(irq.high);
        time.advance(1);
        assertTrue(irq.high);
    }

    @Test
    void anAlarmThatNeverMatchesWaitsForEver() {
        put(5, 0x99);
        put(11, ALARM | 2);
        assertEquals(0, time.advance(86_400 * 3 * SECOND));
        assertFalse(irq.high);
    }

    @Test
    void flagsAreSetWithoutTheirInterrupts() {
        get(12);
        time.advance(SECOND);
        assertEquals(UPDATE | PERIODIC, get(12) & (UPDATE | PERIODIC | 0x80));
        assertEquals(0, get(12));
        assertEquals(0, irq.rises);
    }

    @Test
    void datesThatDoNotExistAreNotTaken() {
        put(11, 0x82);
        put(8, 0x99);
        put(0x32, 0xff);
        put(11, 0x02);
        assertArrayEquals(new int[] {0x20, 0x25, 1, 1, 0, 0, 0}, date());
    }

    @Test
    void memoryKeepsWhatIsWrittenAndTheIndexMasksNmi() {
        put(0x40, 0xa5);
        assertEquals(0xa5, get(0x40));
        assertTrue(rtc.nmiEnabled());
        put(0x80 | 0x41, 0x5a);
        assertFalse(rtc.nmiEnabled());
        assertEquals(0x5a, get(0x41));
        assertEquals(0x80, get(13));
    }

    @Test
    void aRestoredClockGoesOn() {
        put(11, PERIODIC | UPDATE | 2);
        time.advance(SECOND / 3);
        get(12);
        Wire otherIrq = new Wire();
        Rtc other = new Rtc(time::now, time.timers, otherIrq, Instant.EPOCH);
        other.restore(rtc.save());
        time.advance(SECOND * 3601);
        assertTrue(irq.high && otherIrq.high);
        other.write(0, 1, 4);
        assertEquals(0x01, other.read(1, 1));
        assertEquals(0x01, get(4));
    }
}
