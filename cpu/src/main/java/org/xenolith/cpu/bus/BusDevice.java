package org.xenolith.cpu.bus;

/**
 * Something that answers at a range of ports or of physical addresses. It is called on the thread
 * that runs the processor, between or during instructions, and must accept every offset, size and
 * value: they are the guest's.
 */
public interface BusDevice {
    /**
     * Reads.
     *
     * @param offset from the start of the range, bytes
     * @param size 1, 2, 4 or 8 bytes; the access lies within the range
     * @return the value in the low {@code size} bytes; higher bytes are ignored
     */
    long read(long offset, int size);

    /** Writes the low {@code size} bytes of {@code value}; see {@link #read}. */
    void write(long offset, int size, long value);
}
