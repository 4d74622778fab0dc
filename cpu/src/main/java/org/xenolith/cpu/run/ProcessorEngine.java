package org.xenolith.cpu.run;

/** Executes instructions of one processor. */
@FunctionalInterface
public interface ProcessorEngine {
    /**
     * Executes up to {@code maxInstructions}; fewer if the processor halts or its {@code stop} is
     * set meanwhile.
     */
    void run(long maxInstructions);
}
