package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_ERROR_CODE;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_TYPE_SHIFT;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_VALID;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.EptWalker;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/**
 * Non-root operation as a VMCS controls it (SDM vol. 3C, chapters 26 and 28): what exits, and what
 * each exit leaves in the VMCS. What happens then is up to the owner of root operation.
 */
abstract class NonRootOperation extends NonRoot {

    final Cpu cpu;
    Vmcs vmcs;

    // What the controls say, by load().
    private int pinBased;
    private int primary;
    private int secondary;
    private final Intercepts intercepts = new Intercepts(this);

    // What the exit at hand is about.
    private long qualification;
    private int information;
    private long linear;

    final VirtualApic virtualApic;
    private final PageModificationLog log = new PageModificationLog(this);

    private final InstructionBoundary boundary;
    private long tscOffset;
    private final InstructionDetails details;

    NonRootOperation(Cpu cpu) {
        this.cpu = cpu;
        details = new InstructionDetails(cpu);
        virtualApic = new VirtualApic(this);
        boundary = new InstructionBoundary(this);
    }

    /** Takes the controls on from the VMCS. */
    final void load() {
        pinBased = field(VmcsField.PIN_BASED_CONTROLS);
        primary = field(VmcsField.PROCESSOR_BASED_CONTROLS);
        boolean more = (primary & Controls.SECONDARY_CONTROLS) != 0;
        secondary = more ? field(VmcsField.SECONDARY_CONTROLS) : 0;
        intercepts.load();
        cr0Mask = vmcs.read(VmcsField.CR0_MASK);
        cr0Shadow = vmcs.read(VmcsField.CR0_READ_SHADOW);
        cr4Mask = vmcs.read(VmcsField.CR4_MASK);
        cr4Shadow = vmcs.read(VmcsField.CR4_READ_SHADOW);
        cr3Load = primary(Controls.CR3_LOAD_EXITING);
        cr3Store = primary(Controls.CR3_STORE_EXITING);
        cr8Load = primary(Controls.CR8_LOAD_EXITING);
        cr8Store = primary(Controls.CR8_STORE_EXITING);
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

    /** The hypervisor lets the guest execute I/O instructions itself, or no longer. */
    final void portsOpen(boolean open) {
        intercepts.portsOpen = open;
    }

    @Override
    public final boolean interceptsPorts(int port, int size) {
        return intercepts.ports(port, size);
    }

    @Override
    public final boolean interceptsMsr(int msr, boolean write) {
        return intercepts.msr(msr, write);
    }

    @Override
    public final boolean interceptsField(long encoding, boolean write) {
        return intercepts.field(encoding, write);
    }

    @Override
    public final boolean interceptsCr3(long value) {
        return intercepts.cr3(value);
    }

    @Override
    public final boolean interceptsException(int vector, int errorCode) {
        return intercepts.exception(vector, errorCode);
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

    /** An exit by an event from outside, between two instructions. */
    final void interrupted(int reason, int info) {
        put(VmcsField.IDT_VECTORING_INFORMATION, 0);
        exit(reason, 0);
        record(reason, 0);
        put(VmcsField.EXIT_INTERRUPTION_INFORMATION, info);
        leave();
    }

    // ---- between instructions ------------------------------------------------------------------

    /** Non-root operation goes on: what the controls want to see between instructions. */
    final void arm(boolean trapDue) {
        boundary.arm(trapDue);
    }

    /** Non-root operation ends: nobody looks any more. */
    final void disarm() {
        boundary.disarm();
    }

    /** Takes the bits of DR6 of a debug trap that has waited for the exit that went first. */
    final long takeHeldDebug() {
        return boundary.takeHeldDebug();
    }

    @Override
    public final boolean holdsDebug(Cpu c, long cause) {
        return boundary.holdsDebug(cause);
    }

    @Override
    public final void delivered(Cpu c) {
        boundary.delivered();
    }

    @Override
    public final boolean boundary(Cpu c) {
        return boundary.reached();
    }

    @Override
    public final boolean endsHalt(Cpu c) {
        return boundary.endsHalt();
    }

    @Override
    public final void startup(Cpu c, int page) {
        simple(ExitReason.SIPI, page);
    }

    /** The preemption timer is at 0. */
    final void timerExpired() {
        boundary.timerExpired();
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
        boundary.exitBehind(reason, exitQualification);
    }

    /** Delivers an external interrupt through the guest's IDT. */
    abstract void deliver(int vector);

    final void put(VmcsField field, long value) {
        vmcs.store(field, value);
    }

    /** The VMCS tells everything of the exit: goes on in root operation. */
    abstract void leave();
}
