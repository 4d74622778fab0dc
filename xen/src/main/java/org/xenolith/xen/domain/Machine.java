package org.xenolith.xen.domain;

import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.store.XenStore;
import org.xenolith.xen.time.Wallclock;
import org.xenolith.xen.trace.Tracer;

import java.util.List;
import java.util.TreeMap;

/**
 * The emulated machine that holds the domains: RAM, who owns its frames, decoded code, virtual
 * time. One host thread owns it.
 */
public final class Machine {
    public final PhysicalMemory ram;
    public final FrameTable frames;
    public final CodeCache codeCache;

    /** RAM for the hypervisor's own accesses to frames that guests use. */
    public final SharedMemory memory;

    /** Deadlines in virtual time; arming one that comes before a slice's end ends the slice. */
    public final TimerQueue timers = new TimerQueue();

    /** The store through which domains and the control domain find each other. */
    public final XenStore store = new XenStore();

    /** Takes the events that users want to see. */
    public Tracer tracer = Tracer.OFF;

    /** The processors have VMX, so that there can be HVM domains. */
    public boolean virtualization = true;

    /** The date at virtual time 0. Domains read it when they are made. */
    public Wallclock wallclock = Wallclock.FIXED;

    /** The processor that executes now, or null between slices. Set by the scheduler. */
    public Vcpu running;

    private final TreeMap<Integer, Domain> domains = new TreeMap<>();
    private List<Domain> domainList = List.of();
    private long clock;

    /**
     * @param bytes size of RAM, a multiple of 4096
     */
    public Machine(long bytes) {
        this(bytes, EngineConfig.DEFAULT);
    }

    /**
     * @param bytes size of RAM, a multiple of 4096
     * @param engine how code is executed
     */
    public Machine(long bytes, EngineConfig engine) {
        ram = new PhysicalMemory(bytes);
        frames = new FrameTable(Math.toIntExact(ram.frames()));
        codeCache = new CodeCache(ram, OpcodeTable.get(), engine);
        memory = new SharedMemory(ram, codeCache);
    }

    /** The domain of a number, or null. */
    public Domain domain(int domid) {
        return domains.get(domid);
    }

    /** All domains in the order of their numbers, also those that have shut down. */
    public List<Domain> domains() {
        return domainList;
    }

    void add(Domain domain) {
        if (domains.putIfAbsent(domain.domid, domain) != null) {
            throw new IllegalArgumentException("domain " + domain.domid + " exists");
        }
        domainList = List.copyOf(domains.values());
    }

    void remove(Domain domain) {
        domains.remove(domain.domid, domain);
        domainList = List.copyOf(domains.values());
    }

    /** Allocates a frame of zeroes; the mfn, or -1 if none is free. */
    public long allocateZeroed(int domid) {
        long mfn = frames.allocate(domid);
        if (mfn >= 0) {
            memory.zero(mfn << 12, 4096);
        }
        return mfn;
    }

    // ---- virtual time --------------------------------------------------------------------------

    /** Virtual nanoseconds: those of the processor that executes, else those of the machine. */
    public long now() {
        return running != null ? running.cpu.now() : clock;
    }

    /** Moves the machine's own time forward; never back. */
    public void advance(long now) {
        clock = Math.max(clock, now);
    }

    /**
     * Fires the first timer whose deadline is not later than {@code now}, at its deadline.
     *
     * @return whether there was one
     */
    public boolean fireTimer(long now) {
        if (timers.nextDeadline() > now) {
            return false;
        }
        advance(timers.nextDeadline());
        return timers.fireFirst(now);
    }

    /** Notes that {@code vcpu} executes until its own time is {@code end} at the latest. */
    public void beginSlice(Vcpu vcpu, long end) {
        running = vcpu;
        timers.watch(end, this::endSlice);
    }

    /** Makes the processor that executes now return to the scheduler as soon as it can. */
    public void endSlice() {
        if (running != null) {
            running.cpu.requestStop();
        }
    }

    /** Notes that no processor executes. */
    public void sliceEnded() {
        timers.unwatch();
        running = null;
    }
}
