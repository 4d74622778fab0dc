package org.xenolith.devices.test;

import org.xenolith.cpu.bus.BusDevice;

import java.util.Arrays;

/**
 * The parts of QEMU's pc-testdev that kvm-unit-tests use: a latch at ports 0xe0 to 0xeb, interrupt
 * lines at 0x2000, and 64 KiB of device memory that behaves as memory.
 */
public final class TestDevice {
    /** Bytes of device memory. */
    public static final int MEMORY = 0x10000;

    /** Interrupt lines. */
    public static final int LINES = 24;

    /** Drives one of the machine's interrupt lines by its ISA number. */
    @FunctionalInterface
    public interface Lines {
        void set(int number, boolean high);
    }

    private final byte[] latch = new byte[4];
    private final byte[] memory = new byte[MEMORY];

    /** The latch: offsets 0 to 3, and the same bytes again at 8 to 11. */
    public BusDevice latch() {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return (offset & 4) != 0 ? 0 : get(latch, (int) offset & 3, size);
            }

            @Override
            public void write(long offset, int size, long value) {
                if ((offset & 4) == 0) {
                    put(latch, (int) offset & 3, size, value);
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
        Arrays.fill(memory, (byte) 0);
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
}
