package org.xenolith.cpu.memory;

import sun.misc.Unsafe;

/**
 * Loads and stores within a page of {@link HostMemory}, at the host's addresses, without a check:
 * {@link HostMemory#page} has made it when the page's address was entered in a TLB. Multi-byte
 * accesses are little-endian and may be unaligned, but stay within the page.
 */
@SuppressWarnings("removal")
public final class HostPage {
    private static final Unsafe UNSAFE = HostMemory.unsafe();

    private HostPage() {}

    public static byte get8(long address) {
        return UNSAFE.getByte(address);
    }

    public static short get16(long address) {
        short value = UNSAFE.getShort(address);
        return HostMemory.REVERSED ? Short.reverseBytes(value) : value;
    }

    public static int get32(long address) {
        int value = UNSAFE.getInt(address);
        return HostMemory.REVERSED ? Integer.reverseBytes(value) : value;
    }

    public static long get64(long address) {
        long value = UNSAFE.getLong(address);
        return HostMemory.REVERSED ? Long.reverseBytes(value) : value;
    }

    public static void put8(long address, byte value) {
        UNSAFE.putByte(address, value);
    }

    public static void put16(long address, short value) {
        UNSAFE.putShort(address, HostMemory.REVERSED ? Short.reverseBytes(value) : value);
    }

    public static void put32(long address, int value) {
        UNSAFE.putInt(address, HostMemory.REVERSED ? Integer.reverseBytes(value) : value);
    }

    public static void put64(long address, long value) {
        UNSAFE.putLong(address, HostMemory.REVERSED ? Long.reverseBytes(value) : value);
    }
}
