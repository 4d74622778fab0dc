package org.xenolith.hvm.exit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.isa.ExtendedState;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.system.ControlRegisters;
import org.xenolith.cpu.vmx.RootHandler;
import org.xenolith.cpu.vmx.Vmcs;
import org.xenolith.cpu.vmx.VmcsField;
import org.xenolith.hvm.io.IoServer;
import org.xenolith.hvm.p2m.HvmMemory;
import org.xenolith.hvm.vcpu.HvmVcpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.trace.TraceKind;

/**
 * The exits of one processor. Each ends with the choice of what the entry injects; whatever goes
 * wrong here ends the domain, never the machine.
 */
public final class ExitHandler implements RootHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ExitHandler.class);

    /** Interruption information: there is some. */
    private static final long VALID = 1L << 31;

    private static final long DR6_BS = 1 << 14;

    private static final int CR_TYPE_SHIFT = 4;
    private static final int CR_TYPE_TO = 0;
    private static final int CR_GENERAL_SHIFT = 8;

    private final HvmCpuid cpuid;
    private final MsrExit msrs;
    private final HvmMemory memory;
    private final IoServer server;
    private HvmVcpu v;
    private Vcpu vcpu;
    private DeviceAccess devices;

    /** A handler for a processor that {@link #attach} names. */
    public ExitHandler(HvmCpuid cpuid, HvmMemory memory, IoServer server) {
        this.cpuid = cpuid;
        this.memory = memory;
        this.server = server;
        msrs = new MsrExit(memory);
    }

    /** Ties this handler to its processor, before it runs. */
    public void attach(HvmVcpu hvm) {
        v = hvm;
        vcpu = hvm.vcpu;
        devices = new DeviceAccess(hvm, memory.p2m(), server);
    }

    @Override
    public void exited(Cpu cpu, Vmcs vmcs) {
        int reason = (int) vmcs.read(VmcsField.EXIT_REASON) & 0xffff;
        v.exits[reason]++;
        boolean traced = vcpu.domain.machine.tracer.wants(TraceKind.EXITS);
        String before = traced ? ExitText.before(cpu, vmcs, reason) : null;
        long rip = cpu.rip;
        try {
            v.afterExit();
            handle(cpu, vmcs, reason);
            if (!v.root.exitPending()) {
                reinject(vmcs);
                v.beforeEntry();
            }
            if (traced) {
                ExitText.emit(v, reason, rip, before);
            }
        } catch (RuntimeException | StackOverflowError e) {
            LOG.debug("{}: {}", vcpu, ExitReason.name(reason), e);
            crash("hypervisor error in exit by " + ExitReason.name(reason) + ": " + e);
        }
    }

    private void handle(Cpu c, Vmcs vmcs, int reason) {
        switch (reason) {
            case ExitReason.EXTERNAL_INTERRUPT, ExitReason.INTERRUPT_WINDOW -> {
                // what is pending is injected below
            }
            case ExitReason.EXCEPTION_OR_NMI -> v.signalNmi();
            case ExitReason.INIT -> v.signalInit();
            case ExitReason.TRIPLE_FAULT -> tripleFault();
            case ExitReason.EPT_VIOLATION -> {
                boolean vectoring = (vmcs.read(VmcsField.IDT_VECTORING_INFORMATION) & VALID) != 0;
                String problem =
                        vectoring
                                ? "event handler or stack in device memory"
                                : devices.memory(vmcs);
                if (problem != null) {
                    crash(problem);
                }
            }
            default -> instruction(c, vmcs, reason);
        }
    }

    /** Exits of an instruction that the hypervisor executes, or refuses as the processor would. */
    private void instruction(Cpu c, Vmcs vmcs, int reason) {
        try {
            if (emulate(c, vmcs, reason)) {
                skip(c, (int) vmcs.read(VmcsField.EXIT_INSTRUCTION_LENGTH));
            }
        } catch (CpuFault fault) {
            int code = CpuFault.hasErrorCode(fault.vector) ? fault.errorCode : -1;
            v.root.inject(fault.vector, NonRoot.TYPE_EXCEPTION, code);
        }
    }

    /** Executes it; gives whether RIP is to move on. */
    private boolean emulate(Cpu c, Vmcs vmcs, int reason) {
        switch (reason) {
            case ExitReason.CPUID -> cpuid.cpuid(c);
            case ExitReason.VMCALL -> {
                // The instruction is over: a processor that the hypercall stops goes on behind it.
                skip(c, (int) vmcs.read(VmcsField.EXIT_INSTRUCTION_LENGTH));
                HypercallExit.handle(v);
                return false;
            }
            case ExitReason.RDMSR -> msrs.read(v);
            case ExitReason.WRMSR -> msrs.write(v);
            case ExitReason.IO_INSTRUCTION -> {
                return devices.port(vmcs);
            }
            case ExitReason.XSETBV -> ExtendedState.setExtendedControl(c);
            case ExitReason.HLT -> {
                skip(c, (int) vmcs.read(VmcsField.EXIT_INSTRUCTION_LENGTH));
                halt(c);
                return false;
            }
            case ExitReason.CONTROL_REGISTER ->
                    controlRegister(c, vmcs.read(VmcsField.EXIT_QUALIFICATION));
            case ExitReason.INVD, ExitReason.WBINVD -> {
                // there are no caches
            }
            case ExitReason.VMCLEAR,
                    ExitReason.VMLAUNCH,
                    ExitReason.VMPTRLD,
                    ExitReason.VMPTRST,
                    ExitReason.VMREAD,
                    ExitReason.VMRESUME,
                    ExitReason.VMWRITE,
                    ExitReason.VMXOFF,
                    ExitReason.VMXON,
                    ExitReason.INVEPT,
                    ExitReason.INVVPID,
                    ExitReason.GETSEC,
                    ExitReason.VMFUNC ->
                    throw c.undefined(); // CPUID promises the guest no such instruction
            default -> crash("exit that was not asked for: " + ExitReason.name(reason));
        }
        return true;
    }

    /** MOV to CR0 or CR4 of a bit that the guest does not have. */
    private static void controlRegister(Cpu c, long qualification) {
        int register = (int) qualification & 15;
        if ((qualification >>> CR_TYPE_SHIFT & 3) != CR_TYPE_TO) {
            throw c.generalProtection();
        }
        ControlRegisters.write(
                c, register, c.regs[(int) (qualification >>> CR_GENERAL_SHIFT) & 15]);
    }

    private void skip(Cpu c, int length) {
        long rip = c.rip + length;
        c.rip = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? rip : rip & 0xffffffffL;
        c.instructions++;
        c.eflags &= ~(long) Flags.RF;
        if ((c.eflags & Flags.TF) != 0) {
            c.debug[6] |= DR6_BS;
            v.root.inject(CpuFault.DB, NonRoot.TYPE_EXCEPTION, -1);
        }
    }

    /** HLT: waits for an event; with interrupts off, as on Xen, the processor is off for good. */
    private void halt(Cpu c) {
        if (v.eventPending()) {
            return;
        }
        if ((c.eflags & Flags.IF) != 0) {
            vcpu.block();
            return;
        }
        vcpu.takeDown();
        for (Vcpu other : vcpu.domain.vcpus) {
            if (other.online) {
                return;
            }
        }
        vcpu.domain.shutDown(ShutdownReason.POWEROFF);
    }

    private void tripleFault() {
        Domain domain = vcpu.domain;
        LOG.warn("{}: triple fault: the domain reboots\n{}", vcpu, domain.guest.describe(vcpu));
        domain.shutDown(ShutdownReason.REBOOT);
    }

    /** An event that the exit has kept from being delivered is delivered again. */
    private void reinject(Vmcs vmcs) {
        long info = vmcs.read(VmcsField.IDT_VECTORING_INFORMATION);
        boolean valid = (info & VALID) != 0;
        if (valid && !v.root.injects() && vcpu.domain.alive()) {
            vmcs.write(VmcsField.IDT_VECTORING_INFORMATION, 0);
            vmcs.write(
                    VmcsField.ENTRY_EXCEPTION_ERROR_CODE,
                    vmcs.read(VmcsField.IDT_VECTORING_ERROR_CODE));
            vmcs.write(
                    VmcsField.ENTRY_INSTRUCTION_LENGTH,
                    vmcs.read(VmcsField.EXIT_INSTRUCTION_LENGTH));
            vmcs.write(VmcsField.ENTRY_INTERRUPTION_INFORMATION, info);
        }
    }

    private void crash(String reason) {
        vcpu.domain.crash(vcpu, reason);
    }
}
