package org.xenolith.cpu.vmx;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

/**
 * The VMX-preemption timer (SDM vol. 3C, 26.5.1): counts down in non-root operation whenever a
 * certain bit of the host's TSC changes, and exits at 0.
 */
final class PreemptionTimer {
    private static final long MOST = 0xffffffffL;

    private final NonRootOperation owner;
    private final Cpu cpu;
    private final TimerQueue timers;
    private final Timer timer = new Timer(this::expire);
    private boolean on;
    private long initial;
    private long started;

    PreemptionTimer(NonRootOperation owner, TimerQueue timers) {
        this.owner = owner;
        this.timers = timers;
        cpu = owner.cpu;
    }

    /** VM entry: starts from the value in the VMCS if the control is set. */
    void start() {
        on = owner.pinBased(Controls.PREEMPTION_TIMER);
        if (!on) {
            return;
        }
        initial = owner.vmcs.read(VmcsField.PREEMPTION_TIMER_VALUE);
        started = ticks();
        if (initial == 0) {
            owner.timerExpired();
        } else {
            long left = (started + initial << Capabilities.TIMER_SHIFT) - owner.hostTsc();
            timers.arm(timer, cpu.now() + left);
        }
    }

    private long ticks() {
        return owner.hostTsc() >>> Capabilities.TIMER_SHIFT;
    }

    /** What is left of it. */
    long value() {
        return on
                ? Math.clamp(initial - (ticks() - started), 0, MOST)
                : owner.vmcs.read(VmcsField.PREEMPTION_TIMER_VALUE);
    }

    void stop() {
        timers.disarm(timer);
        on = false;
    }

    /** Comes when the processor's own time is the deadline, unless it waits. */
    private void expire(long deadline) {
        if (cpu.now() < deadline) {
            cpu.idleTime += deadline - cpu.now();
        }
        owner.timerExpired();
        cpu.attend();
    }
}
