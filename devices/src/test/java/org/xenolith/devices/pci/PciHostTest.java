package org.xenolith.devices.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Configuration mechanism 1 and the host bridge. */
class PciHostTest {
    private static final long ENABLE = 0x80000000L;

    private final PciHost host = new PciHost();

    private long get(long address, int size) {
        host.write(0, 4, ENABLE | address & ~3);
        return host.read(4 + (address & 3), size) & (1L << 8 * size) - 1;
    }

    private void put(long address, int size, long value) {
        host.write(0, 4, ENABLE | address & ~3);
        host.write(4 + (address & 3), size, value);
    }

    @Test
    void theMechanismIsThere() {
        host.write(3, 1, 1); // as Linux probes
        host.write(0, 4, ENABLE);
        assertEquals(ENABLE, host.read(0, 4));
        host.write(0, 2, 0xffff);
        assertEquals(ENABLE, host.read(0, 4), "only doublewords reach the address");
        host.write(0, 4, -1);
        assertEquals(0x80ffffffL, host.read(0, 4));
    }

    @Test
    void theHostBridgeIsFound() {
        assertEquals(0x12378086L, get(0, 4));
        assertEquals(0x1237, get(2, 2));
        assertEquals(0x0600, get(10, 2), "class: host bridge");
        assertEquals(0x06, get(11, 1));
        host.write(0, 4, ENABLE | 2);
        assertEquals(0x1237, host.read(4, 2), "low bits of the address count");
    }

    @Test
    void allElseIsEmpty() {
        assertEquals(0xffffffffL, get(1 << 11, 4));
        assertEquals(0xffffffffL, get(1 << 16, 4), "bus 1");
        host.write(0, 4, 0);
        assertEquals(-1, host.read(4, 4), "not enabled");
    }

    @Test
    void identityCannotBeWritten() {
        put(0, 4, 0);
        put(4, 2, 0xffff);
        put(0x58, 4, 0x12345678);
        assertEquals(0x12378086L, get(0, 4));
        assertEquals(0x0106, get(4, 2), "only SERR");
        assertEquals(0x3456, get(0x59, 2));
    }

    @Test
    void functionsHaveOnePlaceEach() {
        assertThrows(IllegalArgumentException.class, () -> host.add(0, 0, new HostBridge()));
        assertThrows(IllegalArgumentException.class, () -> host.add(32, 0, new HostBridge()));
        host.add(3, 1, new HostBridge());
        assertEquals(0x8086, get(3 << 11 | 1 << 8, 2));
    }

    @Test
    void aRestoredBusKeepsRegisters() {
        put(0x59, 1, 0x33);
        PciHost other = new PciHost();
        other.restore(host.save());
        assertEquals(0x33, other.read(5, 1) & 0xff);
        other.add(1, 0, new HostBridge());
        assertThrows(IllegalArgumentException.class, () -> other.restore(host.save()));
    }
}
