package org.xenolith.cpu.run;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.time.TimerQueue;

/**
 * Virtual time in nanoseconds as the devices of a machine see it: that of the processor that
 * executes now, or else of the last deadline or slice.
 */
public final class VirtualClock {
    /** Deadlines; arming one that comes before the end of the current slice ends the slice. */
    public final TimerQueue timers = new TimerQueue();

    private Cpu running;
    private long clock;

    /** Virtual nanoseconds since the machine started, as the guest may see them. */
    public long now() {
        return running != null ? running.observeNow() : clock;
    }

    /** The time of whoever acts now, without bringing it up to what others have seen. */
    long actual() {
        return running != null ? running.now() : clock;
    }

    /** Moves the machine's own time forward; never back. */
    void advance(long now) {
        clock = Math.max(clock, now);
    }

    /** Fires the first timer that is due at {@code now}, at its deadline; whether there was one. */
    boolean fireTimer(long now) {
        long deadline = timers.nextDeadline();
        if (deadline > now) {
            return false;
        }
        advance(deadline);
        return timers.fireFirst(now);
    }

    /** Notes that {@code cpu} executes until its own time is {@code end} at the latest. */
    void beginSlice(Cpu cpu, long end) {
        running = cpu;
        timers.watch(end, this::endSlice);
    }

    /** Whether {@code cpu} executes now. */
    boolean executes(Cpu cpu) {
        return running == cpu;
    }

    /** Makes the processor that executes now return as soon as it can. */
    void endSlice() {
        Cpu cpu = running;
        if (cpu != null) {
            cpu.requestStop();
        }
    }

    /** Notes that no processor executes. */
    void sliceEnded() {
        timers.unwatch();
        running = null;
    }
}
