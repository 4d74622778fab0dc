package org.xenolith.xen.domain;

import org.xenolith.xen.hypercall.GuestAbi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a virtual processor has spent its time with (public/vcpu.h, vcpu_runstate_info). Each has a
 * processor of its own in virtual time, so it is never runnable without running: "runnable" time,
 * which guests report as stolen, stays 0.
 */
public final class Runstate {
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
                byte[] info = encode(now, vcpu.domain.sharedAbi());
                vcpu.memory().write(area, info, 0, info.length);
            } catch (GuestFault e) {
                // As Xen: a copy that the guest has unmapped is not kept up to date.
            }
        }
    }

    /** vcpu_runstate_info at a virtual time: the state, padded to a word, and 64-bit times. */
    public byte[] encode(long now, GuestAbi abi) {
        int size = abi.word + Long.BYTES * (1 + times.length);
        ByteBuffer b = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, state).position(abi.word);
        b.putLong(since);
        for (int s = 0; s < times.length; s++) {
            b.putLong(times[s] + (s == state ? now - since : 0));
        }
        return b.array();
    }

    /** Sets where the guest wants its copy, a gva. */
    public void setArea(long gva) {
        area = gva;
    }
}
