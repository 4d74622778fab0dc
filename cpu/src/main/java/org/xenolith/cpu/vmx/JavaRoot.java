package org.xenolith.cpu.vmx;

import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_ERROR_CODE;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_TYPE_SHIFT;
import static org.xenolith.cpu.vmx.Controls.INTERRUPTION_VALID;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.system.NativeSupervisor;

/**
 * Non-root operation of a processor whose root operation is Java. No host state is loaded at an
 * exit, and no guest state at an entry: the handler works on the registers where they are.
 */
public final class JavaRoot extends NonRootOperation {
    private static final int TYPE_MASK = 7;
    private static final int VECTOR_MASK = 0xff;

    private final NativeSupervisor supervisor;
    private final RootHandler handler;
    private long seen;
    private boolean inRoot;
    private boolean exited;

    /**
     * Prepares a processor.
     *
     * @param supervisor the processor's own
     * @param handler takes the exits
     */
    public JavaRoot(Cpu cpu, NativeSupervisor supervisor, RootHandler handler) {
        super(cpu);
        this.supervisor = supervisor;
        this.handler = handler;
    }

    /** Puts the processor into non-root operation, in the state that its registers have. */
    public void launch(Vmcs controls) {
        vmcs = controls;
        cpu.nonRoot = this;
        enter();
    }

    @Override
    void deliver(int vector) {
        supervisor.inject(cpu, vector, TYPE_EXTERNAL, 0, 0);
    }

    @Override
    void leave() {
        exited = true;
        if (inRoot) {
            return;
        }
        inRoot = true;
        try {
            while (exited) {
                exited = false;
                handler.exited(cpu, vmcs);
                if (!exited) {
                    enter();
                }
            }
        } finally {
            inRoot = false;
        }
    }

    /**
     * For a handler that has let the guest execute: whether that led to another exit, which the
     * VMCS describes. It is handled next in any case, unless {@link #dismissExit} says otherwise.
     */
    public boolean exitPending() {
        return exited;
    }

    /** The handler has dealt with the exit that {@link #exitPending} told of. */
    public void dismissExit() {
        exited = false;
    }

    /**
     * Lets I/O instructions reach {@link Cpu#ports} for now: for a handler that has the guest
     * execute one.
     */
    public void openPorts(boolean open) {
        portsOpen(open);
    }

    /** VM entry: the controls as they are now, then the event that is to be injected. */
    private void enter() {
        if (seen != vmcs.changes) {
            seen = vmcs.changes;
            load();
            if (secondary(Controls.ENABLE_EPT)) {
                useTranslations(cpu.cr3());
            }
            virtualApic.enter();
            arm(false);
        } else if (primary(Controls.MONITOR_TRAP_FLAG)) {
            arm(false);
        }
        int info = field(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
        if ((info & INTERRUPTION_VALID) != 0) {
            put(VmcsField.ENTRY_INTERRUPTION_INFORMATION, info & ~INTERRUPTION_VALID);
            int type = info >>> INTERRUPTION_TYPE_SHIFT & TYPE_MASK;
            boolean hasCode = (info & INTERRUPTION_ERROR_CODE) != 0;
            int code = hasCode ? field(VmcsField.ENTRY_EXCEPTION_ERROR_CODE) : 0;
            boolean software = type >= TYPE_SOFTWARE_INTERRUPT;
            int length = software ? field(VmcsField.ENTRY_INSTRUCTION_LENGTH) : 0;
            if (type == TYPE_NMI) {
                cpu.nmiBlocked = true;
            }
            cpu.halted = false;
            supervisor.inject(cpu, info & VECTOR_MASK, type, code, length);
            return;
        }
        long held = takeHeldDebug();
        if (held != 0) {
            cpu.debugFault(held);
            supervisor.exception(cpu, CpuFault.DB, 0);
        }
    }

    /**
     * Asks for an event to be injected at the next entry.
     *
     * @param type of {@link org.xenolith.cpu.state.NonRoot}
     * @param errorCode the error code, or -1 for none
     */
    public void inject(int vector, int type, int errorCode) {
        int info = vector | type << INTERRUPTION_TYPE_SHIFT | INTERRUPTION_VALID;
        if (errorCode >= 0) {
            info |= INTERRUPTION_ERROR_CODE;
            put(VmcsField.ENTRY_EXCEPTION_ERROR_CODE, errorCode);
        }
        put(VmcsField.ENTRY_INTERRUPTION_INFORMATION, info);
    }

    /** Whether an event is to be injected at the next entry. */
    public boolean injects() {
        return (field(VmcsField.ENTRY_INTERRUPTION_INFORMATION) & INTERRUPTION_VALID) != 0;
    }

    /** Has the processor exit as soon as it can take an interrupt, or no more. */
    public void interruptWindow(boolean wanted) {
        if (wanted != ((cpu.pins & Cpu.PIN_WINDOW) != 0)) {
            if (wanted) {
                vmcs.set(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.INTERRUPT_WINDOW_EXITING);
            } else {
                vmcs.clear(VmcsField.PROCESSOR_BASED_CONTROLS, Controls.INTERRUPT_WINDOW_EXITING);
            }
        }
    }

    /** Writes the guest-state fields from the registers, for a dump. */
    public Vmcs withGuestState() {
        GuestState.save(cpu, vmcs);
        return vmcs;
    }
}
