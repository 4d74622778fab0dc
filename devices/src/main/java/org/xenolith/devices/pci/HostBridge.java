package org.xenolith.devices.pci;

/**
 * Configuration space of the host bridge of Intel's 440FX (order 290549), device 0 of bus 0: the
 * header, whose command register is fixed but for SERR, and registers of the bridge's own, which
 * keep what is written but control nothing here.
 */
final class HostBridge implements PciFunction {
    private static final int SIZE = 256;
    private static final int COMMAND_HIGH = 5;
    private static final int SERR = 1;
    private static final int FIRST_OWN = 0x40;

    private final byte[] space = new byte[SIZE];

    HostBridge() {
        put(0, 0x1237_8086); // device and vendor
        put(4, 0x0280_0006); // memory and bus master on; medium timing
        put(8, 0x0600_0002); // class host bridge, revision 2
    }

    private void put(int register, int value) {
        for (int i = 0; i < 4; i++) {
            space[register + i] = (byte) (value >> 8 * i);
        }
    }

    @Override
    public int read(int register, int size) {
        int value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | space[register + i & SIZE - 1] & 0xff;
        }
        return value;
    }

    @Override
    public void write(int register, int size, int value) {
        for (int i = 0; i < size; i++) {
            int at = register + i & SIZE - 1;
            int v = value >> 8 * i;
            if (at >= FIRST_OWN) {
                space[at] = (byte) v;
            } else if (at == COMMAND_HIGH) {
                space[at] = (byte) (v & SERR);
            }
        }
    }

    @Override
    public byte[] save() {
        return space.clone();
    }

    @Override
    public void restore(byte[] saved) {
        if (saved.length != SIZE) {
            throw new IllegalArgumentException("PCI configuration of " + saved.length + " bytes");
        }
        System.arraycopy(saved, 0, space, 0, SIZE);
    }
}
