package org.xenolith.cpu.time;

import java.util.function.LongConsumer;

/** Something to do at a virtual time; armed and disarmed through a {@link TimerQueue}. */
public final class Timer {
    private final LongConsumer action;
    private long deadline;
    private long order;
    private boolean armed;

    /**
     * @param action receives the deadline in virtual nanoseconds; it may arm the timer again
     */
    public Timer(LongConsumer action) {
        this.action = action;
    }

    /** Whether the timer waits for its deadline. */
    public boolean armed() {
        return armed;
    }

    /** The deadline of the last {@link TimerQueue#arm}, virtual nanoseconds. */
    public long deadline() {
        return deadline;
    }

    long order() {
        return order;
    }

    void arm(long newDeadline, long newOrder) {
        deadline = newDeadline;
        order = newOrder;
        armed = true;
    }

    void disarm() {
        armed = false;
    }

    void fire() {
        action.accept(deadline);
    }
}
