package org.xenolith.xen.domain;

import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.event.EventChannels;
import org.xenolith.xen.event.EventDomain;
import org.xenolith.xen.event.EventVcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.grant.GrantTable;
import org.xenolith.xen.hypercall.GuestAbi;

import java.util.UUID;

/**
 * A domain: an identity, memory, virtual processors and the objects that hypercalls act on. What
 * depends on the kind of guest is behind {@link #guest}.
 *
 * <p>shared_info and the grant table's frames belong to the domain but not to its memory: they are
 * not counted in {@link #pages}, and a reference of the hypervisor keeps the guest from freeing
 * them.
 */
public final class Domain implements EventDomain {
    /** Most virtual processors. */
    public static final int MAX_VCPUS = 128;

    /** Processors whose vcpu_info is in shared_info until it is registered elsewhere. */
    public static final int LEGACY_MAX_VCPUS = 32;

    /**
     * What XENVER_get_features tells a PV domain of Xen 4.17: bits 5, 6, 7, 13 and 17; bit 4 joins
     * them once the guest has enabled the assist pae_extended_cr3.
     */
    public static final int PV_FEATURES = 0x220e0;

    public final Machine machine;

    /** 0..0x7fef. */
    public final int domid;

    public final String name;
    public final UUID uuid;

    /** Virtual processors, all of them, online or not. */
    public final Vcpu[] vcpus;

    public final EventChannels events;
    public final GrantTable grants;
    public final HypercallTable hypercalls = new HypercallTable();
    public final Watchdogs watchdogs = new Watchdogs(this);

    /** Machine address of the shared_info page (public/xen.h). */
    public final long sharedInfo;

    /** Set by the domain's builder before anything runs. */
    public GuestType guest;

    /** Limit of {@link #pages}. */
    public int maxPages;

    /** Frames that the domain owns as its memory. */
    public int pages;

    /** XENFEAT_* bits of submap 0 (public/features.h). */
    public int features = PV_FEATURES;

    /** VMASST_TYPE_* bits that the guest has enabled (public/xen.h). */
    public long vmAssist;

    /** Takes the output of console_io, or null if the domain may not use it, as usual. */
    public ConsoleSink debugConsole;

    /** Why the domain has shut down, or null while it lives. */
    public ShutdownReason shutdown;

    /** What is known of the crash, when {@link #shutdown} is CRASH. */
    public CrashRecord crash;

    private ShutdownReason latched;
    private GuestAbi sharedAbi = GuestAbi.X86_64;

    /**
     * Makes a domain without processors and memory.
     *
     * @param vcpuCount 1 to {@link #MAX_VCPUS}; each must then be made by {@link #addVcpu}
     * @throws IllegalArgumentException if the count is out of range or the number taken
     * @throws IllegalStateException if the machine has no free frames
     */
    public Domain(Machine machine, int domid, String name, UUID uuid, int vcpuCount) {
        if (vcpuCount < 1 || vcpuCount > MAX_VCPUS) {
            throw new IllegalArgumentException("vcpus must be 1 to " + MAX_VCPUS);
        }
        this.machine = machine;
        this.domid = domid;
        this.name = name;
        this.uuid = uuid;
        this.vcpus = new Vcpu[vcpuCount];
        machine.add(this);
        long mfn = machine.allocateZeroed(domid);
        if (mfn < 0) {
            throw new IllegalStateException("no free frame for shared_info");
        }
        machine.frames.referenceType(mfn, FrameTable.WRITABLE);
        sharedInfo = mfn << 12;
        machine.wallclock.write(machine.memory, sharedInfo, sharedAbi);
        events = new EventChannels(this);
        grants = new GrantTable(domid, machine.frames, machine.memory, this::gfnToMfn);
    }

    /** Makes one of the domain's processors. */
    public Vcpu addVcpu(int id, Cpu cpu, Interpreter engine) {
        vcpus[id] = new Vcpu(this, id, cpu, engine);
        return vcpus[id];
    }

    /** The processor of an id that a guest gave, or null. */
    public Vcpu vcpu(long id) {
        return id >= 0 && id < vcpus.length ? vcpus[(int) id] : null;
    }

    @Override
    public FrameTable frames() {
        return machine.frames;
    }

    // ---- end -----------------------------------------------------------------------------------

    /** Whether the domain has not shut down. */
    public boolean alive() {
        return shutdown == null;
    }

    /**
     * Ends the domain as crashed by its own doing. Its processors stop at once; the machine and
     * other domains live on. Only the first call counts.
     *
     * @param vcpu the processor at fault
     * @param reason one line
     */
    public void crash(Vcpu vcpu, String reason) {
        if (alive()) {
            crash = CrashRecord.of(vcpu, reason);
            latched = null;
            shutDown(ShutdownReason.CRASH);
        }
    }

    /** What a crash record would tell of each processor that is online now. */
    public String describe() {
        return CrashRecord.details(this);
    }

    /**
     * Ends the domain; all its processors stop at the next block boundary. A reason latched before
     * takes the place of the given one.
     */
    public void shutDown(ShutdownReason reason) {
        if (alive()) {
            shutdown = latched != null ? latched : reason;
            watchdogs.disarm();
            for (Vcpu v : vcpus) {
                if (v != null) {
                    v.disarmAll();
                    v.cpu.requestStop();
                }
            }
        }
    }

    /** SCHEDOP_shutdown_code: sets the reason of a later shutdown. Only the first call counts. */
    public void latchShutdown(ShutdownReason reason) {
        if (latched == null) {
            latched = reason;
        }
    }

    /**
     * Removes the domain from the machine and frees its frames, except those that other domains
     * have mapped: these stay until unmapped.
     */
    public void destroy() {
        shutDown(ShutdownReason.POWEROFF);
        if (guest != null) {
            guest.destroy();
        }
        events.destroy();
        Teardown.releaseFrames(this);
        machine.remove(this);
        pages = 0;
    }

    // ---- what event channels need --------------------------------------------------------------

    @Override
    public int domid() {
        return domid;
    }

    @Override
    public SharedMemory memory() {
        return machine.memory;
    }

    @Override
    public long sharedInfo() {
        return sharedInfo;
    }

    @Override
    public GuestAbi sharedAbi() {
        return sharedAbi;
    }

    /**
     * Chooses the layout of shared_info and vcpu_info. As in Xen only the date moves to its new
     * place: a guest does this before it uses anything else.
     */
    public void latchSharedAbi(GuestAbi abi) {
        if (abi != sharedAbi) {
            sharedAbi = abi;
            machine.wallclock.write(machine.memory, sharedInfo, abi);
        }
    }

    @Override
    public int vcpuCount() {
        return vcpus.length;
    }

    @Override
    public EventVcpu eventVcpu(int id) {
        return vcpus[id];
    }

    @Override
    public long gfnToMfn(long gfn) {
        return guest.gfnToMfn(gfn);
    }

    @Override
    public EventChannels eventsOf(int otherDomid) {
        Domain other = machine.domain(otherDomid);
        return other == null ? null : other.events;
    }
}
