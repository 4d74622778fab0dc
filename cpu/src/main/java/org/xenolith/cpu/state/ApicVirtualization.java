package org.xenolith.cpu.state;

/**
 * What non-root operation makes of a guest's accesses to its APIC (SDM vol. 3C, chapter 30), as far
 * as memory and instructions must know; the {@code vmx} package implements it. Any access may throw
 * a VM exit.
 */
public abstract class ApicVirtualization {
    /** CR8 is the task priority of the virtual-APIC page. */
    public boolean shadowsTaskPriority;

    /**
     * A load from the APIC-access page, which does not cross its end.
     *
     * @return the value, zero-extended
     */
    protected abstract long read(long offset, int size);

    /**
     * Does the checks of a store to the APIC-access page, before the instruction changes anything.
     *
     * @throws CodeWriteFault to have the instruction executed on its own, for the sake of an exit
     *     that may follow it
     */
    protected abstract void checkWrite(long offset, int size);

    /** A store to the APIC-access page, of which {@link #checkWrite} is done. */
    protected abstract void write(long offset, int size, long value);

    /** The exit of an instruction fetch from the APIC-access page, to be thrown. */
    protected abstract CpuFault fetch(long offset);

    /** The class of the virtual task priority, 0 to 15, as CR8 reads it. */
    public abstract int taskPriority();

    /** Sets the class of the virtual task priority (MOV to CR8). */
    public abstract void taskPriority(int priority);

    /** Whether RDMSR, or WRMSR, of an x2APIC register goes to the virtual-APIC page. */
    public abstract boolean virtualizesMsr(int msr, boolean write);

    /** RDMSR of a register that is virtualized. */
    public abstract long readMsr(int msr);

    /**
     * WRMSR of a register that is virtualized.
     *
     * @throws CpuFault #GP(0) for reserved bits
     */
    public abstract void writeMsr(int msr, long value);
}
