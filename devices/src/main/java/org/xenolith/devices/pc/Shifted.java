package org.xenolith.devices.pc;

import org.xenolith.cpu.bus.BusDevice;

/** A part of a device's range, mapped by itself. */
record Shifted(BusDevice device, long by) implements BusDevice {
    @Override
    public long read(long offset, int size) {
        return device.read(offset + by, size);
    }

    @Override
    public void write(long offset, int size, long value) {
        device.write(offset + by, size, value);
    }
}
