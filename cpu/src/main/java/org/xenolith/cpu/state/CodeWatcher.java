package org.xenolith.cpu.state;

/** What the memory path must know of decoded code: which frames hold some, and of writes to it. */
public interface CodeWatcher {
    /**
     * Whether any byte of the frame holding {@code maddr} has been decoded, or is watched by
     * MONITOR.
     */
    boolean holdsCode(long maddr);

    /**
     * Tells of a store to a frame that holds code, before it happens.
     *
     * @param cpu the storing processor
     * @param maddr first byte, {@code length} bytes within one frame
     * @throws CodeWriteFault if the block that {@code cpu} executes would change under it
     */
    void beforeWrite(Cpu cpu, long maddr, int length);

    /** Whether a processor executes one instruction on its own, which ends its block. */
    boolean single();

    /** Tells that the processor's {@link AddressMonitor} watches another line, or none. */
    void monitorChanged(Cpu cpu);
}
