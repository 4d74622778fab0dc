package org.xenolith.xen.sched;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.run.IdleSource;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;

/**
 * Runs the virtual processors of a machine on the calling thread, in an order that only virtual
 * time decides.
 *
 * <p>Each processor has its own time, one nanosecond an instruction. The runnable one that is
 * furthest behind (then the one with the lowest domid and id) runs for a slice, at most up to the
 * next deadline, so timers fire before anybody gets past them. A processor that is woken goes on at
 * the time of its waker. When all wait, the machine jumps to the next deadline.
 */
public final class Scheduler {
    /** Instructions in a slice when nobody else wants to run. */
    private static final long LONE_SLICE = 10_000_000;

    /** The same when others do: how far their times may drift apart, in nanoseconds. */
    private static final long SHARED_SLICE = 50_000;

    /** The same while virtual time follows the host's. */
    private static final long PACED_SLICE = 1_000_000;

    /** Host milliseconds between two looks at the host's requests of a machine that is dead. */
    private static final long LOOK_AGAIN_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final Machine machine;
    private final IdleSource input;
    private final VcpuRunner runner;
    private HostClock hostClock;
    private long hostStart;
    private boolean saidForEver;
    private volatile boolean stop;

    // Filled by choose().
    private Vcpu first;
    private boolean others;

    public Scheduler(Machine machine, IdleSource input) {
        this(machine, input, (vcpu, count) -> vcpu.engine.run(count));
    }

    /** A scheduler with another way to execute instructions. */
    public Scheduler(Machine machine, IdleSource input, VcpuRunner runner) {
        this.machine = machine;
        this.input = input;
        this.runner = runner;
    }

    /** Makes virtual time follow the host's from now on. To be called before {@link #run}. */
    public void realTime(HostClock clock) {
        hostClock = clock;
        hostStart = clock.now() - machine.now();
    }

    /** Makes {@link #run} return soon. Any thread may call this. */
    public void requestStop() {
        synchronized (this) {
            stop = true;
            notifyAll();
        }
        Vcpu vcpu = machine.running;
        if (vcpu != null) {
            vcpu.cpu.requestStop();
        }
        input.wake();
    }

    /** Runs until every domain has shut down, a stop is requested or a limit is reached. */
    public RunOutcome run(RunLimits limits) {
        long left = limits.instructions();
        while (!stop) {
            if (allDown()) {
                return RunOutcome.ALL_DOWN;
            }
            if (left <= 0) {
                return RunOutcome.LIMIT;
            }
            choose();
            if (first == null) {
                idle();
                continue;
            }
            long now = first.cpu.now();
            if (machine.fireTimer(now)) {
                continue;
            }
            machine.advance(now);
            if (input.poll(now, false)) {
                continue;
            }
            left -= slice(first, left);
            followHost(first);
        }
        return RunOutcome.STOPPED;
    }

    private boolean allDown() {
        for (Domain domain : machine.domains()) {
            if (domain.alive()) {
                return false;
            }
        }
        return true;
    }

    private void choose() {
        first = null;
        others = false;
        for (Domain domain : machine.domains()) {
            for (Vcpu vcpu : domain.vcpus) {
                if (vcpu.runnable()) {
                    others |= first != null;
                    if (first == null || vcpu.cpu.now() < first.cpu.now()) {
                        first = vcpu;
                    }
                }
            }
        }
    }

    /** Runs one processor; returns the instructions it has retired. */
    private long slice(Vcpu vcpu, long limit) {
        long count = Math.min(limit, others ? SHARED_SLICE : LONE_SLICE);
        if (hostClock != null) {
            count = Math.min(count, PACED_SLICE);
        }
        long now = vcpu.cpu.now();
        count = Math.min(count, machine.timers.nextDeadline() - now);
        long before = vcpu.cpu.instructions;
        machine.beginSlice(vcpu, now + count);
        try {
            if (vcpu.domain.events.upcallPending(vcpu)) {
                vcpu.domain.guest.deliverUpcall(vcpu);
            }
            if (vcpu.runnable() && !stop) {
                runner.run(vcpu, count);
            }
        } catch (RuntimeException | StackOverflowError e) {
            LOG.debug("{}", vcpu, e);
            vcpu.domain.crash(vcpu, "hypervisor error: " + e);
        } finally {
            machine.sliceEnded();
        }
        return vcpu.cpu.instructions - before;
    }

    private void idle() {
        long now = latest();
        if (machine.fireTimer(now)) {
            return;
        }
        machine.advance(now);
        if (input.poll(now, true)) {
            return;
        }
        long deadline = machine.timers.nextDeadline();
        if (deadline == TimerQueue.NEVER) {
            waitForInput(now);
        } else {
            long reached = input.waitUntil(now, deadline, hostClock != null);
            machine.advance(Math.clamp(reached, now, deadline));
        }
        if (hostClock != null) {
            machine.advance(hostClock.now() - hostStart);
        }
    }

    /** The time of the machine when all wait: nobody may be told of an earlier one. */
    private long latest() {
        long now = machine.now();
        for (Domain domain : machine.domains()) {
            for (Vcpu vcpu : domain.vcpus) {
                if (vcpu.online && domain.alive()) {
                    long next = machine.timers.nextDeadline();
                    now = Math.max(now, Math.min(vcpu.cpu.now(), next));
                }
            }
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
                    "the guest waits for ever: every processor is idle, no timer is set and no"
                            + " input can come");
        }
        waitForStop();
    }

    /** Waits a while: then the input source may pass on what the user wants. */
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

    /** A processor slower than the host's time has lost the difference to the host. */
    private void followHost(Vcpu vcpu) {
        if (hostClock != null) {
            long lag = hostClock.now() - hostStart - vcpu.cpu.now();
            vcpu.cpu.idleTime += Math.max(0, lag);
        }
    }
}
