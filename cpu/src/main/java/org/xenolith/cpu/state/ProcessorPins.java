package org.xenolith.cpu.state;

/**
 * The signals that a local APIC drives into its processor (SDM vol. 3A, 11.6.1). All are noticed at
 * the next instruction boundary.
 */
public interface ProcessorPins {
    /** Drives INTR: while it is high and IF allows, the processor acknowledges an interrupt. */
    void signalInterrupt(boolean high);

    /** Edge on NMI. */
    void signalNmi();

    /** Edge on SMI#. */
    void signalSmi();

    /** INIT: the processor resets all but its caches, FPU and MTRRs and waits for SIPI. */
    void signalInit();

    /**
     * Start-up IPI; ignored unless the processor waits for it.
     *
     * @param page start address / 4096, 0 to 255
     */
    void signalStartup(int page);

    /**
     * Software has written the spurious-interrupt vector register with the enable bit: whoever has
     * lost interrupts to a disabled APIC may request them again.
     */
    default void apicEnabled() {}

    /** Virtual nanoseconds; the TSC counts the same (1 GHz). */
    long now();
}
