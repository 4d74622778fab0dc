package org.xenolith.devices.pc;

import org.xenolith.cpu.bus.BusDevice;

/**
 * Ports 0xcf8 to 0xcff: PCI configuration, and in its midst the reset register at 0xcf9, which only
 * byte accesses reach.
 *
 * @param pci configuration mechanism 1, of 8 ports
 * @param reset the reset register, of one port
 */
public record PciPorts(BusDevice pci, BusDevice reset) implements BusDevice {
    /** The first port. */
    public static final int BASE = 0xcf8;

    /** How many they are. */
    public static final int LENGTH = 8;

    @Override
    public long read(long offset, int size) {
        return offset == 1 && size == 1 ? reset.read(0, 1) : pci.read(offset, size);
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 1 && size == 1) {
            reset.write(0, 1, value);
        } else {
            pci.write(offset, size, value);
        }
    }
}
