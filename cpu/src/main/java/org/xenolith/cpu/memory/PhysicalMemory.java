package org.xenolith.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The machine's RAM: one bounded off-heap segment addressed by machine address (maddr, bytes).
 *
 * <p>Every access is bounds-checked by the segment itself, so that no bug of the engine and no
 * guest can reach memory of the host. Multi-byte accesses are little-endian and may be unaligned.
 */
public final class PhysicalMemory {
    /** Bytes in a frame. */
    public static final int PAGE_SIZE = 4096;

    /** log2 of {@link #PAGE_SIZE}. */
    public static final int PAGE_SHIFT = 12;

    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment ram;
    private final long frames;

    /**
     * Allocates zeroed RAM.
     *
     * @param bytes size, a positive multiple of {@link #PAGE_SIZE}
     * @throws IllegalArgumentException if the size is not such a multiple
     */
    public PhysicalMemory(long bytes) {
        if (bytes <= 0 || bytes % PAGE_SIZE != 0) {
            throw new IllegalArgumentException("RAM size must be a multiple of 4096: " + bytes);
        }
        ram = Arena.ofAuto().allocate(bytes, PAGE_SIZE);
        frames = bytes >>> PAGE_SHIFT;
    }

    /** Number of 4 KiB frames. */
    public long frames() {
        return frames;
    }

    /** Size in bytes. */
    public long size() {
        return ram.byteSize();
    }

    /** Whether {@code length} bytes from {@code maddr} all lie in RAM. */
    public boolean contains(long maddr, long length) {
        return maddr >= 0 && length >= 0 && maddr <= ram.byteSize() - length;
    }

    public byte get8(long maddr) {
        return ram.get(ValueLayout.JAVA_BYTE, maddr);
    }

    public short get16(long maddr) {
        return ram.get(U16, maddr);
    }

    public int get32(long maddr) {
        return ram.get(U32, maddr);
    }

    public long get64(long maddr) {
        return ram.get(U64, maddr);
    }

    public void put8(long maddr, byte value) {
        ram.set(ValueLayout.JAVA_BYTE, maddr, value);
    }

    public void put16(long maddr, short value) {
        ram.set(U16, maddr, value);
    }

    public void put32(long maddr, int value) {
        ram.set(U32, maddr, value);
    }

    public void put64(long maddr, long value) {
        ram.set(U64, maddr, value);
    }

    /** Copies {@code length} bytes of RAM into {@code dst}. */
    public void read(long maddr, byte[] dst, int offset, int length) {
        MemorySegment.copy(ram, ValueLayout.JAVA_BYTE, maddr, dst, offset, length);
    }

    /** Copies {@code length} bytes of {@code src} into RAM. */
    public void write(long maddr, byte[] src, int offset, int length) {
        MemorySegment.copy(src, offset, ram, ValueLayout.JAVA_BYTE, maddr, length);
    }

    /** Copies RAM to RAM as if through a temporary buffer (the ranges may overlap). */
    public void copy(long from, long to, long length) {
        MemorySegment.copy(ram, from, ram, to, length);
    }

    /** Fills {@code length} bytes with one value. */
    public void fill(long maddr, long length, byte value) {
        ram.asSlice(maddr, length).fill(value);
    }
}
