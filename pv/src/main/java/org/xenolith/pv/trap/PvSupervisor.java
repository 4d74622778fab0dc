package org.xenolith.pv.trap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.cpu.state.Supervisor;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.cpuid.CpuidPolicy;
import org.xenolith.pv.trap.emulate.ForcedEmulation;
import org.xenolith.pv.trap.emulate.GuestCode;
import org.xenolith.pv.trap.emulate.HypercallPages;
import org.xenolith.pv.trap.emulate.Outcome;
import org.xenolith.pv.trap.emulate.PageTableWrites;
import org.xenolith.pv.trap.emulate.PrivilegedInstructions;
import org.xenolith.pv.trap.state.Callback;
import org.xenolith.pv.trap.state.Selectors;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.trace.TraceEvent;
import org.xenolith.xen.trace.TraceKind;

/**
 * Ring 0 of one virtual processor of a 64-bit PV guest.
 *
 * <p>Each entry ends as Xen's exit path does: an NMI that waits is delivered, then the event
 * callback if an event is pending and not masked. Whatever goes wrong here ends the domain, never
 * the machine.
 */
public final class PvSupervisor implements Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(PvSupervisor.class);

    private static final int BP = 3;
    private static final int OF = 4;
    private static final int INT80 = 0x80;

    /** Length of SYSCALL in bytes. */
    private static final int SYSCALL_LENGTH = 2;

    /** Selector error code: the index is that of an IDT entry (SDM vol. 3A, 7.13). */
    private static final int ERROR_IDT = 2;

    private Vcpu vcpu;
    private Domain domain;
    private VcpuState state;
    private Bounce bounce;
    private PageFaults pageFaults;
    private Iret iret;
    private ForcedEmulation cpuid;
    private PrivilegedInstructions privileged;

    /**
     * Ties this supervisor to its processor and to the domain's memory. Called once, before the
     * processor runs.
     */
    public void attach(
            VcpuState vcpuState,
            PvMemory memory,
            CpuidPolicy policy,
            HypercallPages hypercallPages) {
        state = vcpuState;
        vcpu = vcpuState.vcpu;
        domain = vcpu.domain;
        GuestCode code = new GuestCode(state);
        bounce = new Bounce(state);
        pageFaults =
                new PageFaults(state, memory, new PageTableWrites(state, memory, code), bounce);
        iret = new Iret(state, memory, bounce, pageFaults);
        cpuid = new ForcedEmulation(state, code, policy);
        privileged = new PrivilegedInstructions(state, memory, code, cpuid, hypercallPages);
    }

    /** What this supervisor remembers of its processor. */
    public VcpuState state() {
        return state;
    }

    Bounce bounce() {
        return bounce;
    }

    Iret iret() {
        return iret;
    }

    @Override
    public void exception(Cpu cpu, int vector, int errorCode) {
        long rip = cpu.rip;
        try {
            handle(cpu, vector, errorCode);
            if (domain.machine.tracer.wants(TraceKind.TRAPS)) {
                emit(cpu, rip, "exception " + vector, errorCode);
            }
            returnToGuest();
        } catch (RuntimeException e) {
            failed("vector " + vector, e);
        }
    }

    private void emit(Cpu cpu, long rip, String what, int errorCode) {
        String done = domain.alive() ? "goes on at %x".formatted(cpu.rip) : "the domain ends";
        domain.machine.tracer.emit(
                new TraceEvent(
                        TraceKind.TRAPS,
                        cpu.now(),
                        domain.domid,
                        vcpu.id,
                        rip,
                        what,
                        errorCode & 0xffffffffL,
                        done));
    }

    private void handle(Cpu cpu, int vector, int errorCode) {
        switch (vector) {
            case CpuFault.PF -> pageFaults.handle(errorCode);
            case CpuFault.GP -> generalProtection(cpu, errorCode);
            case CpuFault.UD -> {
                if (cpuid.emulate() == Outcome.DONE) {
                    singleStep(cpu);
                } else {
                    bounce.exception(CpuFault.UD, 0);
                }
            }
            case CpuFault.NM -> {
                // The PV ABI has TS clear once the guest sees #NM.
                state.control.taskSwitched(false);
                bounce.exception(CpuFault.NM, 0);
            }
            default -> bounce.exception(vector, errorCode);
        }
    }

    private void generalProtection(Cpu cpu, int errorCode) {
        Outcome outcome = errorCode == 0 ? privileged.emulate() : Outcome.REFUSED;
        switch (outcome) {
            case DONE -> singleStep(cpu);
            case FAULT -> {
                if (privileged.vector == CpuFault.PF) {
                    bounce.pageFault(privileged.faultAddress, privileged.errorCode);
                } else {
                    bounce.exception(privileged.vector, privileged.errorCode);
                }
            }
            case REFUSED -> bounce.exception(CpuFault.GP, errorCode);
        }
    }

    /** An emulated instruction traps like any other when TF is set. */
    private void singleStep(Cpu cpu) {
        if ((cpu.eflags & Flags.TF) != 0) {
            state.debug.singleStepped();
            bounce.exception(CpuFault.DB, 0);
        }
    }

    /**
     * {@code INT n}: vectors 3, 4 and 0x80 go straight to the guest's handler; all others need the
     * privilege that the trap table asks for, or are #GP with the vector as error code.
     */
    @Override
    public void softwareInterrupt(Cpu cpu, int vector, int length) {
        long rip = cpu.rip - length;
        try {
            boolean direct =
                    vector == BP
                            || vector == OF
                            || vector == INT80 && state.traps.address(INT80) != 0;
            int needed = state.kernelMode() ? 1 : 3;
            if (direct || state.traps.privilege(vector) >= needed) {
                bounce.softwareInterrupt(vector);
            } else {
                cpu.rip -= length;
                bounce.exception(CpuFault.GP, vector << 3 | ERROR_IDT);
            }
            if (domain.machine.tracer.wants(TraceKind.TRAPS)) {
                emit(cpu, rip, "int " + vector, 0);
            }
            returnToGuest();
        } catch (RuntimeException e) {
            failed("INT " + vector, e);
        }
    }

    @Override
    public void syscall(Cpu cpu) {
        try {
            cpu.regs[Registers.RCX] = cpu.rip;
            cpu.regs[Registers.R11] = Flags.get(cpu);
            if (state.kernelMode()) {
                long[] r = cpu.regs;
                r[Registers.RAX] =
                        domain.hypercalls.dispatch(
                                vcpu,
                                r[Registers.RAX],
                                r[Registers.RDI],
                                r[Registers.RSI],
                                r[Registers.RDX],
                                r[Registers.R10],
                                r[Registers.R8]);
            } else {
                userSyscall(cpu);
            }
            returnToGuest();
        } catch (RuntimeException e) {
            failed("SYSCALL", e);
        }
    }

    private void userSyscall(Cpu cpu) {
        boolean compatible = cpu.selector[Cpu.CS] == Selectors.CODE_32;
        Callback callback = compatible ? state.syscall32 : state.syscall;
        if (callback.address == 0) {
            cpu.rip -= SYSCALL_LENGTH;
            bounce.exception(CpuFault.UD, 0);
            return;
        }
        cpu.fpu.settle(cpu.selector);
        // SYSCALL saves no selectors: the frame shows the flat ones.
        cpu.selector[Cpu.CS] = compatible ? Selectors.CODE_32 : Selectors.CODE_64;
        cpu.selector[Cpu.SS] = Selectors.STACK;
        bounce.syscall(callback, state.syscall.masksEvents);
    }

    /** The guest's tables are validated and write-protected. */
    @Override
    public boolean ownsDescriptors() {
        return true;
    }

    @Override
    public void cpuid(Cpu cpu) {
        cpuid.cpuid();
    }

    /** Delivers the event upcall; the caller knows that one is pending and not masked. */
    public void deliverUpcall() {
        try {
            bounce.event();
        } catch (RuntimeException e) {
            failed("event upcall", e);
        }
    }

    /** VCPUOP_send_nmi: delivers an NMI now, or on this processor's way out of the hypervisor. */
    public void sendNmi() {
        state.nmiPending = true;
        vcpu.wake();
        if (vcpu.online && domain.machine.running != vcpu) {
            try {
                returnToGuest();
            } catch (RuntimeException e) {
                failed("NMI", e);
            }
        }
    }

    /** Delivers what is pending: an NMI, then events. */
    void returnToGuest() {
        if (!domain.alive()) {
            return;
        }
        if (state.nmiPending && !state.nmiMasked) {
            bounce.nmi();
        }
        if (domain.events.upcallPending(vcpu)) {
            bounce.event();
        }
    }

    /** A bug of ours must end no more than the domain that met it. */
    private void failed(String what, RuntimeException e) {
        LOG.debug("handling {} of {} vcpu {}", what, domain.name, vcpu.id, e);
        domain.crash(vcpu, "hypervisor error in " + what + ": " + e);
    }
}
