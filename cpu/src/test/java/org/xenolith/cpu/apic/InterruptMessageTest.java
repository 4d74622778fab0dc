package org.xenolith.cpu.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** IPIs and messages by every destination mode and delivery mode. */
class InterruptMessageTest {
    private static final int LOGICAL = 1 << 11;
    private static final int VECTOR = 0x81;
    private final ApicMachine m = new ApicMachine(4);

    private int reached(int destination, int command) {
        m.send(0, destination, command | VECTOR);
        return m.takers(VECTOR);
    }

    @Test
    void physicalDestinationsAndShorthands() {
        assertEquals(0b0100, reached(2, 0));
        assertEquals(0, reached(9, 0));
        assertEquals(0b1111, reached(0xff, 0));
        assertEquals(0b0001, reached(3, 1 << 18));
        assertEquals(0b1111, reached(3, 2 << 18));
        assertEquals(0b1110, reached(3, 3 << 18));
        m.write(1, 0x20, 2 << 24);
        assertEquals(0b0110, reached(2, 0), "two with one ID");
    }

    @Test
    void flatLogicalDestinations() {
        for (int i = 0; i < 4; i++) {
            m.write(i, 0xd0, 1L << 24 + 2 * i);
        }
        for (int destination = 0; destination < 0xff; destination++) {
            int expected = 0;
            for (int i = 0; i < 4; i++) {
                expected |= (destination >> 2 * i & 1) << i;
            }
            assertEquals(expected, reached(destination, LOGICAL));
        }
        assertEquals(0b1111, reached(0xff, LOGICAL));
    }

    @Test
    void clusterLogicalDestinations() {
        for (int i = 0; i < 4; i++) {
            m.write(i, 0xe0, 0x0fffffff);
            m.write(i, 0xd0, (long) (i / 2 + 1) << 28 | 1L << 24 + i % 2);
        }
        assertEquals(0b0001, reached(0x11, LOGICAL));
        assertEquals(0b0011, reached(0x13, LOGICAL));
        assertEquals(0b1000, reached(0x22, LOGICAL));
        assertEquals(0, reached(0x33, LOGICAL));
        assertEquals(0, reached(0x20, LOGICAL));
        assertEquals(0b1111, reached(0xff, LOGICAL));
    }

    @Test
    void lowestPriorityTakesTheLeastBusy() {
        for (int i = 0; i < 4; i++) {
            m.write(i, 0x80, 0x40 - 16 * i);
        }
        m.write(3, 0xf0, 0xff);
        assertEquals(0b0100, reached(0xff, 1 << 8));
        m.write(2, 0x80, 0x30);
        assertEquals(0b0010, reached(0xff, 1 << 8), "the first of equals");
    }

    @Test
    void otherDeliveryModes() {
        m.send(0, 1, 2 << 8);
        m.send(0, 1, 4 << 8);
        m.send(0, 1, 5 << 8 | 1 << 14);
        m.send(0, 1, 6 << 8 | 0x9a);
        m.send(0, 1, 5 << 8 | 1 << 15); // de-assert
        ApicMachine.Noted pins = m.pins.get(1);
        assertEquals(1, pins.smis);
        assertEquals(1, pins.nmis);
        assertEquals(1, pins.inits);
        assertEquals(0x9a, pins.startPage);
        assertFalse(m.bus.deliver(1, false, 7, 0x50, false));
        assertFalse(m.bus.deliver(1, false, 3, 0x50, false));
    }

    @Test
    void disabledApicsGetNothing() {
        m.apics.get(1).writeMsr(ApicMachine.BASE_MSR, LocalApic.DEFAULT_BASE);
        m.send(0, 0xff, 4 << 8);
        m.send(0, 0, 3 << 18 | 4 << 8);
        assertEquals(0, m.pins.get(1).nmis);
        assertEquals(2, m.pins.get(2).nmis);
    }

    @Test
    void wideAndNarrowDestinationsMeet() {
        for (int i = 2; i < 4; i++) {
            m.apics
                    .get(i)
                    .writeMsr(
                            ApicMachine.BASE_MSR,
                            LocalApic.DEFAULT_BASE | ApicMachine.EN | ApicMachine.EXTD);
        }
        assertEquals(0b1111, reached(0xff, 0), "8-bit broadcast reaches an x2APIC");
        LocalApic wide = m.apics.get(2);
        wide.writeMsr(0x830, 0xffL << 32 | VECTOR);
        assertEquals(0, m.takers(VECTOR), "255 is an ID, not a broadcast");
        wide.writeMsr(0x830, 0xffffffffL << 32 | VECTOR);
        assertEquals(0b1111, m.takers(VECTOR));
        wide.writeMsr(0x830, 1L << 32 | VECTOR);
        assertEquals(0b0010, m.takers(VECTOR));
        wide.writeMsr(0x830, 0xcL << 32 | LOGICAL | VECTOR);
        assertEquals(0b1100, m.takers(VECTOR));
        wide.writeMsr(0x830, 0x1000cL << 32 | LOGICAL | VECTOR);
        assertEquals(0, m.takers(VECTOR), "another cluster");
    }
}
