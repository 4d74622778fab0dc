package org.xenolith.devices.port;

import org.xenolith.cpu.bus.BusDevice;

/**
 * A device of byte-wide registers. The bus splits wider accesses into bytes, the lowest offset
 * first, as an ISA bus does for an 8-bit card.
 */
public interface ByteDevice extends BusDevice {
    /**
     * Reads a register.
     *
     * @return its value in the low 8 bits; higher bits are ignored
     */
    int readByte(int offset);

    /**
     * Writes a register.
     *
     * @param value 0 to 255
     */
    void writeByte(int offset, int value);

    @Override
    default long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (readByte((int) offset + i) & 0xffL) << 8 * i;
        }
        return value;
    }

    @Override
    default void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> 8 * i) & 0xff);
        }
    }
}
