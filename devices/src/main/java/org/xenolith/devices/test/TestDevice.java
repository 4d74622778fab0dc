package org.xenolith.devices.test;

import org.xenolith.cpu.bus.BusDevice;

/**
 * The parts of QEMU's pc-testdev that kvm-unit-tests use: a latch at ports 0xe0 to 0xeb, interrupt
 * lines at 0x2000, and 64 KiB of device memory that behaves as memory.
 */
public final class TestDevice {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    /** Complete state; the interrupt lines' levels are in the interrupt controllers. */
    public record State(int version, byte[] latch, byte[] memory) {}

    /** Bytes of device memory. */
    public static final int MEMORY = 0x10000;

    /** Interrupt lines. */
    public static final int LINES = 24;

    /** Drives one of the machine's interrupt lines by its ISA number. */
    @FunctionalInterface
    public interface Lines {
        /** Drives line {@code number}, 0 to 23. */
        void set(int number, boolean high);
    }

    private final byte[] latch = new byte[4];
    private final byte[] memory = new byte[MEMORY];

    /**
     * The latch: four bytes at offsets 0 to 3, and again at 8 to 11. QEMU's flushes a mapping of
     * its own at offsets 4 to 7, which a guest cannot see: they read as zeros and ignore writes.
     */
    public BusDevice latch() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                long value = 0;
                for (int i = size - 1; i >= 0; i--) {
                    long at = offset + i;
                    value = value << 8 | ((at & 4) != 0 ? 0 : latch[(int) at & 3] & 0xff);
                }
                return value;
            }

            @Override
            public void write(long offset, int size, long value) {
                for (int i = 0; i < size; i++) {
                    if ((offset + i & 4) == 0) {
                        latch[(int) offset + i & 3] = (byte) (value >> 8 * i);
                    }
                }
            }
        };
    }

    /** The interrupt lines: a byte written to offset n is the level of line n. */
    public BusDevice lines(Lines lines) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                for (int i = 0; i < size; i++) {
                    lines.set((int) offset + i, (value >> 8 * i & 0xff) != 0);
                }
            }
        };
    }

    /** The memory. */
    public BusDevice memory() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return get(memory, (int) offset, size);
            }

            @Override
            public void write(long offset, int size, long value) {
                put(memory, (int) offset, size, value);
            }
        };
    }

    private static long get(byte[] bytes, int at, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[at + i & bytes.length - 1] & 0xff;
        }
        return value;
    }

    private static void put(byte[] bytes, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            bytes[at + i & bytes.length - 1] = (byte) (value >> 8 * i);
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, latch.clone(), memory.clone());
    }

    /**
     * Takes a state on.
     *
     * @throws IllegalArgumentException if the version or a size is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION
                || state.latch().length != latch.length
                || state.memory().length != MEMORY) {
            throw new IllegalArgumentException("test device state version " + state.version());
        }
        System.arraycopy(state.latch(), 0, latch, 0, latch.length);
        System.arraycopy(state.memory(), 0, memory, 0, MEMORY);
    }
}
