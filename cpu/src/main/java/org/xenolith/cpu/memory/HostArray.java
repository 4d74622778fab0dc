package org.xenolith.cpu.memory;

import sun.misc.Unsafe;

/**
 * Elements of a Java array without the check of the index, for translated code: the check is two
 * more branches at each of the guest's loads and stores. Only for an index that is masked to the
 * array's size where it is made.
 */
@SuppressWarnings("removal")
public final class HostArray {
    /** log2 of an element's size. */
    public static final int SHIFT = 3;

    private static final Unsafe UNSAFE = HostMemory.unsafe();
    private static final long BASE = Unsafe.ARRAY_LONG_BASE_OFFSET;

    private HostArray() {}

    /**
     * Reads an element.
     *
     * @param offset from the first element, in bytes, a multiple of 8 within the array
     */
    public static long get(long[] array, long offset) {
        return UNSAFE.getLong(array, BASE + offset);
    }
}
