package org.xenolith.devices.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.devices.Wire;

/** A pair of 8259As against Intel's data sheet (order 231468). */
class PicPairTest {
    private static final int EOI = 0x20;

    private final Wire intr = new Wire();
    private final PicPair pair = new PicPair(intr);
    private final BusDevice master = pair.master();
    private final BusDevice slave = pair.slave();

    @BeforeEach
    void initialise() {
        initialise(0x01);
    }

    private void initialise(int icw4) {
        initialise(master, 0x20, 4, icw4);
        initialise(slave, 0x28, 2, icw4);
    }

    private static void initialise(BusDevice pic, int base, int cascade, int icw4) {
        pic.write(0, 1, 0x11);
        pic.write(1, 1, base);
        pic.write(1, 1, cascade);
        pic.write(1, 1, icw4);
    }

    private void pulse(int irq) {
        pair.irq(irq, false);
        pair.irq(irq, true);
    }

    private int inService(BusDevice pic) {
        pic.write(0, 1, 0x0b);
        int value = (int) pic.read(0, 1);
        pic.write(0, 1, 0x0a);
        return value;
    }

    @Test
    void lowerNumbersComeFirstAndBlockHigherOnes() {
        pulse(5);
        pulse(3);
        assertTrue(intr.high);
        assertEquals(0x23, pair.acknowledge());
        assertFalse(intr.high, "5 waits for 3");
        assertEquals(0x20, master.read(0, 1), "request register");
        pulse(1);
        assertEquals(0x21, pair.acknowledge());
        assertEquals(0x0a, inService(master));
        master.write(0, 1, EOI);
        master.write(0, 1, EOI);
        assertTrue(intr.high);
        assertEquals(0x25, pair.acknowledge());
    }

    @Test
    void theSlaveGoesThroughInputTwo() {
        pulse(12);
        assertEquals(0x2c, pair.acknowledge());
        assertEquals(4, inService(master));
        assertEquals(0x10, inService(slave));
        pulse(14);
        assertFalse(intr.high);
        slave.write(0, 1, EOI);
        assertFalse(intr.high, "the master still serves input 2");
        master.write(0, 1, EOI);
        assertEquals(0x2e, pair.acknowledge());
    }

    @Test
    void fullyNestedMasterLetsABetterSlaveInputIn() {
        initialise(0x11);
        pulse(12);
        pair.acknowledge();
        pulse(8);
        assertTrue(intr.high);
        assertEquals(0x28, pair.acknowledge());
    }

    @Test
    void automaticEndOfInterruptServesSlaveRequestsInARow() {
        initialise(0x03);
        pulse(9);
        pulse(10);
        assertEquals(0x29, pair.acknowledge());
        assertTrue(intr.high);
        assertEquals(0x2a, pair.acknowledge());
        assertEquals(0, inService(master));
    }

    @Test
    void aRequestThatGoesAwayIsSpurious() {
        pulse(4);
        pair.irq(4, false);
        assertEquals(0x27, pair.acknowledge());
        assertEquals(0, inService(master), "no bit is set in service");
        pulse(4);
        assertEquals(0x24, pair.acknowledge());
    }

    @Test
    void maskedRequestsWait() {
        master.write(1, 1, 0x10);
        assertEquals(0x10, master.read(1, 1));
        pulse(4);
        assertFalse(intr.high);
        master.write(1, 1, 0);
        assertEquals(0x24, pair.acknowledge());
    }

    @Test
    void anEdgeCountsOnceAndALevelUntilItEnds() {
        pair.irq(5, true);
        assertEquals(0x25, pair.acknowledge());
        master.write(0, 1, EOI);
        assertFalse(intr.high);
        pair.edgeLevelControl().write(0, 1, 0xff);
        assertEquals(0xf8, pair.edgeLevelControl().read(0, 1), "0, 1, 2 stay edge-triggered");
        assertTrue(intr.high);
        assertEquals(0x25, pair.acknowledge());
        master.write(0, 1, EOI);
        assertTrue(intr.high, "the line is still high");
        pair.irq(5, false);
        assertFalse(intr.high);
    }

    @Test
    void bothEdgeLevelRegistersAreOneWord() {
        pair.edgeLevelControl().write(0, 2, 0xffff);
        assertEquals(0xdef8, pair.edgeLevelControl().read(0, 2));
    }

    @Test
    void rotationMakesTheServedInputTheLast() {
        pulse(3);
        pair.acknowledge();
        master.write(0, 1, 0xa0); // rotate on non-specific EOI
        pulse(3);
        pulse(4);
        assertEquals(0x24, pair.acknowledge());
        master.write(0, 1, 0x64); // specific EOI of 4
        assertEquals(0x23, pair.acknowledge());
        master.write(0, 1, 0x63);
        master.write(0, 1, 0xc7); // set priority: 7 last again
        pulse(4);
        pulse(3);
        assertEquals(0x23, pair.acknowledge());
    }

    @Test
    void specialMaskModeLetsLowerInputsIn() {
        pulse(3);
        pair.acknowledge();
        pulse(6);
        assertFalse(intr.high);
        master.write(1, 1, 0x08);
        master.write(0, 1, 0x68);
        assertTrue(intr.high);
        assertEquals(0x26, pair.acknowledge());
    }

    @Test
    void pollingAcknowledges() {
        pulse(6);
        master.write(0, 1, 0x0c);
        assertEquals(0x86, master.read(0, 1));
        assertEquals(0x40, inService(master));
        assertFalse(intr.high);
        master.write(0, 1, 0x0c);
        assertEquals(0, master.read(0, 1) & 0x80);
    }

    @Test
    void initialisationForgetsEdges() {
        pulse(4);
        initialise(0x01);
        assertFalse(intr.high);
        assertEquals(0, master.read(1, 1));
    }

    @Test
    void aRestoredPairGoesOn() {
        pulse(12);
        pair.acknowledge();
        pulse(1);
        pulse(14);
        Wire otherIntr = new Wire();
        PicPair other = new PicPair(otherIntr);
        other.restore(pair.save());
        assertTrue(otherIntr.high == intr.high && intr.high);
        for (int i = 0; i < 3; i++) {
            assertEquals(pair.acknowledge(), other.acknowledge());
            for (PicPair p : new PicPair[] {pair, other}) {
                p.slave().write(0, 1, EOI);
                p.master().write(0, 1, EOI);
                p.master().write(0, 1, EOI);
            }
        }
    }
}
