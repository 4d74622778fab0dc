package org.xenolith.cpu.apic;

import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.util.function.LongSupplier;

/**
 * The timer of a local APIC (SDM vol. 3A, 11.5.4). Its input clock is 1 GHz, so it counts virtual
 * nanoseconds through the divider; the TSC runs at the same rate.
 */
final class ApicTimer {
    /** Modes: bits 17 and 18 of the LVT entry. */
    static final int ONE_SHOT = 0;

    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;

    /**
     * Shortest time between two interrupts of a periodic timer, so that no guest stops the host.
     */
    private static final long MIN_PERIOD = 1000;

    private final TimerQueue queue;
    private final LongSupplier now;
    private final LongSupplier tscOffset;
    private final Runnable interrupt;
    private final Timer timer = new Timer(this::expired);

    private int mode;
    private long initial;
    private long start;
    private int divideConfiguration;
    private long tscDeadline;

    /**
     * @param tscOffset what the TSC is ahead of {@code now}
     * @param interrupt what to do when the timer expires
     */
    ApicTimer(TimerQueue queue, LongSupplier now, LongSupplier tscOffset, Runnable interrupt) {
        this.queue = queue;
        this.now = now;
        this.tscOffset = tscOffset;
        this.interrupt = interrupt;
    }

    void reset() {
        queue.disarm(timer);
        mode = ONE_SHOT;
        initial = 0;
        divideConfiguration = 0;
        tscDeadline = 0;
    }

    /** Follows the mode bits of the LVT entry; entering or leaving TSC-deadline mode disarms. */
    void setMode(int newMode) {
        if (newMode != mode && (newMode == TSC_DEADLINE || mode == TSC_DEADLINE)) {
            queue.disarm(timer);
            initial = 0;
            tscDeadline = 0;
        }
        mode = newMode;
    }

    int divideConfiguration() {
        return divideConfiguration;
    }

    void setDivideConfiguration(int value) {
        long left = currentCount();
        divideConfiguration = value & 11;
        if (timer.armed() && mode != TSC_DEADLINE) {
            start = now.getAsLong() - (initial - left) * divisor();
            arm(start + initial * divisor());
        }
    }

    private long divisor() {
        int code = divideConfiguration & 3 | divideConfiguration >> 1 & 4;
        return code == 7 ? 1 : 2L << code;
    }

    long initialCount() {
        return initial;
    }

    /** Starts counting; 0 stops. Without effect in TSC-deadline mode. */
    void setInitialCount(long count) {
        if (mode == TSC_DEADLINE) {
            return;
        }
        queue.disarm(timer);
        initial = count;
        start = now.getAsLong();
        if (count != 0) {
            arm(start + count * divisor());
        }
    }

    private void arm(long deadline) {
        long soonest = mode == PERIODIC ? now.getAsLong() + MIN_PERIOD : deadline;
        queue.arm(timer, Math.max(deadline, soonest));
    }

    long currentCount() {
        if (initial == 0 || mode == TSC_DEADLINE) {
            return 0;
        }
        long counted = Math.max(0, now.getAsLong() - start) / divisor();
        return mode == PERIODIC ? initial - counted % initial : Math.max(0, initial - counted);
    }

    long tscDeadline() {
        return tscDeadline;
    }

    /** Writes IA32_TSC_DEADLINE: 0 disarms, a past time expires at once. */
    void setTscDeadline(long value) {
        if (mode != TSC_DEADLINE) {
            return;
        }
        queue.disarm(timer);
        tscDeadline = value;
        if (value != 0) {
            long at = value - tscOffset.getAsLong();
            queue.arm(timer, Math.max(at, now.getAsLong()));
        }
    }

    private void expired(long deadline) {
        if (mode == PERIODIC && initial != 0) {
            long period = initial * divisor();
            long passed = Math.max(deadline, start + period) - start;
            start += passed / period * period;
            arm(Math.max(start + period, deadline + MIN_PERIOD));
        }
        tscDeadline = 0;
        interrupt.run();
    }
}
