package org.xenolith.cpu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The timer's three modes. */
class ApicTimerTest {
    private static final int TIMER = 0x320;
    private static final int INITIAL = 0x380;
    private static final int CURRENT = 0x390;
    private static final int DIVIDE = 0x3e0;
    private static final int PERIODIC = 1 << 17;
    private static final int DEADLINE = 2 << 17;
    private final ApicMachine m = new ApicMachine(1);
    private final LocalApic apic = m.apics.getFirst();

    @Test
    void oneShotCountsDownOnce() {
        m.write(0, TIMER, 0x60);
        m.write(0, DIVIDE, 0xb);
        m.write(0, INITIAL, 1000);
        m.advance(400);
        assertEquals(600, m.read(0, CURRENT));
        assertEquals(-1, m.take(0));
        m.advance(600);
        assertEquals(0x60, m.take(0));
        assertEquals(0, m.read(0, CURRENT));
        m.write(0, TIMER, PERIODIC | 0x60);
        assertEquals(0, m.read(0, CURRENT), "stays at zero");
        assertEquals(0, m.advance(10_000));
        assertEquals(1000, m.read(0, INITIAL));
    }

    @Test
    void divisorsAndTheirChange() {
        int[] codes = {0xb, 0, 1, 2, 3, 8, 9, 0xa};
        for (int i = 0; i < codes.length; i++) {
            m.write(0, DIVIDE, codes[i]);
            m.write(0, INITIAL, 1000);
            m.advance(100L << i);
            assertEquals(900, m.read(0, CURRENT), "divisor " + (1 << i));
        }
        m.write(0, DIVIDE, 0xb);
        assertEquals(900, m.read(0, CURRENT));
        m.advance(1);
        assertEquals(899, m.read(0, CURRENT));
    }

    @Test
    void periodicWrapsAndCanBecomeOneShot() {
        m.write(0, TIMER, PERIODIC | 0x60);
        m.write(0, DIVIDE, 0xb);
        m.write(0, INITIAL, 5000);
        assertEquals(3, m.advance(16_000));
        assertEquals(4000, m.read(0, CURRENT));
        assertEquals(0x60, m.take(0));
        m.write(0, TIMER, 0x60);
        assertEquals(4000, m.read(0, CURRENT));
        assertEquals(1, m.advance(100_000));
        assertEquals(0, m.read(0, CURRENT));
    }

    @Test
    void tinyPeriodsAreBounded() {
        m.write(0, TIMER, PERIODIC | 0x60);
        m.write(0, DIVIDE, 0xb);
        m.write(0, INITIAL, 1);
        int fired = m.advance(1_000_000);
        assertTrue(fired <= 1001, fired + " in a millisecond");
        m.now += 1_000_000_000;
        assertTrue(m.advance(0) <= 1, "no backlog");
    }

    @Test
    void deadlineFiresOnceAndClears() {
        m.cpu.tscOffset = 1_000_000;
        m.write(0, TIMER, DEADLINE | 0x61);
        m.write(0, INITIAL, 10);
        assertEquals(0, m.read(0, INITIAL));
        apic.writeMsr(ApicMachine.DEADLINE_MSR, 1_000_500);
        assertEquals(1_000_500, apic.readMsr(ApicMachine.DEADLINE_MSR));
        m.advance(499);
        assertEquals(-1, m.take(0));
        m.advance(1);
        assertEquals(0x61, m.take(0));
        assertEquals(0, apic.readMsr(ApicMachine.DEADLINE_MSR));
        m.write(0, 0xb0, 0);
        apic.writeMsr(ApicMachine.DEADLINE_MSR, 1);
        assertEquals(0x61, m.take(0), "past");
    }

    @Test
    void deadlineIsDisarmedAndMoved() {
        m.write(0, TIMER, DEADLINE | 0x61);
        apic.writeMsr(ApicMachine.DEADLINE_MSR, 500);
        apic.writeMsr(ApicMachine.DEADLINE_MSR, 0);
        apic.writeMsr(ApicMachine.DEADLINE_MSR, -1);
        assertEquals(0, m.advance(1_000_000));
        apic.writeMsr(ApicMachine.DEADLINE_MSR, m.now + 500);
        m.cpu.tscOffset = 400;
        apic.tscChanged();
        m.advance(100);
        assertEquals(0x61, m.take(0));
        apic.writeMsr(ApicMachine.DEADLINE_MSR, m.now + 1000);
        m.write(0, TIMER, 0x61);
        assertEquals(0, apic.readMsr(ApicMachine.DEADLINE_MSR));
        apic.writeMsr(ApicMachine.DEADLINE_MSR, 5);
        assertEquals(0, apic.readMsr(ApicMachine.DEADLINE_MSR), "not in this mode");
        assertEquals(0, m.advance(1_000_000));
    }
}
