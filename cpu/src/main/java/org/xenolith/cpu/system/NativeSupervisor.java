package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.state.Supervisor;

/**
 * Ring 0 of the bare machine: no one above the guest, whose own tables say where events go. Serves
 * any number of processors.
 */
public final class NativeSupervisor implements Supervisor {
    /** What CPUID answers. */
    @FunctionalInterface
    public interface Identification {
        /** Sets EAX, EBX, ECX and EDX from EAX and ECX. */
        void cpuid(Cpu cpu);
    }

    private static final int NMI = 2;

    private final Identification identification;
    private final TripleFault tripleFault;
    private final int signature;

    /**
     * A supervisor for the processors of one machine.
     *
     * @param signature family, model and stepping that EDX holds after INIT
     */
    public NativeSupervisor(Identification identification, TripleFault tripleFault, int signature) {
        this.identification = identification;
        this.tripleFault = tripleFault;
        this.signature = signature;
    }

    /**
     * Delivers an exception. #MF with CR0.NE clear is none: the processor tells its surroundings by
     * FERR# and waits before the instruction for the interrupt that follows (SDM vol. 1, 8.7.2).
     */
    @Override
    public void exception(Cpu cpu, int vector, int errorCode) {
        if (vector == CpuFault.VM_EXIT) {
            cpu.nonRoot.take(cpu, errorCode, cpu.faultLength);
            return;
        }
        boolean external = vector == CpuFault.MF && (cpu.cr0 & Cpu.CR0_NE) == 0;
        if (external && cpu.numericError != null) {
            cpu.numericError.set(true);
            cpu.monitor.disarm();
            cpu.halted = true;
            cpu.stop = true;
            return;
        }
        deliverException(cpu, new Event(vector, Event.Source.EXCEPTION, errorCode), 0);
    }

    /** Delivers what the exception bitmap may turn into a VM exit. */
    private void deliverException(Cpu cpu, Event event, int length) {
        NonRoot n = cpu.nonRoot;
        if (n != null && n.interceptsException(event.vector(), event.code())) {
            n.exceptionExit(cpu, event.vector(), event.type(), event.code(), length);
        } else {
            deliver(cpu, event, length);
        }
    }

    @Override
    public void softwareInterrupt(Cpu cpu, int vector, int length) {
        deliver(cpu, new Event(vector, Event.Source.INT, 0), length);
    }

    @Override
    public void softwareException(Cpu cpu, int vector, int length) {
        deliverException(cpu, new Event(vector, Event.Source.INT3, 0), length);
    }

    /** {@inheritDoc} Breakpoints that a load of SS right before has met are told of with it. */
    @Override
    public void debugInterrupt(Cpu cpu, int length) {
        cpu.debug[6] |= cpu.dataBreakpoints;
        cpu.dataBreakpoints = 0;
        deliverException(cpu, new Event(CpuFault.DB, Event.Source.INT1, 0), length);
    }

    @Override
    public void syscall(Cpu cpu) {
        FastSystemCall.syscall(cpu);
    }

    @Override
    public void cpuid(Cpu cpu) {
        identification.cpuid(cpu);
    }

    /** Takes an event from outside if one may be taken; else a halted processor stays so. */
    @Override
    public void boundary(Cpu cpu) {
        if (cpu.nonRoot != null && cpu.nonRoot.boundary(cpu)) {
            return;
        }
        boolean served = service(cpu);
        if (served && cpu.nonRoot != null && cpu.nonRoot.boundary(cpu)) {
            return;
        }
        if (cpu.halted || cpu.shutdown || cpu.waitsForStartup) {
            cpu.requestStop();
        }
    }

    /**
     * Takes the first event in {@link Cpu#pins} that may be taken.
     *
     * @return whether there was one
     */
    public boolean service(Cpu cpu) {
        return EventRecognition.service(cpu, this);
    }

    void init(Cpu cpu) {
        ProcessorReset.init(cpu, signature, !cpu.bootstrap);
    }

    /** Delivers an interrupt from outside; {@code cpu.rip} is the next instruction. */
    void external(Cpu cpu, int vector) {
        deliver(cpu, new Event(vector, Event.Source.EXTERNAL, 0), 0);
    }

    /**
     * Delivers an event that a VM entry injects.
     *
     * @param type of {@link NonRoot}
     * @param length of the instruction for software events, whose RIP stands before it
     */
    public void inject(Cpu cpu, int vector, int type, int errorCode, int length) {
        cpu.rip += length;
        deliver(cpu, Event.injected(vector, type, errorCode), length);
    }

    /**
     * Delivers an event, and instead of it what goes wrong on the way (SDM vol. 3A, 7.15, interrupt
     * 8).
     *
     * @param length bytes back to the instruction that is to blame if its own event faults
     */
    private void deliver(Cpu cpu, Event first, int length) {
        if (first.vector() == CpuFault.DB && first.source() != Event.Source.INT) {
            DebugRegisters.enterHandler(cpu);
        }
        Event event = first;
        int task = cpu.selector[Cpu.TR];
        while (true) {
            try {
                EventDelivery.deliver(cpu, event);
                if (cpu.nonRoot != null) {
                    cpu.nonRoot.delivered(cpu);
                }
                return;
            } catch (CpuFault fault) {
                if (fault.vector == CpuFault.VM_EXIT) {
                    cpu.rip -= event == first ? length : 0;
                    exitInDelivery(cpu, fault.errorCode, event, length);
                    return;
                }
                if (event.vector() == CpuFault.DF && event.source() == Event.Source.EXCEPTION) {
                    shutDown(cpu);
                    return;
                }
                if (event == first && cpu.selector[Cpu.TR] == task) {
                    cpu.rip -= length;
                }
                Event next = combine(event, fault);
                if (intercepted(cpu, event, next, length)) {
                    return;
                }
                event = next;
            }
        }
    }

    /** Exits if the exception that delivering an event has raised is one that exits. */
    private static boolean intercepted(Cpu cpu, Event event, Event next, int length) {
        NonRoot n = cpu.nonRoot;
        if (n == null || !n.interceptsException(next.vector(), next.code())) {
            return false;
        }
        n.exceptionExitInDelivery(
                cpu,
                next.vector(),
                next.code(),
                new NonRoot.Vectored(
                        event.vector(), event.type(), event.hasCode(), event.code(), length));
        return true;
    }

    private static void exitInDelivery(Cpu cpu, int reason, Event event, int length) {
        cpu.nonRoot.takeInDelivery(
                cpu,
                reason,
                new NonRoot.Vectored(
                        event.vector(), event.type(), event.hasCode(), event.code(), length));
    }

    private static Event combine(Event event, CpuFault fault) {
        boolean exception = event.source() == Event.Source.EXCEPTION && event.vector() != NMI;
        boolean second = Event.contributory(fault.vector) || fault.vector == CpuFault.PF;
        boolean twice =
                exception
                        && (event.vector() == CpuFault.PF && second
                                || Event.contributory(event.vector())
                                        && Event.contributory(fault.vector));
        return twice
                ? new Event(CpuFault.DF, Event.Source.EXCEPTION, 0)
                : new Event(fault.vector, Event.Source.EXCEPTION, fault.errorCode);
    }

    /** VMX abort: the processor shuts down, as after a triple fault. */
    public void abort(Cpu cpu) {
        shutDown(cpu);
    }

    private void shutDown(Cpu cpu) {
        if (cpu.nonRoot != null) {
            cpu.nonRoot.tripleFault(cpu);
            return;
        }
        cpu.shutdown = true;
        cpu.requestStop();
        tripleFault.shutDown(cpu);
    }
}
