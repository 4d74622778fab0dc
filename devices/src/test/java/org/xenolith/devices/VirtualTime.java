package org.xenolith.devices;

import org.xenolith.cpu.time.TimerQueue;

/** Virtual time that a test moves on by hand. */
public final class VirtualTime {
    public final TimerQueue timers = new TimerQueue();
    private long now;

    public long now() {
        return now;
    }

    /** Moves on to {@code time}, stopping at each deadline on the way; counts those that fired. */
    public int advanceTo(long time) {
        int fired = 0;
        while (timers.nextDeadline() <= time) {
            now = Math.max(now, timers.nextDeadline());
            timers.fireFirst(now);
            fired++;
        }
        now = time;
        return fired;
    }

    public int advance(long nanos) {
        return advanceTo(now + nanos);
    }

    /** Moves on at once, so that timers fire late. */
    public int leap(long nanos) {
        now += nanos;
        int fired = 0;
        while (timers.fireFirst(now)) {
            fired++;
        }
        return fired;
    }
}
