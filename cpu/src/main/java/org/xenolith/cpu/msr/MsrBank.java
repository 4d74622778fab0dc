package org.xenolith.cpu.msr;

/** Registers that belong together. */
interface MsrBank {
    /** Whether {@code msr} is one of them, on this model. */
    boolean owns(int msr);

    /**
     * Reads one that it owns.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) where it cannot be read
     */
    long read(int msr);

    /**
     * Writes one that it owns.
     *
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) where it cannot be written, or not so
     */
    void write(int msr, long value);
}
