package org.xenolith.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The machine's RAM: one stretch of off-heap memory addressed by machine address (maddr, bytes).
 * ROM may lie behind it, which is no part of the RAM: {@link #contains} denies it.
 *
 * <p>Every access is bounds-checked, so that no bug of the engine and no guest can reach other
 * memory of the host. Multi-byte accesses are little-endian and may be unaligned.
 */
public final class PhysicalMemory {
    /** Bytes in a frame. */
    public static final int PAGE_SIZE = 4096;

    /** log2 of {@link #PAGE_SIZE}. */
    public static final int PAGE_SHIFT = 12;

    private final MemorySegment ram;
    private final HostMemory memory;
    private final long size;
    private final long holeStart;
    private final long holeEnd;

    /**
     * Allocates zeroed RAM.
     *
     * @param bytes size, a positive multiple of {@link #PAGE_SIZE}
     * @throws IllegalArgumentException if the size is not such a multiple
     */
    public PhysicalMemory(long bytes) {
        this(bytes, 0);
    }

    /**
     * Allocates zeroed RAM, and room for ROM behind it.
     *
     * @param bytes size of the RAM, a positive multiple of {@link #PAGE_SIZE}
     * @param rom size of the ROM, a multiple of {@link #PAGE_SIZE} or 0
     * @throws IllegalArgumentException if a size is not such a multiple
     */
    public PhysicalMemory(long bytes, long rom) {
        this(bytes, rom, bytes, bytes);
    }

    /**
     * Allocates zeroed RAM around a hole for devices, as a PC has it below 4 GiB, and room for ROM
     * behind it all. The host gives memory for the hole, too, so that a machine address is an
     * offset throughout.
     *
     * @param bytes all RAM below and above the hole, a positive multiple of {@link #PAGE_SIZE}
     * @param rom size of the ROM, a multiple of {@link #PAGE_SIZE} or 0
     * @param holeStart where the hole begins, a multiple of {@link #PAGE_SIZE}; less RAM than that
     *     ends below it
     * @param holeEnd where the RAM goes on, a multiple of {@link #PAGE_SIZE}
     * @throws IllegalArgumentException if one is not such a multiple
     */
    public PhysicalMemory(long bytes, long rom, long holeStart, long holeEnd) {
        if (bytes <= 0 || bytes % PAGE_SIZE != 0 || rom < 0 || rom % PAGE_SIZE != 0) {
            throw new IllegalArgumentException(
                    "sizes must be multiples of 4096: %d and %d".formatted(bytes, rom));
        }
        if (holeStart % PAGE_SIZE != 0 || holeEnd % PAGE_SIZE != 0 || holeEnd < holeStart) {
            throw new IllegalArgumentException("hole from " + holeStart + " to " + holeEnd);
        }
        size = bytes <= holeStart ? bytes : bytes + holeEnd - holeStart;
        ram = Arena.ofAuto().allocate(size + rom, PAGE_SIZE);
        memory = new HostMemory(ram);
        this.holeStart = Math.min(holeStart, size);
        this.holeEnd = Math.min(holeEnd, size);
    }

    /** The RAM itself, and the ROM behind it, for a TLB, whose entries lead there. */
    public HostMemory memory() {
        return memory;
    }

    /** Number of 4 KiB frames of RAM, those of the hole among them. */
    public long frames() {
        return size >>> PAGE_SHIFT;
    }

    /** Number of 4 KiB frames of RAM and ROM. */
    public long allFrames() {
        return ram.byteSize() >>> PAGE_SHIFT;
    }

    /** The address behind the last byte of RAM; its size in bytes where there is no hole. */
    public long size() {
        return size;
    }

    /** Size of the ROM in bytes; it starts at {@link #size}. */
    public long romSize() {
        return ram.byteSize() - size;
    }

    /** Whether {@code length} bytes from {@code maddr} all lie in RAM. */
    public boolean contains(long maddr, long length) {
        return maddr >= 0
                && length >= 0
                && maddr <= size - length
                && (maddr + length <= holeStart || maddr >= holeEnd);
    }

    public byte get8(long maddr) {
        return memory.get8(maddr);
    }

    public short get16(long maddr) {
        return memory.get16(maddr);
    }

    public int get32(long maddr) {
        return memory.get32(maddr);
    }

    public long get64(long maddr) {
        return memory.get64(maddr);
    }

    public void put8(long maddr, byte value) {
        memory.put8(maddr, value);
    }

    public void put16(long maddr, short value) {
        memory.put16(maddr, value);
    }

    public void put32(long maddr, int value) {
        memory.put32(maddr, value);
    }

    public void put64(long maddr, long value) {
        memory.put64(maddr, value);
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

    /**
     * Fills {@code count} elements with one value.
     *
     * @param size of an element, 1, 2, 4 or 8 bytes
     */
    public void fill(long maddr, int count, long value, int size) {
        long pattern = value;
        for (int bytes = size; bytes < 8; bytes *= 2) {
            pattern = pattern & (1L << 8 * bytes) - 1 | pattern << 8 * bytes;
        }
        long length = (long) count * size;
        if (pattern == Long.rotateLeft(pattern, 8)) {
            fill(maddr, length, (byte) pattern);
            return;
        }
        long at = 0;
        for (; at <= length - 8; at += 8) {
            put64(maddr + at, pattern);
        }
        for (; at < length; at += size) {
            for (int i = 0; i < size; i++) {
                put8(maddr + at + i, (byte) (value >> 8 * i));
            }
        }
    }
}
