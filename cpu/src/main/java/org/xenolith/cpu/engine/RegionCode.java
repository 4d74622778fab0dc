package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** A compiled region. Subclasses are generated and hold no state. */
abstract class RegionCode {
    /**
     * Executes from the region's first block, at {@code cpu.rip}, until execution leaves the region
     * or the budget {@link Cpu#limit} would end inside the next block.
     *
     * <p>When it throws, {@link Cpu#tracePosition} tells the instruction, and the count of
     * instructions includes its whole block.
     */
    abstract void run(Cpu cpu);
}
