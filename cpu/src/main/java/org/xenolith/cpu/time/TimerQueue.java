package org.xenolith.cpu.time;

import java.util.Comparator;
import java.util.TreeSet;

/**
 * Armed timers in the order of their deadlines; equal deadlines in the order in which they were
 * armed, so that the order never depends on anything but the guests.
 */
public final class TimerQueue {
    /** Deadline that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private final TreeSet<Timer> queue =
            new TreeSet<>(
                    Comparator.comparingLong(Timer::deadline).thenComparingLong(Timer::order));
    private long armings;
    private long watched = Long.MIN_VALUE;
    private Runnable onEarlier = () -> {};

    /** Arms a timer, or moves it if it is armed. A deadline in the past is due at once. */
    public void arm(Timer timer, long deadline) {
        disarm(timer);
        timer.arm(deadline, armings++);
        queue.add(timer);
        if (deadline < watched) {
            onEarlier.run();
        }
    }

    /**
     * From now on {@code action} runs whenever a timer is armed for a moment before {@code
     * deadline}: whoever executes until then must look again.
     */
    public void watch(long deadline, Runnable action) {
        watched = deadline;
        onEarlier = action;
    }

    /** Ends {@link #watch}. */
    public void unwatch() {
        watched = Long.MIN_VALUE;
    }

    /** Takes a timer out of the queue if it is in. */
    public void disarm(Timer timer) {
        if (timer.armed()) {
            queue.remove(timer);
            timer.disarm();
        }
    }

    /** The first deadline, or {@link #NEVER}. */
    public long nextDeadline() {
        return queue.isEmpty() ? NEVER : queue.first().deadline();
    }

    /**
     * Fires the first timer if it is due.
     *
     * @return whether one was
     */
    public boolean fireFirst(long now) {
        if (queue.isEmpty() || queue.first().deadline() > now) {
            return false;
        }
        Timer timer = queue.pollFirst();
        timer.disarm();
        timer.fire();
        return true;
    }
}
