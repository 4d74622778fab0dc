package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_TYPE_SHIFT;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_VALID;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;

/**
 * What exits between two instructions of the guest, in the order of priority (SDM vol. 3C, 26.2,
 * 26.5 and 27.7): INIT, the monitor trap flag, the preemption timer, NMIs and interrupts and the
 * windows for them.
 */
final class InstructionBoundary {
    private static final int NONE = -1;

    private final NonRootOperation owner;
    private final Cpu c;

    // An exit that follows the instruction at hand.
    private int exitBehind = NONE;
    private long qualificationBehind;

    private long heldDebug;

    /** The instruction that the monitor trap flag waits for has been executed. */
    private boolean stepDue;

    private boolean timerDue;

    InstructionBoundary(NonRootOperation owner) {
        this.owner = owner;
        c = owner.cpu;
    }

    /** Non-root operation goes on: what the controls want to see between instructions. */
    void arm(boolean trapDue) {
        boolean window =
                owner.primary(Controls.INTERRUPT_WINDOW_EXITING | Controls.NMI_WINDOW_EXITING);
        c.pins = window ? c.pins | Cpu.PIN_WINDOW : c.pins & ~Cpu.PIN_WINDOW;
        boolean trap = trapDue || owner.primary(Controls.MONITOR_TRAP_FLAG);
        c.pins = trap ? c.pins | Cpu.PIN_STEP : c.pins & ~Cpu.PIN_STEP;
        stepDue = trapDue;
        c.attend();
    }

    /** Non-root operation ends: nobody looks any more. */
    void disarm() {
        c.pins &= ~(Cpu.PIN_WINDOW | Cpu.PIN_STEP | Cpu.PIN_EXIT);
        exitBehind = NONE;
        timerDue = false;
    }

    /** Whether an exit comes first, so that a debug trap has to wait; it does from now on. */
    boolean holdsDebug(long cause) {
        boolean holds = (c.pins & (Cpu.PIN_STEP | Cpu.PIN_EXIT)) != 0;
        heldDebug = holds ? cause : 0;
        return holds;
    }

    /** An event has been delivered, which the monitor trap flag counts as an instruction. */
    void delivered() {
        stepDue = true;
    }

    /**
     * Between two instructions: exits if something asks for it. Gives whether the guest is held up.
     */
    boolean reached() {
        if ((c.pins & Cpu.PIN_EXIT) != 0 && exitBehind != NONE) {
            int reason = exitBehind;
            exitBehind = NONE;
            c.pins &= timerDue ? -1 : ~Cpu.PIN_EXIT;
            owner.simple(reason, qualificationBehind);
            return true;
        }
        if (c.waitsForStartup) {
            c.requestStop();
            return true;
        }
        if ((c.pins & Cpu.PIN_INIT) != 0) {
            c.pins &= ~Cpu.PIN_INIT;
            owner.simple(ExitReason.INIT, 0);
            return true;
        }
        if (step()) {
            return true;
        }
        if (timerDue) {
            timerDue = false;
            c.pins &= ~Cpu.PIN_EXIT;
            owner.simple(ExitReason.PREEMPTION_TIMER, 0);
            return true;
        }
        boolean shadow = c.instructions < c.shadowUntil;
        return nmi(shadow) || interrupt(shadow) || owner.virtualApic.boundary();
    }

    /** The monitor trap flag: an exit behind one instruction, or the delivery of one event. */
    private boolean step() {
        if ((c.pins & Cpu.PIN_STEP) == 0 || c.halted || c.shutdown) {
            return false;
        }
        if (stepDue) {
            c.pins &= ~Cpu.PIN_STEP;
            owner.simple(ExitReason.MONITOR_TRAP, 0);
            return true;
        }
        stepDue = true;
        return false;
    }

    private boolean nmi(boolean shadow) {
        boolean open = !c.nmiBlocked && !shadow;
        if (open && (c.pins & Cpu.PIN_WINDOW) != 0 && owner.primary(Controls.NMI_WINDOW_EXITING)) {
            owner.simple(ExitReason.NMI_WINDOW, 0);
            return true;
        }
        if ((c.pins & Cpu.PIN_NMI) == 0 || !owner.pinBased(Controls.NMI_EXITING)) {
            return false;
        }
        if (c.nmiBlocked && !owner.pinBased(Controls.VIRTUAL_NMIS)) {
            c.pins &= ~Cpu.PIN_NMI;
            c.nmiLatched = true;
            return false;
        }
        if (shadow) {
            return true;
        }
        c.pins &= ~Cpu.PIN_NMI;
        int info = 2 | NonRoot.TYPE_NMI << INTERRUPTION_TYPE_SHIFT | INTERRUPTION_VALID;
        owner.interrupted(ExitReason.EXCEPTION_OR_NMI, info);
        return true;
    }

    private boolean interrupt(boolean shadow) {
        if (c.shutdown) {
            return false;
        }
        boolean open = (c.eflags & Flags.IF) != 0 && !shadow;
        boolean window = (c.pins & Cpu.PIN_WINDOW) != 0;
        if (window && open && owner.primary(Controls.INTERRUPT_WINDOW_EXITING)) {
            c.pins &= ~Cpu.PIN_WINDOW;
            owner.simple(ExitReason.INTERRUPT_WINDOW, 0);
            return true;
        }
        if ((c.pins & Cpu.PIN_INTR) == 0 || !owner.pinBased(Controls.EXTERNAL_INTERRUPT_EXITING)) {
            return false;
        }
        if (shadow) {
            return true;
        }
        if ((owner.field(VmcsField.EXIT_CONTROLS) & Controls.EXIT_ACKNOWLEDGE) == 0) {
            owner.simple(ExitReason.EXTERNAL_INTERRUPT, 0);
            return true;
        }
        int vector = c.interruptController.acknowledge();
        boolean posted =
                owner.pinBased(Controls.POSTED_INTERRUPTS)
                        && vector == owner.field(VmcsField.POSTED_INTERRUPT_NOTIFICATION_VECTOR);
        if (posted) {
            c.interruptController.endOfInterrupt();
            owner.virtualApic.takePosted();
            return owner.virtualApic.boundary();
        }
        if (vector >= 0) {
            owner.interrupted(ExitReason.EXTERNAL_INTERRUPT, vector | INTERRUPTION_VALID);
        }
        return true;
    }

    /** Whether a processor that waits has something to look at. */
    boolean endsHalt() {
        if (c.waitsForStartup) {
            return false;
        }
        int pins = c.pins;
        if ((pins & (Cpu.PIN_INIT | Cpu.PIN_EXIT | Cpu.PIN_NMI | Cpu.PIN_SMI)) != 0) {
            return true;
        }
        boolean open = (c.eflags & Flags.IF) != 0;
        boolean window = (pins & Cpu.PIN_WINDOW) != 0;
        if (window && owner.primary(Controls.NMI_WINDOW_EXITING) && !c.nmiBlocked) {
            return true;
        }
        if (c.shutdown) {
            return false;
        }
        boolean exits = owner.pinBased(Controls.EXTERNAL_INTERRUPT_EXITING);
        return window && owner.primary(Controls.INTERRUPT_WINDOW_EXITING) && open
                || (pins & Cpu.PIN_INTR) != 0 && (exits || open || c.monitor.endsByMasked())
                || (pins & Cpu.PIN_VIRTUAL) != 0 && open;
    }

    /** The preemption timer is at 0. */
    void timerExpired() {
        timerDue = true;
        c.pins |= Cpu.PIN_EXIT;
    }

    /** Has an exit follow the instruction at hand. */
    void exitBehind(int reason, long exitQualification) {
        exitBehind = reason;
        qualificationBehind = exitQualification;
        c.pins |= Cpu.PIN_EXIT;
        c.attend();
    }

    /** Bits of DR6 of a debug trap that has waited; it waits no more. */
    long takeHeldDebug() {
        long held = heldDebug;
        heldDebug = 0;
        return held;
    }
}
