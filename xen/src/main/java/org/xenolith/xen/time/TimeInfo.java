package org.xenolith.xen.time;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The pvclock record, vcpu_time_info of public/xen.h: from it a guest computes system time out of
 * its TSC. Here both count virtual nanoseconds from the same origin, so a record stays true for
 * ever and is written only when a guest registers a place for it.
 */
public final class TimeInfo {
    /** Bytes in the record. */
    public static final int SIZE = 32;

    /** The values agree between all processors at each moment. */
    private static final int FLAG_TSC_STABLE = 1;

    /** With {@link #SHIFT} this makes one tick one nanosecond: (t << 1) * 2^31 >> 32. */
    private static final int MULTIPLIER = 0x80000000;

    private static final int SHIFT = 1;

    private TimeInfo() {}

    /**
     * The record's bytes.
     *
     * @param oldVersion the version field that the record replaces
     * @param now virtual nanoseconds, which is also the TSC
     * @param stable whether no other processor of the domain can be at a different time
     */
    public static byte[] encode(int oldVersion, long now, boolean stable) {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, (oldVersion | 1) + 1);
        b.putLong(8, now);
        b.putLong(16, now);
        b.putInt(24, MULTIPLIER);
        b.put(28, (byte) SHIFT);
        b.put(29, (byte) (stable ? FLAG_TSC_STABLE : 0));
        return b.array();
    }
}
