package org.xenolith.xen.domain;

import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.time.Timer;
import org.xenolith.xen.event.EventVcpu;
import org.xenolith.xen.event.Virq;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.time.TimeInfo;

/** A virtual processor of a domain: the emulated processor and its place in the hypervisor. */
public final class Vcpu implements EventVcpu {
    /** Polls for no port. */
    private static final int NO_PORT = 0;

    /** Polls for several ports: any event ends the wait. */
    private static final int ANY_PORT = -1;

    private static final int INFO_BYTES = 64;
    private static final int UPCALL_MASK = 1;
    private static final int CR2 = 16;
    private static final int TIME = 32;

    public final Domain domain;

    /** 0.. within the domain. */
    public final int id;

    public final Cpu cpu;
    public final Interpreter engine;

    /** Machine address of this processor's vcpu_info (64 bytes, public/xen.h), 0 for none yet. */
    public long info;

    /** The processor has a state to start from (VCPUOP_initialise, or the domain's builder). */
    public boolean initialised;

    /** VCPUOP_up was called and the processor may run. */
    public boolean online;

    /** Waits for an event (SCHEDOP_block, SCHEDOP_poll). */
    public boolean blocked;

    /** Last hypercalls, for crash records. */
    public final HypercallTrace trace = new HypercallTrace();

    /** Where its time went. */
    public final Runstate runstate = new Runstate();

    /** Inside a multicall, which must not nest. */
    public boolean inMulticall;

    private boolean infoRegistered;
    private int polledPort;
    private long period;
    private final Timer singleshot = new Timer(deadline -> timerFired());
    private final Timer periodic = new Timer(this::periodFired);
    private final Timer pollTimeout = new Timer(deadline -> wake());

    public Vcpu(Domain domain, int id, Cpu cpu, Interpreter engine) {
        this.domain = domain;
        this.id = id;
        this.cpu = cpu;
        this.engine = engine;
        if (id < Domain.LEGACY_MAX_VCPUS) {
            info = domain.sharedInfo + (long) INFO_BYTES * id;
            setUpcallMask(true);
            updateTime();
        }
    }

    /** The guest memory as this processor's kernel sees it. */
    public GuestMemory memory() {
        return domain.guest.memory(this);
    }

    /** The layouts in which this processor's kernel passes arguments now. */
    public GuestAbi abi() {
        return memory().abi();
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String toString() {
        return "d" + domain.domid + "v" + id;
    }

    // ---- running and waiting -------------------------------------------------------------------

    /** Whether the scheduler may choose this processor. */
    public boolean runnable() {
        return online && !blocked && domain.alive();
    }

    /** Starts an initialised processor, at a virtual time not before {@code now}. */
    public void bringUp(long now) {
        if (!online) {
            skipTo(now);
            online = true;
            blocked = false;
            runstate.enter(Runstate.RUNNING, cpu.now(), this);
            updateTime();
            endOthersSlice();
        }
    }

    /** Stops the processor until it is brought up again; it keeps its state. */
    public void takeDown() {
        if (online) {
            online = false;
            blocked = false;
            polledPort = NO_PORT;
            disarmAll();
            runstate.enter(Runstate.OFFLINE, cpu.now(), this);
            cpu.requestStop();
        }
    }

    /** SCHEDOP_block: waits for an event. The caller has seen that none is deliverable. */
    public void block() {
        blocked = true;
        runstate.enter(Runstate.BLOCKED, cpu.now(), this);
        cpu.requestStop();
    }

    /**
     * SCHEDOP_poll: waits for an event on one of several ports.
     *
     * @param ports those ports, none of which is pending
     * @param deadline virtual nanoseconds, 0 for none
     */
    public void poll(int[] ports, long deadline) {
        polledPort = ports.length == 1 ? ports[0] : ANY_PORT;
        block();
        if (deadline != 0) {
            domain.machine.timers.arm(pollTimeout, deadline);
        }
    }

    @Override
    public boolean polls(int port) {
        return blocked && (polledPort == port || polledPort == ANY_PORT);
    }

    @Override
    public void upcallRaised() {
        domain.guest.upcallRaised(this);
        wake();
    }

    @Override
    public void wake() {
        if (!blocked) {
            return;
        }
        skipTo(domain.machine.now());
        blocked = false;
        polledPort = NO_PORT;
        domain.machine.timers.disarm(pollTimeout);
        runstate.enter(Runstate.RUNNING, cpu.now(), this);
        endOthersSlice();
    }

    /** The processor that executes now has gone on without this one. */
    private void endOthersSlice() {
        if (domain.machine.running != this) {
            domain.machine.endSlice();
        }
    }

    private void skipTo(long now) {
        cpu.idleTime += Math.max(0, now - cpu.now());
    }

    // ---- timers --------------------------------------------------------------------------------

    /** Raises VIRQ_TIMER once, at a virtual time. */
    public void setSingleshot(long deadline) {
        domain.machine.timers.arm(singleshot, deadline);
    }

    public void stopSingleshot() {
        domain.machine.timers.disarm(singleshot);
    }

    /** Raises VIRQ_TIMER each {@code nanos}, at least 1,000,000; 0 stops it. */
    public void setPeriod(long nanos) {
        period = nanos;
        if (nanos == 0) {
            domain.machine.timers.disarm(periodic);
        } else {
            domain.machine.timers.arm(periodic, domain.machine.now() + nanos);
        }
    }

    private void periodFired(long deadline) {
        timerFired();
        domain.machine.timers.arm(periodic, deadline + period);
    }

    private void timerFired() {
        domain.events.sendVirq(this, Virq.TIMER);
    }

    void disarmAll() {
        domain.machine.timers.disarm(singleshot);
        domain.machine.timers.disarm(periodic);
        domain.machine.timers.disarm(pollTimeout);
    }

    // ---- vcpu_info -----------------------------------------------------------------------------

    @Override
    public long infoAddress() {
        return info;
    }

    /** vcpu_info.evtchn_upcall_mask; masked while there is no vcpu_info. */
    public boolean upcallMasked() {
        return info == 0 || domain.machine.memory.get8(info + UPCALL_MASK) != 0;
    }

    public void setUpcallMask(boolean masked) {
        if (info != 0) {
            domain.machine.memory.put8(info + UPCALL_MASK, masked ? 1 : 0);
        }
    }

    /** Tells the guest the address of a page fault (vcpu_info.arch.cr2). */
    public void setInfoCr2(long address) {
        if (info != 0) {
            domain.machine.memory.put64(info + CR2, address);
        }
    }

    /**
     * VCPUOP_register_vcpu_info: moves vcpu_info to a place of the guest's choice, for good.
     *
     * @param self whether the processor itself asks; for others it must be offline
     * @return 0, -ENXIO (bad offset) or -EINVAL
     */
    public int registerInfo(boolean self, long gfn, int offset) {
        if (offset < 0 || offset > 4096 - INFO_BYTES || offset % 8 != 0) {
            return -Errno.ENXIO;
        }
        if (infoRegistered || !self && online) {
            return -Errno.EINVAL;
        }
        long mfn = domain.guest.gfnToMfn(gfn);
        if (mfn < 0 || !domain.frames().referenceWritable(mfn, domain.domid)) {
            return -Errno.EINVAL;
        }
        long place = (mfn << 12) + offset;
        if (info == 0) {
            domain.machine.memory.zero(place, INFO_BYTES);
            domain.machine.memory.put8(place + UPCALL_MASK, 1);
        } else {
            domain.machine.memory.copy(info, place, INFO_BYTES);
        }
        info = place;
        infoRegistered = true;
        domain.events.infoMoved(this);
        updateTime();
        return 0;
    }

    /** Writes the pvclock record of vcpu_info. */
    private void updateTime() {
        if (info != 0) {
            int version = domain.machine.memory.get32(info + TIME);
            byte[] record = timeInfo(version);
            domain.machine.memory.write(info + TIME, record, 0, record.length);
        }
    }

    /** A pvclock record for this processor that replaces one of {@code version}. */
    public byte[] timeInfo(int version) {
        return TimeInfo.encode(version, cpu.now(), domain.vcpus.length == 1);
    }
}
