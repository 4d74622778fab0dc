package org.xenolith.cpu.state;

/**
 * What a processor sees of its local APIC, or of the 8259s where it has none: the far end of its
 * INTR pin ({@link Cpu#signal}), CR8, and the MSRs that belong to the APIC.
 */
public interface InterruptController {
    /**
     * Acknowledges the interrupt that INTR announced (SDM vol. 3A, 11.8.4, or an INTA cycle).
     *
     * @return the vector, or -1 if the interrupt is gone
     */
    int acknowledge();

    /** Ends the interrupt in service, as a write to the EOI register does. */
    void endOfInterrupt();

    /** Task-priority class, 0 to 15, as CR8 reads it. */
    int taskPriority();

    /** Sets the task-priority class (MOV to CR8). */
    void taskPriority(int priority);

    /**
     * Whether {@code msr} is one of the controller's: IA32_APIC_BASE, IA32_TSC_DEADLINE and the
     * x2APIC range.
     */
    boolean ownsMsr(int msr);

    /**
     * RDMSR of one that it owns.
     *
     * @throws CpuFault #GP(0) where the architecture demands it
     */
    long readMsr(int msr);

    /** WRMSR; see {@link #readMsr}. */
    void writeMsr(int msr, long value);
}
