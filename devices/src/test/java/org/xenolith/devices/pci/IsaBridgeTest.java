package org.xenolith.devices.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.devices.Wire;

/** The interrupt router, and the functions beside it. */
class IsaBridgeTest {
    private final Wire[] irqs = new Wire[16];
    private final IsaBridge bridge = new IsaBridge(irq -> irqs[irq]);

    IsaBridgeTest() {
        for (int i = 0; i < irqs.length; i++) {
            irqs[i] = new Wire();
        }
    }

    @Test
    void tellWhatTheyAre() {
        assertEquals(0x7000_8086, bridge.read(0, 4));
        assertEquals(0x0601, bridge.read(10, 2));
        assertEquals(0x80, bridge.read(0x60, 1), "not routed");
        PowerManagement power = new PowerManagement(0xb000);
        assertEquals(0x7113_8086, power.read(0, 4));
        assertEquals(0xb001, power.read(0x40, 4));
        power.write(0x40, 4, 0);
        assertEquals(0xb001, power.read(0x40, 4));
    }

    @Test
    void inputsReachTheirInterrupt() {
        bridge.input(1, true);
        bridge.route(5, 10, 11, 5);
        assertTrue(irqs[10].high);
        bridge.input(0, true);
        bridge.input(3, true);
        bridge.input(0, false);
        assertTrue(irqs[5].high, "input D holds it");
        bridge.input(3, false);
        assertFalse(irqs[5].high);
        bridge.write(0x61, 1, 0x80);
        assertFalse(irqs[10].high);
        bridge.write(0x61, 1, 8);
        assertFalse(irqs[8].high, "the clock's interrupt is none for PCI");
    }

    @Test
    void routesAreSavedAndInputsDrivenAgain() {
        bridge.route(5, 10, 11, 5);
        byte[] saved = bridge.save();
        bridge.route(9, 9, 9, 9);
        bridge.input(2, true);
        assertTrue(irqs[9].high);
        bridge.restore(saved);
        assertTrue(irqs[11].high && !irqs[9].high);
        assertThrows(IllegalArgumentException.class, () -> bridge.restore(new byte[4]));
    }
}
