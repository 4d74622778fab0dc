package org.xenolith.devices.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.VirtualTime;
import org.xenolith.devices.Wire;

/** The 8254 against its data sheet (Intel, order 231164), mode by mode. */
class PitTest {
    private static final long SECOND = 1_000_000_000L;

    private final VirtualTime time = new VirtualTime();
    private final Wire irq = new Wire();
    private final Pit pit = new Pit(time::now, time.timers, irq);
    private final BusDevice portB = pit.systemControl();

    private void load(int counter, int mode, int count) {
        pit.write(3, 1, counter << 6 | 0x30 | mode << 1);
        pit.write(counter, 1, count & 0xff);
        pit.write(counter, 1, count >> 8 & 0xff);
    }

    private void pulses(long n) {
        time.advanceTo(Pit.nanos(Pit.ticks(time.now()) + n));
    }

    private int latched(int counter) {
        pit.write(3, 1, counter << 6);
        return (int) (pit.read(counter, 1) | pit.read(counter, 1) << 8);
    }

    private boolean out2() {
        return (portB.read(0, 1) & 0x20) != 0;
    }

    private void gate2(boolean high) {
        portB.write(0, 1, high ? 1 : 0);
    }

    @Test
    void conversionsNeverDrift() {
        assertEquals(Pit.FREQUENCY * 86_400, Pit.ticks(86_400 * SECOND));
        for (long tick : new long[] {1, 2, 3, 1_193_181, 1_193_182, 1_193_183, 987_654_321_987L}) {
            assertEquals(tick, Pit.ticks(Pit.nanos(tick)));
            assertEquals(tick - 1, Pit.ticks(Pit.nanos(tick) - 1));
        }
    }

    @Test
    void mode0RaisesOutOneMorePulseThanTheCountAfterTheWrite() {
        load(0, 0, 100);
        assertFalse(irq.high);
        pulses(100);
        assertFalse(irq.high);
        pulses(1);
        assertTrue(irq.high);
        assertEquals(0, latched(0));
        pulses(1);
        assertEquals(0xffff, latched(0), "the counter goes on from zero");
        assertEquals(1, irq.rises);
    }

    @Test
    void mode0StopsBetweenTheBytesOfACount() {
        load(0, 0, 100);
        pulses(50);
        pit.write(0, 1, 10);
        pulses(500);
        assertFalse(irq.high);
        pit.write(0, 1, 0);
        pulses(11);
        assertTrue(irq.high);
    }

    @Test
    void mode0CountsOnlyWhileTheGateIsHigh() {
        gate2(true);
        load(2, 0, 10);
        pulses(5);
        gate2(false);
        int stopped = latched(2);
        pulses(1000);
        assertEquals(stopped, latched(2));
        assertFalse(out2());
        gate2(true);
        pulses(6);
        assertTrue(out2());
    }

    @Test
    void mode1IsAOneShotThatTheGateTriggersAgainAndAgain() {
        load(2, 1, 10);
        pulses(100);
        assertTrue(out2(), "not triggered yet");
        gate2(true);
        pulses(1);
        assertFalse(out2());
        pulses(8);
        gate2(false);
        gate2(true); // a new trigger starts the count anew
        pulses(10);
        assertFalse(out2());
        pulses(1);
        assertTrue(out2());
    }

    @Test
    void mode2MakesOnePulseForEachPeriodForEver() {
        load(0, 2, 1193);
        time.advanceTo(100 * SECOND);
        assertEquals(100 * Pit.FREQUENCY / 1193, irq.rises, 1);
    }

    @Test
    void mode2TakesANewCountAtTheEndOfThePeriod() {
        gate2(true);
        load(2, 2, 100);
        pulses(1 + 50);
        pit.write(2, 1, 10);
        pit.write(2, 1, 0);
        assertEquals(50, latched(2), "the old count goes on");
        pulses(49);
        assertFalse(out2());
        pulses(1);
        assertTrue(out2());
        assertEquals(10, latched(2));
        pulses(9);
        assertFalse(out2());
    }

    @Test
    void mode2GateLowForcesOutHighAndARisingEdgeReloads() {
        gate2(true);
        load(2, 2, 10);
        pulses(10);
        assertFalse(out2());
        gate2(false);
        assertTrue(out2());
        pulses(77);
        gate2(true);
        pulses(1);
        assertEquals(10, latched(2));
    }

    @Test
    void mode3IsASquareWaveThatCountsByTwo() {
        gate2(true);
        load(2, 3, 8);
        pulses(1);
        int[] counts = {8, 6, 4, 2, 8, 6, 4, 2, 8};
        for (int i = 0; i < counts.length; i++) {
            assertEquals(counts[i], latched(2), "pulse " + i);
            assertEquals(i % 8 < 4, out2(), "pulse " + i);
            pulses(1);
        }
    }

    @Test
    void mode3WithAnOddCountIsHighOnePulseLonger() {
        gate2(true);
        load(2, 3, 5);
        pulses(1);
        for (int i = 0; i < 20; i++) {
            assertEquals(i % 5 < 3, out2(), "pulse " + i);
            pulses(1);
        }
    }

    @Test
    void modes4And5StrobeForOnePulse() {
        for (int mode : new int[] {4, 5}) {
            gate2(mode == 4);
            load(2, mode, 10);
            gate2(true);
            pulses(10);
            assertTrue(out2());
            pulses(1);
            assertFalse(out2(), "mode " + mode);
            pulses(1);
            assertTrue(out2());
            pulses(0x10000);
            assertTrue(out2());
        }
    }

    @Test
    void mode4RaisesTheInterruptOnce() {
        load(0, 4, 10);
        int before = irq.rises;
        time.advance(SECOND);
        assertEquals(before + 1, irq.rises);
    }

    @Test
    void decimalCountersCountInDecimal() {
        gate2(true);
        pit.write(3, 1, 0xb1); // counter 2, mode 0, BCD
        pit.write(2, 1, 0x00);
        pit.write(2, 1, 0x10);
        pulses(2);
        assertEquals(0x0999, latched(2));
        pulses(1000);
        assertEquals(0x9999, latched(2));
    }

    @Test
    void readBackLatchesStatusBeforeCount() {
        load(0, 2, 0x1234);
        pit.write(3, 1, 0xc2); // count and status of counter 0
        assertEquals(0x80 | 0x40 | 0x34, pit.read(0, 1), "null count until the next pulse");
        pit.read(0, 1);
        pit.read(0, 1);
        pulses(1);
        pit.write(3, 1, 0xc2);
        assertEquals(0xb4, pit.read(0, 1));
        assertEquals(0x34, pit.read(0, 1));
        assertEquals(0x12, pit.read(0, 1));
    }

    @Test
    void aLatchHoldsUntilItIsRead() {
        load(0, 2, 0x8000);
        pulses(1);
        pit.write(3, 1, 0);
        pulses(100);
        pit.write(3, 1, 0); // ignored
        assertEquals(0x00, pit.read(0, 1));
        assertEquals(0x80, pit.read(0, 1));
        assertEquals(0x8000 - 100, latched(0));
    }

    @Test
    void lateTimersStillPlayOutEveryEdge() {
        load(0, 2, 100);
        time.leap(SECOND / 1000);
        assertEquals(11, irq.rises - 1, "one rise when the mode was set, then 11 periods");
    }

    @Test
    void theShortestPeriodsDoNotStopTime() {
        for (int mode = 0; mode < 6; mode++) {
            for (int count : new int[] {1, 2, 3}) {
                load(0, mode, count);
                int events = time.advance(SECOND / 100);
                assertTrue(events <= Pit.FREQUENCY / 100 + 2, mode + ": " + events);
            }
        }
    }

    @Test
    void aRestoredPitGoesOnWhereItWas() {
        load(0, 2, 1000);
        gate2(true);
        load(2, 3, 77);
        pulses(12_345);
        Wire otherIrq = new Wire();
        Pit other = new Pit(time::now, time.timers, otherIrq);
        other.restore(pit.save());
        int before = irq.rises;
        otherIrq.rises = 0;
        for (int i = 0; i < 500; i++) {
            pulses(37);
            assertEquals(portB.read(0, 1), other.systemControl().read(0, 1));
            assertEquals(pit.read(2, 1), other.read(2, 1));
            assertEquals(irq.high, otherIrq.high);
        }
        assertEquals(irq.rises - before, otherIrq.rises);
    }
}
