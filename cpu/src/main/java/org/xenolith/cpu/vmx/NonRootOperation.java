package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_ERROR_CODE;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_TYPE_SHIFT;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_VALID;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.EptWalker;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;

/**
 * Non-root operation as a VMCS controls it (SDM vol. 3C, chapters 26 and 28): what exits, and what
 * each exit leaves in the VMCS. What happens then is up to the owner of root operation.
 */
abstract class NonRootOperation extends NonRoot {
    private static final int NONE = -1;
    private static final int PORTS = 0x10000;
    private static final int LOW_MSRS = 0x2000;
    private static final int HIGH_MSRS = 0xc0000000;
    private static final int HIGH_BITMAP = 1024;
    private static final int WRITE_BITMAP = 2048;
    private static final int FIELD_BITS = 15;
    private static final int BITMAP_B = 1 << 15;

    final Cpu cpu;
    Vmcs vmcs;

    // What the controls say, by load().
    private int pinBased;
    private int primary;
    private int secondary;
    private int exceptions;
    private int faultMask;
    private int faultMatch;
    private long portsA;
    private long portsB;
    private long msrs;
    private long[] cr3Targets = {};

    /** The hypervisor lets the guest execute an I/O instruction itself. */
    boolean portsOpen;

    // What the exit at hand is about.
    private long qualification;
    private int information;
    private long linear;

    final VirtualApic virtualApic;
    private final PageModificationLog log = new PageModificationLog(this);

    // An exit that follows the instruction at hand.
    private int exitBehind = NONE;
    private long qualificationBehind;

    /** Bits of DR6 of a debug trap that waits for the exit that goes first. */
    long heldDebug;

    /** The instruction that the monitor trap flag waits for has been executed. */
    private boolean stepDue;

    private boolean timerDue;
    private long tscOffset;
    private final InstructionDetails details;

    NonRootOperation(Cpu cpu) {
        this.cpu = cpu;
        details = new InstructionDetails(cpu);
        virtualApic = new VirtualApic(this);
    }

    /** Takes the controls on from the VMCS. */
    final void load() {
        pinBased = field(VmcsField.PIN_BASED_CONTROLS);
        primary = field(VmcsField.PROCESSOR_BASED_CONTROLS);
        boolean more = (primary & Controls.SECONDARY_CONTROLS) != 0;
        secondary = more ? field(VmcsField.SECONDARY_CONTROLS) : 0;
        exceptions = field(VmcsField.EXCEPTION_BITMAP);
        faultMask = field(VmcsField.PAGE_FAULT_ERROR_CODE_MASK);
        faultMatch = field(VmcsField.PAGE_FAULT_ERROR_CODE_MATCH);
        portsA = vmcs.read(VmcsField.IO_BITMAP_A);
        portsB = vmcs.read(VmcsField.IO_BITMAP_B);
        msrs = vmcs.read(VmcsField.MSR_BITMAPS);
        cr0Mask = vmcs.read(VmcsField.CR0_MASK);
        cr0Shadow = vmcs.read(VmcsField.CR0_READ_SHADOW);
        cr4Mask = vmcs.read(VmcsField.CR4_MASK);
        cr4Shadow = vmcs.read(VmcsField.CR4_READ_SHADOW);
        cr3Load = primary(Controls.CR3_LOAD_EXITING);
        cr3Store = primary(Controls.CR3_STORE_EXITING);
        cr8Load = primary(Controls.CR8_LOAD_EXITING);
        cr8Store = primary(Controls.CR8_STORE_EXITING);
        cr3Targets = new long[Math.min(field(VmcsField.CR3_TARGET_COUNT), 4)];
        for (int i = 0; i < cr3Targets.length; i++) {
            cr3Targets[i] = vmcs.read(VmcsField.of(VmcsField.CR3_TARGET_0.encoding + 2 * i));
        }
        exiting = exitingInstructions();
        undefined =
                bit(!secondary(Controls.ENABLE_RDTSCP), ExitReason.RDTSCP)
                        | bit(!secondary(Controls.ENABLE_INVPCID), ExitReason.INVPCID)
                        | bit(!secondary(Controls.ENABLE_XSAVES), ExitReason.XSAVES);
        iretKeepsBlocking = pinBased(Controls.NMI_EXITING) && !pinBased(Controls.VIRTUAL_NMIS);
        offset(primary(Controls.USE_TSC_OFFSETTING) ? vmcs.read(VmcsField.TSC_OFFSET) : 0);
        virtualApic.load();
        apic = virtualApic.isUsed() ? virtualApic : null;
    }

    /**
     * Translates as the controls say, which {@link #load} has taken on, and the processor's control
     * registers. What is cached of the same VPID and EPT pointer stays.
     */
    final void useTranslations(long cr3) {
        cpu.useTranslations(
                secondary(Controls.ENABLE_VPID) ? field(VmcsField.VPID) : 0,
                secondary(Controls.ENABLE_EPT) ? vmcs.read(VmcsField.EPT_POINTER) : Cpu.NO_EPT,
                cr3,
                secondary(Controls.MODE_BASED_EXECUTE),
                secondary(Controls.ENABLE_PML) ? log : null);
    }

    private long exitingInstructions() {
        return bit(primary(Controls.HLT_EXITING), ExitReason.HLT)
                | bit(primary(Controls.INVLPG_EXITING), ExitReason.INVLPG)
                | bit(primary(Controls.MWAIT_EXITING), ExitReason.MWAIT)
                | bit(primary(Controls.MONITOR_EXITING), ExitReason.MONITOR)
                | bit(primary(Controls.RDPMC_EXITING), ExitReason.RDPMC)
                | bit(primary(Controls.RDTSC_EXITING), ExitReason.RDTSC)
                | bit(primary(Controls.RDTSC_EXITING), ExitReason.RDTSCP)
                | bit(primary(Controls.PAUSE_EXITING), ExitReason.PAUSE)
                | bit(primary(Controls.MOV_DR_EXITING), ExitReason.MOV_DR)
                | bit(secondary(Controls.WBINVD_EXITING), ExitReason.WBINVD)
                | bit(secondary(Controls.RDRAND_EXITING), ExitReason.RDRAND)
                | bit(secondary(Controls.RDSEED_EXITING), ExitReason.RDSEED)
                | bit(secondary(Controls.DESCRIPTOR_TABLE_EXITING), ExitReason.GDTR_OR_IDTR)
                | bit(secondary(Controls.DESCRIPTOR_TABLE_EXITING), ExitReason.LDTR_OR_TR);
    }

    private static long bit(boolean on, int reason) {
        return on ? 1L << reason : 0;
    }

    final boolean pinBased(int control) {
        return (pinBased & control) != 0;
    }

    final boolean primary(int control) {
        return (primary & control) != 0;
    }

    final boolean secondary(int control) {
        return (secondary & control) != 0;
    }

    final int field(VmcsField field) {
        return (int) vmcs.read(field);
    }

    // ---- what exits ----------------------------------------------------------------------------

    @Override
    public final CpuFault exit(int reason, long exitQualification) {
        return exit(reason, exitQualification, 0, 0);
    }

    @Override
    public final CpuFault exit(int reason, long exitQualification, int info, long address) {
        qualification = exitQualification;
        information = info;
        linear = address;
        return cpu.fault(CpuFault.VM_EXIT, reason);
    }

    @Override
    public final boolean interceptsPorts(int port, int size) {
        if (portsOpen) {
            return false;
        }
        if (!primary(Controls.USE_IO_BITMAPS)) {
            return primary(Controls.UNCONDITIONAL_IO_EXITING);
        }
        if (port + size > PORTS) {
            return true;
        }
        for (int p = port; p < port + size; p++) {
            if (isSet((p & BITMAP_B) == 0 ? portsA : portsB, p & ~BITMAP_B)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public final boolean interceptsMsr(int msr, boolean write) {
        if (!primary(Controls.USE_MSR_BITMAPS)) {
            return true;
        }
        boolean low = msr >= 0 && msr < LOW_MSRS;
        boolean high = msr >= HIGH_MSRS && msr < HIGH_MSRS + LOW_MSRS;
        if (!low && !high) {
            return true;
        }
        long bitmap = msrs + (high ? HIGH_BITMAP : 0) + (write ? WRITE_BITMAP : 0);
        return isSet(bitmap, msr & LOW_MSRS - 1);
    }

    /** A bit of a bitmap in memory; where there is no RAM, all are set. */
    private boolean isSet(long bitmap, int number) {
        PhysicalMemory ram = cpu.ram;
        long at = bitmap + (number >>> 3);
        return !ram.contains(at, 1) || (ram.get8(at) >>> (number & 7) & 1) != 0;
    }

    @Override
    public final boolean interceptsField(long encoding, boolean write) {
        if (!secondary(Controls.VMCS_SHADOWING) || encoding >>> FIELD_BITS != 0) {
            return true;
        }
        VmcsField bitmap = write ? VmcsField.VMWRITE_BITMAP : VmcsField.VMREAD_BITMAP;
        return isSet(vmcs.read(bitmap), (int) encoding);
    }

    @Override
    public final boolean interceptsCr3(long value) {
        for (long target : cr3Targets) {
            if (target == value) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final boolean interceptsException(int vector, int errorCode) {
        boolean set = (exceptions >>> vector & 1) != 0;
        if (vector == CpuFault.PF) {
            return set == ((errorCode & faultMask) == faultMatch);
        }
        return set;
    }

    // ---- exits ---------------------------------------------------------------------------------

    @Override
    public final void take(Cpu c, int reason, int length) {
        put(VmcsField.IDT_VECTORING_INFORMATION, 0);
        record(reason, length);
        leave();
    }

    @Override
    public final void takeInDelivery(Cpu c, int reason, Vectored event) {
        vectoring(event);
        if (reason == ExitReason.APIC_ACCESS) {
            qualification = VirtualApic.inDelivery(qualification);
        }
        record(reason, event.length());
        leave();
    }

    private void record(int reason, int length) {
        if (details.find(reason, length)) {
            qualification = details.qualification;
            information = details.information;
        }
        if (reason == ExitReason.EPT_VIOLATION || reason == ExitReason.EPT_MISCONFIGURATION) {
            EptWalker ept = cpu.ept;
            qualification = ept.qualification;
            linear = (ept.qualification & EptWalker.LINEAR_VALID) != 0 ? ept.linear : 0;
            put(VmcsField.GUEST_PHYSICAL_ADDRESS, ept.guestPhysical);
        } else if (reason == ExitReason.LOG_FULL) {
            qualification = 0;
            linear = 0;
        }
        put(VmcsField.EXIT_REASON, reason);
        put(VmcsField.EXIT_QUALIFICATION, qualification);
        put(VmcsField.GUEST_LINEAR_ADDRESS, linear);
        put(VmcsField.EXIT_INSTRUCTION_LENGTH, length);
        put(VmcsField.EXIT_INSTRUCTION_INFORMATION, information);
        put(VmcsField.EXIT_INTERRUPTION_INFORMATION, 0);
    }

    private void vectoring(Vectored event) {
        int info = event.vector() | event.type() << INTERRUPTION_TYPE_SHIFT | INTERRUPTION_VALID;
        put(
                VmcsField.IDT_VECTORING_INFORMATION,
                event.hasCode() ? info | INTERRUPTION_ERROR_CODE : info);
        put(VmcsField.IDT_VECTORING_ERROR_CODE, event.hasCode() ? event.errorCode() : 0);
    }

    @Override
    public final void exceptionExit(Cpu c, int vector, int type, int errorCode, int length) {
        put(VmcsField.IDT_VECTORING_INFORMATION, 0);
        if (type != TYPE_EXCEPTION) {
            c.rip -= length;
        }
        exception(vector, type, errorCode, length);
    }

    @Override
    public final void exceptionExitInDelivery(Cpu c, int vector, int errorCode, Vectored event) {
        vectoring(event);
        exception(vector, TYPE_EXCEPTION, errorCode, event.length());
    }

    private void exception(int vector, int type, int errorCode, int length) {
        exit(ExitReason.EXCEPTION_OR_NMI, exceptionQualification(vector, type));
        record(ExitReason.EXCEPTION_OR_NMI, length);
        int info = vector | type << INTERRUPTION_TYPE_SHIFT | INTERRUPTION_VALID;
        boolean hasCode =
                type == TYPE_EXCEPTION && CpuFault.hasErrorCode(vector) && !cpu.realMode();
        put(
                VmcsField.EXIT_INTERRUPTION_INFORMATION,
                hasCode ? info | INTERRUPTION_ERROR_CODE : info);
        put(VmcsField.EXIT_INTERRUPTION_ERROR_CODE, hasCode ? errorCode : 0);
        leave();
    }

    /** For #PF the address, for #DB what DR6 would say; CR2 and DR6 stay what they were. */
    private long exceptionQualification(int vector, int type) {
        if (type != TYPE_EXCEPTION) {
            return 0;
        }
        if (vector == CpuFault.PF) {
            long address = cpu.cr2;
            cpu.cr2 = cpu.previousCr2;
            return address;
        }
        if (vector == CpuFault.DB) {
            cpu.debug[6] = cpu.previousDebugStatus;
            return cpu.debugCause;
        }
        return 0;
    }

    @Override
    public final void tripleFault(Cpu c) {
        cpu.shutdown = false;
        simple(ExitReason.TRIPLE_FAULT, 0);
    }

    /** An exit without more details, between two instructions. */
    final void simple(int reason, long exitQualification) {
        put(VmcsField.IDT_VECTORING_INFORMATION, 0);
        exit(reason, exitQualification);
        record(reason, 0);
        leave();
    }

    // ---- between instructions ------------------------------------------------------------------

    /** Non-root operation goes on: what the controls want to see between instructions. */
    final void arm(boolean trapDue) {
        boolean window = primary(Controls.INTERRUPT_WINDOW_EXITING | Controls.NMI_WINDOW_EXITING);
        cpu.pins = window ? cpu.pins | Cpu.PIN_WINDOW : cpu.pins & ~Cpu.PIN_WINDOW;
        boolean trap = trapDue || primary(Controls.MONITOR_TRAP_FLAG);
        cpu.pins = trap ? cpu.pins | Cpu.PIN_STEP : cpu.pins & ~Cpu.PIN_STEP;
        stepDue = trapDue;
        cpu.attend();
    }

    /** Non-root operation ends: nobody looks any more. */
    final void disarm() {
        cpu.pins &= ~(Cpu.PIN_WINDOW | Cpu.PIN_STEP | Cpu.PIN_EXIT);
        exitBehind = NONE;
        timerDue = false;
    }

    @Override
    public final boolean holdsDebug(Cpu c, long cause) {
        boolean holds = (c.pins & (Cpu.PIN_STEP | Cpu.PIN_EXIT)) != 0;
        heldDebug = holds ? cause : 0;
        return holds;
    }

    @Override
    public final void delivered(Cpu c) {
        stepDue = true;
    }

    @Override
    public final boolean boundary(Cpu c) {
        if ((c.pins & Cpu.PIN_EXIT) != 0 && exitBehind != NONE) {
            int reason = exitBehind;
            exitBehind = NONE;
            c.pins &= timerDue ? -1 : ~Cpu.PIN_EXIT;
            simple(reason, qualificationBehind);
            return true;
        }
        if (c.waitsForStartup) {
            c.requestStop();
            return true;
        }
        if ((c.pins & Cpu.PIN_INIT) != 0) {
            c.pins &= ~Cpu.PIN_INIT;
            simple(ExitReason.INIT, 0);
            return true;
        }
        if (step(c)) {
            return true;
        }
        if (timerDue) {
            timerDue = false;
            c.pins &= ~Cpu.PIN_EXIT;
            simple(ExitReason.PREEMPTION_TIMER, 0);
            return true;
        }
        boolean shadow = c.instructions < c.shadowUntil;
        return nmi(c, shadow) || interrupt(c, shadow) || virtualApic.boundary();
    }

    /** The monitor trap flag: an exit behind one instruction, or the delivery of one event. */
    private boolean step(Cpu c) {
        if ((c.pins & Cpu.PIN_STEP) == 0 || c.halted || c.shutdown) {
            return false;
        }
        if (stepDue) {
            c.pins &= ~Cpu.PIN_STEP;
            simple(ExitReason.MONITOR_TRAP, 0);
            return true;
        }
        stepDue = true;
        return false;
    }

    private boolean nmi(Cpu c, boolean shadow) {
        boolean open = !c.nmiBlocked && !shadow;
        if (open && (c.pins & Cpu.PIN_WINDOW) != 0 && primary(Controls.NMI_WINDOW_EXITING)) {
            simple(ExitReason.NMI_WINDOW, 0);
            return true;
        }
        if ((c.pins & Cpu.PIN_NMI) == 0 || !pinBased(Controls.NMI_EXITING)) {
            return false;
        }
        if (c.nmiBlocked && !pinBased(Controls.VIRTUAL_NMIS)) {
            c.pins &= ~Cpu.PIN_NMI;
            c.nmiLatched = true;
            return false;
        }
        if (shadow) {
            return true;
        }
        c.pins &= ~Cpu.PIN_NMI;
        int info = 2 | TYPE_NMI << INTERRUPTION_TYPE_SHIFT | INTERRUPTION_VALID;
        interrupted(ExitReason.EXCEPTION_OR_NMI, info);
        return true;
    }

    private boolean interrupt(Cpu c, boolean shadow) {
        if (c.shutdown) {
            return false;
        }
        boolean open = (c.eflags & Flags.IF) != 0 && !shadow;
        boolean window = (c.pins & Cpu.PIN_WINDOW) != 0;
        if (window && open && primary(Controls.INTERRUPT_WINDOW_EXITING)) {
            c.pins &= ~Cpu.PIN_WINDOW;
            simple(ExitReason.INTERRUPT_WINDOW, 0);
            return true;
        }
        if ((c.pins & Cpu.PIN_INTR) == 0 || !pinBased(Controls.EXTERNAL_INTERRUPT_EXITING)) {
            return false;
        }
        if (shadow) {
            return true;
        }
        if ((field(VmcsField.EXIT_CONTROLS) & Controls.EXIT_ACKNOWLEDGE) == 0) {
            simple(ExitReason.EXTERNAL_INTERRUPT, 0);
            return true;
        }
        int vector = c.interruptController.acknowledge();
        boolean posted =
                pinBased(Controls.POSTED_INTERRUPTS)
                        && vector == field(VmcsField.POSTED_INTERRUPT_NOTIFICATION_VECTOR);
        if (posted) {
            c.interruptController.endOfInterrupt();
            virtualApic.takePosted();
            return virtualApic.boundary();
        }
        if (vector >= 0) {
            interrupted(ExitReason.EXTERNAL_INTERRUPT, vector | INTERRUPTION_VALID);
        }
        return true;
    }

    private void interrupted(int reason, int info) {
        put(VmcsField.IDT_VECTORING_INFORMATION, 0);
        exit(reason, 0);
        record(reason, 0);
        put(VmcsField.EXIT_INTERRUPTION_INFORMATION, info);
        leave();
    }

    @Override
    public final boolean endsHalt(Cpu c) {
        if (c.waitsForStartup) {
            return false;
        }
        int pins = c.pins;
        if ((pins & (Cpu.PIN_INIT | Cpu.PIN_EXIT | Cpu.PIN_NMI | Cpu.PIN_SMI)) != 0) {
            return true;
        }
        boolean open = (c.eflags & Flags.IF) != 0;
        boolean window = (pins & Cpu.PIN_WINDOW) != 0;
        if (window && primary(Controls.NMI_WINDOW_EXITING) && !c.nmiBlocked) {
            return true;
        }
        if (c.shutdown) {
            return false;
        }
        boolean exits = pinBased(Controls.EXTERNAL_INTERRUPT_EXITING);
        return window && primary(Controls.INTERRUPT_WINDOW_EXITING) && open
                || (pins & Cpu.PIN_INTR) != 0 && (exits || open || c.monitor.endsByMasked())
                || (pins & Cpu.PIN_VIRTUAL) != 0 && open;
    }

    @Override
    public final void startup(Cpu c, int page) {
        simple(ExitReason.SIPI, page);
    }

    /** The preemption timer is at 0. */
    final void timerExpired() {
        timerDue = true;
        cpu.pins |= Cpu.PIN_EXIT;
    }

    /** Has the TSC read as the host's and that many ticks more. */
    final void offset(long ticks) {
        cpu.tscOffset += ticks - tscOffset;
        tscOffset = ticks;
    }

    /** The TSC as the host reads it. */
    final long hostTsc() {
        return cpu.now() + cpu.tscOffset - tscOffset;
    }

    /** Has an exit follow the instruction at hand. */
    final void exitBehind(int reason, long exitQualification) {
        exitBehind = reason;
        qualificationBehind = exitQualification;
        cpu.pins |= Cpu.PIN_EXIT;
        cpu.attend();
    }

    /** Delivers an external interrupt through the guest's IDT. */
    abstract void deliver(int vector);

    final void put(VmcsField field, long value) {
        vmcs.store(field, value);
    }

    /** The VMCS tells everything of the exit: goes on in root operation. */
    abstract void leave();
}
