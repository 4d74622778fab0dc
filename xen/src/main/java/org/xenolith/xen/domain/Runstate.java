package org.xenolith.xen.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a virtual processor has spent its time with (public/vcpu.h, vcpu_runstate_info). Each has a
 * processor of its own in virtual time, so it is never runnable without running: "runnable" time,
 * which guests report as stolen, stays 0.
 */
public final class Runstate {
    /** Bytes of vcpu_runstate_info. */
    public static final int SIZE = 48;

    static final int RUNNING = 0;
    static final int BLOCKED = 2;
    static final int OFFLINE = 3;

    private int state = OFFLINE;
    private long since;
    private final long[] times = new long[4];

    /** Where the guest wants a copy, a gva, or 0. */
    private long area;

    /** Enters a state at a virtual time and updates the guest's copy. */
    void enter(int newState, long now, Vcpu vcpu) {
        times[state] += now - since;
        since = now;
        state = newState;
        if (area != 0) {
            try {
                vcpu.memory().write(area, encode(now), 0, SIZE);
            } catch (GuestFault e) {
                // As Xen: a copy that the guest has unmapped is not kept up to date.
            }
        }
    }

    /** vcpu_runstate_info at a virtual time. */
    public byte[] encode(long now) {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, state);
        b.putLong(8, since);
        for (int s = 0; s < times.length; s++) {
            b.putLong(16 + 8 * s, times[s] + (s == state ? now - since : 0));
        }
        return b.array();
    }

    /** Sets where the guest wants its copy, a gva. */
    public void setArea(long gva) {
        area = gva;
    }
}
