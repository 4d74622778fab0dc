package org.xenolith.cpu.apic;

import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.util.function.LongSupplier;

/**
 * The timer of a local APIC (SDM vol. 3A, 11.5.4). Its input clock is 1 GHz: the count goes down by
 * one every nanosecond of virtual time times the divisor. The TSC has the same rate.
 *
 * <p>A periodic timer interrupts at most once a microsecond, however short its period, so that no
 * guest can keep the host busy with expiries; its count shows the period that was asked for.
 */
final class ApicTimer {
    /** Modes: bits 17 and 18 of the LVT entry. */
    static final int ONE_SHOT = 0;

    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;

    /** Shortest virtual time between interrupts of a periodic timer, nanoseconds. */
    static final long MIN_PERIOD = 1000;

    private static final int DIVIDE_BITS = 0xb;

    private final TimerQueue queue;
    private final LongSupplier now;
    private final LongSupplier tscOffset;
    private final Runnable interrupt;
    private final Timer timer = new Timer(this::expired);

    private int mode;
    private int divideConfiguration;
    private long initial;

    /** When the count was {@link #initial} last, or would have been. */
    private long start;

    /** Whether the count goes down: from a write of the initial count to the end of one shot. */
    private boolean counting;

    private long tscDeadline;

    /**
     * @param tscOffset what the TSC is ahead of {@code now}, modulo 2^64
     * @param interrupt what to do when the timer expires
     */
    ApicTimer(TimerQueue queue, LongSupplier now, LongSupplier tscOffset, Runnable interrupt) {
        this.queue = queue;
        this.now = now;
        this.tscOffset = tscOffset;
        this.interrupt = interrupt;
    }

    void reset() {
        stop();
        mode = ONE_SHOT;
        divideConfiguration = 0;
    }

    private void stop() {
        queue.disarm(timer);
        initial = 0;
        counting = false;
        tscDeadline = 0;
    }

    /**
     * Follows the mode bits of the LVT entry. Between one-shot and periodic mode the count goes on;
     * entering or leaving TSC-deadline mode disarms.
     */
    void setMode(int newMode) {
        if (newMode == mode) {
            return;
        }
        if (newMode >= TSC_DEADLINE || mode >= TSC_DEADLINE) {
            stop();
        } else if (mode == PERIODIC && counting) {
            beginCycle(now.getAsLong());
        }
        mode = newMode;
        if (counting) {
            armCount();
        }
    }

    int divideConfiguration() {
        return divideConfiguration;
    }

    /** Changes the divisor; the current count goes on from where it is. */
    void setDivideConfiguration(int value) {
        long left = currentCount();
        divideConfiguration = value & DIVIDE_BITS;
        if (counting) {
            start = now.getAsLong() - (initial - left) * divisor();
            armCount();
        }
    }

    private long divisor() {
        int code = divideConfiguration & 3 | divideConfiguration >> 1 & 4;
        return code == 7 ? 1 : 2L << code;
    }

    long initialCount() {
        return initial;
    }

    /**
     * Starts counting; 0 stops. Without effect in TSC-deadline mode.
     *
     * @param count 0 to 0xffffffff
     */
    void setInitialCount(long count) {
        if (mode >= TSC_DEADLINE) {
            return;
        }
        queue.disarm(timer);
        initial = count;
        start = now.getAsLong();
        counting = count != 0;
        if (counting) {
            armCount();
        }
    }

    /** Arms for the end of the current cycle. */
    private void armCount() {
        queue.arm(timer, start + initial * divisor());
    }

    long currentCount() {
        if (!counting) {
            return 0;
        }
        long counted = Math.max(0, now.getAsLong() - start) / divisor();
        return mode == PERIODIC ? initial - counted % initial : Math.max(0, initial - counted);
    }

    /** Moves {@link #start} to the beginning of the periodic cycle that {@code time} is in. */
    private void beginCycle(long time) {
        long period = initial * divisor();
        start += Math.max(0, time - start) / period * period;
    }

    /** IA32_TSC_DEADLINE: 0 when disarmed. */
    long tscDeadline() {
        return tscDeadline;
    }

    /**
     * Writes IA32_TSC_DEADLINE: 0 disarms, a time that has passed expires at once. Without effect
     * in the other modes.
     */
    void setTscDeadline(long value) {
        if (mode != TSC_DEADLINE) {
            return;
        }
        queue.disarm(timer);
        tscDeadline = value;
        armDeadline();
    }

    /** The TSC was written: a deadline that waits is now nearer or farther. */
    void tscChanged() {
        if (mode == TSC_DEADLINE) {
            queue.disarm(timer);
            armDeadline();
        }
    }

    private void armDeadline() {
        if (tscDeadline == 0) {
            return;
        }
        long time = now.getAsLong();
        long tsc = time + tscOffset.getAsLong();
        if (Long.compareUnsigned(tscDeadline, tsc) <= 0) {
            tscDeadline = 0;
            interrupt.run();
            return;
        }
        long left = tscDeadline - tsc;
        boolean reachable = left > 0 && left < TimerQueue.NEVER - time;
        if (reachable) {
            queue.arm(timer, time + left);
        }
    }

    private void expired(long deadline) {
        if (mode == PERIODIC) {
            long time = Math.max(deadline, now.getAsLong());
            beginCycle(time);
            queue.arm(timer, Math.max(start + initial * divisor(), time + MIN_PERIOD));
        } else {
            counting = false;
            tscDeadline = 0;
        }
        interrupt.run();
    }

    /** The timer at rest; {@code deadline} is {@link TimerQueue#NEVER} when it is not armed. */
    LocalApicState.TimerState save() {
        return new LocalApicState.TimerState(
                divideConfiguration,
                (int) initial,
                start,
                counting,
                tscDeadline,
                timer.armed() ? timer.deadline() : TimerQueue.NEVER);
    }

    void restore(int savedMode, LocalApicState.TimerState state) {
        stop();
        mode = savedMode;
        divideConfiguration = state.divideConfiguration() & DIVIDE_BITS;
        initial = state.initialCount() & 0xffffffffL;
        start = state.start();
        counting = state.counting() && initial != 0 && mode < TSC_DEADLINE;
        tscDeadline = mode == TSC_DEADLINE ? state.tscDeadline() : 0;
        if (state.deadline() != TimerQueue.NEVER && (counting || tscDeadline != 0)) {
            queue.arm(timer, state.deadline());
        }
    }
}
