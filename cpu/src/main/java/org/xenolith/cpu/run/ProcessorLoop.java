package org.xenolith.cpu.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.cpu.time.TimerQueue;

import java.util.List;

/**
 * Runs the processors of one machine on the calling thread, in an order that only virtual time
 * decides.
 *
 * <p>Each processor has its own time, one nanosecond an instruction. The runnable one that is
 * furthest behind (then the first in the list) runs for a slice, at most up to the next deadline,
 * so timers fire before anybody gets past them. A processor that is woken through its {@link #pins}
 * goes on at the time of its waker. When all wait, the machine jumps to the next deadline.
 */
public final class ProcessorLoop {
    /** Instructions in a slice when no other processor wants to run. */
    private static final long LONE_SLICE = 10_000_000;

    /** The same when others do: how far their times may drift apart, in nanoseconds. */
    private static final long SHARED_SLICE = 50_000;

    /** Host milliseconds between two looks at the host's requests of a machine that is dead. */
    private static final long LOOK_AGAIN_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(ProcessorLoop.class);

    private final VirtualClock clock;
    private final List<Processor> processors;
    private final IdleSource input;
    private boolean saidForEver;
    private volatile boolean stop;

    // Filled by choose().
    private Processor first;
    private boolean others;

    /**
     * A loop that has not started.
     *
     * @param processors at least one; the first wins where two are equally far behind
     */
    public ProcessorLoop(VirtualClock clock, List<Processor> processors, IdleSource input) {
        this.clock = clock;
        this.processors = List.copyOf(processors);
        this.input = input;
    }

    /**
     * Pins through which a waiting processor is woken properly.
     *
     * @param processor one of this loop's
     * @param pins the processor's own
     */
    public static ProcessorPins pins(VirtualClock clock, Processor processor, ProcessorPins pins) {
        return new WakingPins(clock, processor, pins);
    }

    /** Makes {@link #run} return soon. Any thread may call this. */
    public void requestStop() {
        synchronized (this) {
            stop = true;
            notifyAll();
        }
        clock.endSlice();
        input.wake();
    }

    /** Runs until {@link #requestStop}. */
    public void run() {
        while (!stop) {
            choose();
            if (first == null) {
                idle();
                continue;
            }
            long now = first.cpu().now();
            if (clock.fireTimer(now)) {
                continue;
            }
            clock.advance(now);
            if (!input.poll(now, false)) {
                slice(first);
            }
        }
    }

    private void choose() {
        first = null;
        others = false;
        for (Processor processor : processors) {
            if (processor.runnable()) {
                others |= first != null;
                if (first == null || processor.cpu().now() < first.cpu().now()) {
                    first = processor;
                }
            }
        }
    }

    private void slice(Processor processor) {
        long now = processor.cpu().now();
        long count = others ? SHARED_SLICE : LONE_SLICE;
        count = Math.min(count, clock.timers.nextDeadline() - now);
        clock.beginSlice(processor.cpu(), now + count);
        try {
            processor.engine().run(count);
        } finally {
            clock.sliceEnded();
        }
    }

    private void idle() {
        long now = latest();
        if (clock.fireTimer(now)) {
            return;
        }
        clock.advance(now);
        if (input.poll(now, true)) {
            return;
        }
        long deadline = clock.timers.nextDeadline();
        if (deadline == TimerQueue.NEVER) {
            waitForInput(now);
        } else {
            clock.advance(Math.clamp(input.waitUntil(now, deadline, false), now, deadline));
        }
    }

    /** The time of the machine when all wait: nobody may be told of an earlier one. */
    private long latest() {
        long now = clock.now();
        for (Processor processor : processors) {
            long next = clock.timers.nextDeadline();
            now = Math.max(now, Math.min(processor.cpu().now(), next));
        }
        return now;
    }

    private void waitForInput(long now) {
        if (input.open()) {
            input.waitUntil(now, TimerQueue.NEVER, true);
            return;
        }
        if (!saidForEver) {
            saidForEver = true;
            LOG.warn(
                    "the guest waits for ever: every processor is halted, no timer is set and no"
                            + " input can come");
        }
        waitForStop();
    }

    /** Waits a while: then the input source may say that somebody wants the run to end. */
    private synchronized void waitForStop() {
        try {
            if (!stop) {
                wait(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop = true;
        }
    }
}
