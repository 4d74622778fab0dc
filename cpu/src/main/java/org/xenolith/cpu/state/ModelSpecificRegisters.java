package org.xenolith.cpu.state;

/** The registers that RDMSR and WRMSR reach, which have checked the privilege level. */
public interface ModelSpecificRegisters {
    /**
     * RDMSR.
     *
     * @throws CpuFault #GP(0) if there is no such register
     */
    long read(int msr);

    /**
     * WRMSR.
     *
     * @throws CpuFault #GP(0) if there is no such register, or the value has reserved bits set
     */
    void write(int msr, long value);

    /**
     * RDPMC.
     *
     * @param index what ECX holds
     * @throws CpuFault #GP(0) if there is no such counter
     */
    long counter(int index);
}
