package org.xenolith.pv.trap.state;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.xen.domain.Vcpu;

/**
 * The PV side of one virtual processor. The guest's kernel and user program both run at CPL 3; they
 * differ in the page-table root (contexts 0 and 1 of the processor), in the GS base, and in what
 * SYSCALL means.
 */
public final class VcpuState {
    /** VMASST_TYPE_* (public/xen.h), as bits of {@code Domain.vmAssist}. */
    public static final long ASSIST_WRITABLE_PAGETABLES = 1L << 2;

    public static final long ASSIST_ARCHITECTURAL_IOPL = 1L << 4;

    public final Vcpu vcpu;
    public final Cpu cpu;

    /** Virtual IDT. */
    public final TrapTable traps = new TrapTable();

    /** CALLBACKTYPE_event. */
    public final Callback event = new Callback();

    /** CALLBACKTYPE_failsafe. */
    public final Callback failsafe = new Callback();

    /** CALLBACKTYPE_syscall. */
    public final Callback syscall = new Callback();

    /** CALLBACKTYPE_syscall32. */
    public final Callback syscall32 = new Callback();

    public final ControlRegisters control;
    public final DebugRegisters debug;

    /** Kernel stack for entries from user mode (HYPERVISOR_stack_switch). */
    public long kernelSp;

    /** Virtual I/O privilege level, in place in RFLAGS (bits 13:12). */
    public int iopl;

    /** Linear address of the I/O permission bitmap in kernel space. */
    public long ioBitmap;

    /** How many ports {@link #ioBitmap} covers. */
    public int ioPorts;

    /** An NMI waits to be delivered. */
    public boolean nmiPending;

    /** An NMI was delivered and no iret has followed. */
    public boolean nmiMasked;

    private boolean kernelMode = true;

    /** The state of a processor that was just created: kernel mode, nothing registered. */
    public VcpuState(Vcpu vcpu) {
        this.vcpu = vcpu;
        this.cpu = vcpu.cpu;
        control = new ControlRegisters(cpu);
        debug = new DebugRegisters(cpu);
        cpu.cpl = 3;
        cpu.selector[Cpu.CS] = Selectors.CODE_64;
        cpu.selector[Cpu.SS] = Selectors.STACK;
        Flags.set(cpu, Flags.IF);
    }

    /** Whether the guest's kernel runs, not its user program. */
    public boolean kernelMode() {
        return kernelMode;
    }

    /** Switches between kernel and user: page-table root and GS base. */
    public void toggleMode() {
        kernelMode = !kernelMode;
        long gs = cpu.segmentBase[Cpu.GS];
        cpu.segmentBase[Cpu.GS] = cpu.kernelGsBase;
        cpu.kernelGsBase = gs;
        cpu.selectContext(kernelMode ? 0 : 1);
    }

    /** Whether an assist of {@code Domain.vmAssist} is on. */
    public boolean assists(long bit) {
        return (vcpu.domain.vmAssist & bit) != 0;
    }

    /**
     * Whether the virtual IOPL lets the running code do I/O. Without the architectural_iopl assist
     * a guest kernel counts as level 1.
     */
    public boolean ioPrivileged() {
        int level = 3;
        if (kernelMode) {
            level = assists(ASSIST_ARCHITECTURAL_IOPL) ? 0 : 1;
        }
        return level <= iopl >> 12;
    }
}
