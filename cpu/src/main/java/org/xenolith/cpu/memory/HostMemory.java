package org.xenolith.cpu.memory;

import sun.misc.Unsafe;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.nio.ByteOrder;

/**
 * A stretch of the host's memory outside the Java heap. Multi-byte accesses are little-endian and
 * may be unaligned.
 *
 * <p>Every access is checked against the bounds here, so that no bug of the engine and no guest can
 * reach other memory; for a page that a TLB leads to, when it is entered there, in {@link #page}. A
 * {@link MemorySegment} would do that as well, but each of its loads is some twenty-five nested
 * calls that HotSpot must inline into every translation: more than it does for a long one, and much
 * of the time that compiling takes.
 *
 * @param base address of the first byte
 * @param bytes size
 * @param segment keeps it allocated
 */
@SuppressWarnings("removal")
public record HostMemory(long base, long bytes, MemorySegment segment) {
    private static final Unsafe UNSAFE = unsafe();
    static final boolean REVERSED = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

    /** All of a segment, which lies outside the Java heap. */
    public HostMemory(MemorySegment segment) {
        this(segment.address(), segment.byteSize(), segment);
    }

    public byte get8(long offset) {
        return UNSAFE.getByte(at(offset, 1));
    }

    public short get16(long offset) {
        short value = UNSAFE.getShort(at(offset, 2));
        return REVERSED ? Short.reverseBytes(value) : value;
    }

    public int get32(long offset) {
        int value = UNSAFE.getInt(at(offset, 4));
        return REVERSED ? Integer.reverseBytes(value) : value;
    }

    public long get64(long offset) {
        long value = UNSAFE.getLong(at(offset, 8));
        return REVERSED ? Long.reverseBytes(value) : value;
    }

    public void put8(long offset, byte value) {
        UNSAFE.putByte(at(offset, 1), value);
    }

    public void put16(long offset, short value) {
        UNSAFE.putShort(at(offset, 2), REVERSED ? Short.reverseBytes(value) : value);
    }

    public void put32(long offset, int value) {
        UNSAFE.putInt(at(offset, 4), REVERSED ? Integer.reverseBytes(value) : value);
    }

    public void put64(long offset, long value) {
        UNSAFE.putLong(at(offset, 8), REVERSED ? Long.reverseBytes(value) : value);
    }

    /**
     * The host's address of a page, for {@link HostPage}.
     *
     * @param offset of its first byte, a multiple of {@link PhysicalMemory#PAGE_SIZE}
     * @throws IndexOutOfBoundsException if not all of the page lies within
     */
    public long page(long offset) {
        return at(offset, PhysicalMemory.PAGE_SIZE);
    }

    /** The address of some bytes that lie within. */
    private long at(long offset, int size) {
        if ((offset | bytes - size - offset) < 0) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at %x, beyond %x".formatted(size, offset, bytes));
        }
        return base + offset;
    }

    static Unsafe unsafe() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
