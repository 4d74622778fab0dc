package org.xenolith.devices.pci;

/**
 * The registers of a function as bytes, of which each bit is writable or not (PCI 3.0, 6.1). What
 * functions do beyond keeping values is in {@link #changed}.
 */
public abstract class ConfigSpace implements PciFunction {
    /** Offset of the command register. */
    protected static final int COMMAND = 4;

    /** Offset of the first base address register. */
    protected static final int BAR_0 = 0x10;

    /** Offset of the interrupt line register. */
    protected static final int INTERRUPT_LINE = 0x3c;

    private static final int SIZE = 256;

    private final byte[] space = new byte[SIZE];
    private final byte[] writable = new byte[SIZE];

    /** Sets a register of 4 bytes and which of its bits software can write. */
    protected final void register(int at, int value, int mask) {
        for (int i = 0; i < 4; i++) {
            space[at + i] = (byte) (value >> 8 * i);
            writable[at + i] = (byte) (mask >> 8 * i);
        }
    }

    /** The value of a register of 4 bytes. */
    protected final int register(int at) {
        return read(at, 4);
    }

    /**
     * Something was written or restored.
     *
     * @param from first register that may have changed
     * @param to the one after the last
     */
    protected void changed(int from, int to) {}

    @Override
    public final int read(int register, int size) {
        int value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | space[register + i & SIZE - 1] & 0xff;
        }
        return value;
    }

    @Override
    public final void write(int register, int size, int value) {
        for (int i = 0; i < size; i++) {
            int at = register + i & SIZE - 1;
            space[at] = (byte) (space[at] & ~writable[at] | value >> 8 * i & writable[at]);
        }
        changed(register, register + size);
    }

    @Override
    public final byte[] save() {
        return space.clone();
    }

    @Override
    public final void restore(byte[] saved) {
        if (saved.length != SIZE) {
            throw new IllegalArgumentException("PCI configuration of " + saved.length + " bytes");
        }
        for (int at = 0; at < SIZE; at++) {
            space[at] = (byte) (space[at] & ~writable[at] | saved[at] & writable[at]);
        }
        changed(0, SIZE);
    }
}
