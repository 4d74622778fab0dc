package org.xenolith.devices.pci;

import org.xenolith.cpu.bus.BusDevice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * PCI configuration mechanism 1 (PCI 3.0, 3.2.2.3.2) with an i440FX host bridge as the only
 * function: address at offset 0, data at offsets 4 to 7 (ports 0xcf8 and 0xcfc).
 */
public final class PciHost implements BusDevice {
    private static final int ENABLE = 1 << 31;
    private static final int IDENTITY = 0x1237_8086;
    private static final int CLASS_HOST_BRIDGE = 0x0600_0002;
    private static final int COMMAND = 4;
    private static final int SUBSYSTEM = 0x1100_1af4;

    private final ByteBuffer bridge = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    private int address;

    public PciHost() {
        bridge.putInt(0, IDENTITY);
        bridge.putInt(8, CLASS_HOST_BRIDGE);
        bridge.putInt(0x2c, SUBSYSTEM);
    }

    private boolean selected() {
        return (address & ENABLE) != 0 && (address & 0xffff00) == 0;
    }

    @Override
    public long read(long offset, int size) {
        if (offset < 4) {
            return (address & 0xffffffffL) >>> 8 * offset;
        }
        if (!selected()) {
            return -1;
        }
        int at = (address & 0xfc) + (int) offset - 4;
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bridge.get(at + i & 0xff) & 0xff;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == 4) {
            address = (int) value;
        } else if (offset >= 4 && selected()) {
            int at = (address & 0xfc) + (int) offset - 4;
            for (int i = 0; i < size; i++) {
                // the command register and the device's own registers can be written
                if (at + i == COMMAND || at + i >= 0x40) {
                    bridge.put(at + i & 0xff, (byte) (value >> 8 * i));
                }
            }
        }
    }
}
