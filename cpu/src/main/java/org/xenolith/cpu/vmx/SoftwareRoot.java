package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_ERROR_CODE;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_TYPE_SHIFT;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_VALID;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.time.TimerQueue;

/**
 * Non-root operation of a processor whose root operation is software of the machine: VM entries
 * load the guest's state and exits the host's (SDM vol. 3C, chapters 27 and 28).
 */
final class SoftwareRoot extends NonRootOperation {
    private static final int ENTRY_FAILED = 1 << 31;
    private static final int PAT = 0x277;
    private static final int MACHINE_CHECK = 18;
    private static final int TYPE_MASK = 7;
    private static final int TYPE_OTHER = 7;
    private static final int VECTOR_MASK = 0xff;
    private static final long PENDING_STEP = 1 << 14;
    private static final long PENDING_ENABLED = 1 << 12;
    private static final long PENDING_HITS = 15;
    private static final long PENDING_CAUSE = 0x400f;

    // VMX-abort indicators (SDM vol. 3C, 28.7)
    private static final int ABORT_STORING = 1;
    private static final int ABORT_PDPTES = 2;
    private static final int ABORT_LOADING = 4;

    /**
     * Virtual nanoseconds that a VM exit takes, about as on processors: hypervisors count on time
     * passing for a guest that does nothing but exit.
     */
    static final long EXIT_TIME = 200;

    private final NativeSupervisor supervisor;
    private final Capabilities capabilities;
    private final PreemptionTimer timer;
    private MemoryVmcs region;

    SoftwareRoot(
            Cpu cpu, NativeSupervisor supervisor, Capabilities capabilities, TimerQueue timers) {
        super(cpu);
        this.supervisor = supervisor;
        this.capabilities = capabilities;
        timer = new PreemptionTimer(this, timers);
    }

    /** Power-on: nothing of non-root operation is left. */
    void reset() {
        if (cpu.nonRoot == this) {
            timer.stop();
            disarm();
            offset(0);
            virtualApic.leave();
            cpu.nonRoot = null;
            cpu.useTranslations(0, Cpu.NO_EPT, cpu.cr3());
        }
    }

    // ---- VM entry ------------------------------------------------------------------------------

    /**
     * Enters non-root operation.
     *
     * @return 0 unless the instruction fails, which then has changed nothing; else the error number
     */
    int enter(MemoryVmcs current, boolean launch) {
        if (!new ControlChecks(cpu, current, capabilities).pass()) {
            return SoftwareVmx.BAD_CONTROLS;
        }
        if (!new HostChecks(cpu, current, capabilities).pass()) {
            return SoftwareVmx.BAD_HOST_STATE;
        }
        vmcs = current;
        region = current;
        int bad = new GuestChecks(cpu, current, capabilities).check();
        if (bad != GuestChecks.PASSED) {
            failEntry(ExitReason.INVALID_GUEST_STATE, bad);
            return 0;
        }
        loadGuest();
        long count = vmcs.read(VmcsField.ENTRY_MSR_LOAD_COUNT);
        long list = vmcs.read(VmcsField.ENTRY_MSR_LOAD_ADDRESS);
        int failed = MsrLists.load(cpu, count, list, true);
        if (failed != 0) {
            disarm();
            offset(0);
            failEntry(ExitReason.MSR_LOADING, failed);
            return 0;
        }
        if (launch) {
            MemoryVmcs.setLaunched(cpu.ram, current.region, true);
        }
        begin();
        return 0;
    }

    private void loadGuest() {
        load();
        int entry = field(VmcsField.ENTRY_CONTROLS);
        GuestState.load(cpu, vmcs, entry);
        if ((entry & Controls.ENTRY_LOAD_PAT) != 0) {
            cpu.msrs.write(PAT, vmcs.read(VmcsField.GUEST_IA32_PAT));
        }
        boolean free = secondary(Controls.UNRESTRICTED_GUEST);
        long paging = Cpu.CR0_PE | Cpu.CR0_PG;
        cpu.cr0Required = capabilities.cr0Required() & ~(free ? paging : 0);
        if (secondary(Controls.ENABLE_EPT) && pae()) {
            for (int i = 0; i < 4; i++) {
                cpu.walker.pdpte(i, vmcs.read(GuestState.pdpte(i)));
            }
        }
        if (!secondary(Controls.ENABLE_VPID)) {
            cpu.invalidateVpid(0);
        }
        useTranslations(vmcs.read(VmcsField.GUEST_CR3));
    }

    private boolean pae() {
        return (cpu.cr0 & Cpu.CR0_PG) != 0 && (cpu.cr4 & Cpu.CR4_PAE) != 0 && !cpu.longMode();
    }

    /** The state is loaded: what happens before the guest's first instruction. */
    private void begin() {
        cpu.nonRoot = this;
        unlatchNmi(pinBased(Controls.VIRTUAL_NMIS));
        virtualApic.enter();
        int info = field(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
        boolean injects = (info & INTERRUPTION_VALID) != 0;
        GuestState.loadActivity(cpu, injects ? 0 : field(VmcsField.GUEST_ACTIVITY));
        timer.start();
        boolean other = (info >>> INTERRUPTION_TYPE_SHIFT & TYPE_MASK) == TYPE_OTHER;
        arm(injects && other);
        if (injects && !other) {
            inject(info);
        } else if (!injects) {
            debugPending();
        }
    }

    private void inject(int info) {
        int type = info >>> INTERRUPTION_TYPE_SHIFT & TYPE_MASK;
        boolean hasCode = (info & INTERRUPTION_ERROR_CODE) != 0;
        int code = hasCode ? field(VmcsField.ENTRY_EXCEPTION_ERROR_CODE) : 0;
        boolean software = type >= TYPE_SOFTWARE_INTERRUPT;
        int length = software ? field(VmcsField.ENTRY_INSTRUCTION_LENGTH) : 0;
        if (type == TYPE_NMI) {
            cpu.nmiBlocked = true;
        }
        supervisor.inject(cpu, info & VECTOR_MASK, type, code, length);
    }

    /** Delivers debug exceptions that the guest had pending, unless MOV SS holds them off. */
    private void debugPending() {
        long pending = vmcs.read(VmcsField.GUEST_PENDING_DEBUG_EXCEPTIONS);
        boolean shadow = cpu.instructions < cpu.debugShadowUntil;
        cpu.heldBreakpoints = shadow ? pending & PENDING_HITS : 0;
        if ((pending & (PENDING_STEP | PENDING_ENABLED)) != 0 && !shadow) {
            cpu.debugFault(pending & PENDING_CAUSE);
            cpu.halted = false;
            supervisor.exception(cpu, CpuFault.DB, 0);
        }
    }

    private void failEntry(int reason, long qualification) {
        put(VmcsField.EXIT_REASON, reason | ENTRY_FAILED);
        put(VmcsField.EXIT_QUALIFICATION, qualification);
        host();
    }

    // ---- VM exit -------------------------------------------------------------------------------

    @Override
    void deliver(int vector) {
        supervisor.inject(cpu, vector, TYPE_EXTERNAL, 0, 0);
    }

    @Override
    void leave() {
        cpu.idleTime += EXIT_TIME;
        cpu.requestStop(); // deadlines may have come
        saveGuest();
        timer.stop();
        disarm();
        offset(0);
        boolean nmi =
                field(VmcsField.EXIT_REASON) == ExitReason.EXCEPTION_OR_NMI
                        && (field(VmcsField.EXIT_INTERRUPTION_INFORMATION)
                                                >>> INTERRUPTION_TYPE_SHIFT
                                        & TYPE_MASK)
                                == TYPE_NMI;
        cpu.nmiBlocked = nmi || cpu.nmiBlocked && !pinBased(Controls.VIRTUAL_NMIS);
        long count = vmcs.read(VmcsField.EXIT_MSR_STORE_COUNT);
        if (MsrLists.store(cpu, count, vmcs.read(VmcsField.EXIT_MSR_STORE_ADDRESS)) != 0) {
            abort(ABORT_STORING);
            return;
        }
        host();
    }

    private void saveGuest() {
        int exit = field(VmcsField.EXIT_CONTROLS);
        GuestState.save(cpu, vmcs, exit);
        long held = takeHeldDebug();
        if (held != 0) {
            long enabled = (held & PENDING_HITS) != 0 ? PENDING_ENABLED : 0;
            put(VmcsField.GUEST_PENDING_DEBUG_EXCEPTIONS, held | enabled);
        }
        if (exitsByFault()) {
            put(VmcsField.GUEST_RFLAGS, vmcs.read(VmcsField.GUEST_RFLAGS) | Flags.RF);
        }
        if ((exit & Controls.EXIT_SAVE_PAT) != 0) {
            put(VmcsField.GUEST_IA32_PAT, cpu.msrs.read(PAT));
        }
        if ((exit & Controls.EXIT_SAVE_TIMER) != 0) {
            put(VmcsField.PREEMPTION_TIMER_VALUE, timer.value());
        }
        if (secondary(Controls.ENABLE_EPT) && pae()) {
            GuestState.savePdptes(cpu, vmcs);
        }
        long entry = vmcs.read(VmcsField.ENTRY_CONTROLS) & ~Controls.ENTRY_GUEST_64;
        put(VmcsField.ENTRY_CONTROLS, entry | (cpu.longMode() ? Controls.ENTRY_GUEST_64 : 0));
        long info = vmcs.read(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
        put(VmcsField.ENTRY_INTERRUPTION_INFORMATION, info & ~INTERRUPTION_VALID);
    }

    /** Whether the exit is in place of a fault, whose delivery would have pushed RF set. */
    private boolean exitsByFault() {
        int info = field(VmcsField.EXIT_INTERRUPTION_INFORMATION);
        int vector = info & VECTOR_MASK;
        return field(VmcsField.EXIT_REASON) == ExitReason.EXCEPTION_OR_NMI
                && (info >>> INTERRUPTION_TYPE_SHIFT & TYPE_MASK) == TYPE_EXCEPTION
                && vector != CpuFault.DB
                && vector != CpuFault.DF
                && vector != MACHINE_CHECK;
    }

    /** Goes back to root operation. */
    private void host() {
        int exit = field(VmcsField.EXIT_CONTROLS);
        cpu.nonRoot = null;
        virtualApic.leave();
        HostState.load(cpu, vmcs, exit);
        if ((exit & Controls.EXIT_LOAD_PAT) != 0) {
            cpu.msrs.write(PAT, vmcs.read(VmcsField.HOST_IA32_PAT));
        }
        cpu.cr0Required = capabilities.cr0Required();
        if (!secondary(Controls.ENABLE_VPID)) {
            cpu.invalidateVpid(0);
        }
        long cr3 = vmcs.read(VmcsField.HOST_CR3);
        cpu.useTranslations(0, Cpu.NO_EPT, cr3);
        if (pae() && !cpu.loadPdptes(cr3)) {
            abort(ABORT_PDPTES);
            return;
        }
        unlatchNmi(false);
        long count = vmcs.read(VmcsField.EXIT_MSR_LOAD_COUNT);
        if (MsrLists.load(cpu, count, vmcs.read(VmcsField.EXIT_MSR_LOAD_ADDRESS), false) != 0) {
            abort(ABORT_LOADING);
        }
    }

    /**
     * An NMI that came while NMIs were blocked waits no longer if they are not.
     *
     * @param virtual what is blocked is not NMIs but virtual NMIs
     */
    private void unlatchNmi(boolean virtual) {
        if (cpu.nmiLatched && (virtual || !cpu.nmiBlocked)) {
            cpu.nmiLatched = false;
            cpu.pins |= Cpu.PIN_NMI;
        }
    }

    private void abort(int indicator) {
        region.setAbort(indicator);
        cpu.nonRoot = null;
        supervisor.abort(cpu);
    }
}
