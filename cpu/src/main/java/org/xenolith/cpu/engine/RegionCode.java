package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** A compiled region. Subclasses are generated and hold no state. */
abstract class RegionCode {
    /**
     * Executes from one of the region's blocks, at {@code cpu.rip}, until execution leaves the
     * region or the budget {@link Cpu#limit} would end inside the next block.
     *
     * <p>When it throws, {@link Cpu#tracePosition} tells the instruction, and the count of
     * instructions includes its whole block.
     *
     * @param entry number of the block; of an optimized region, 0
     * @param start linear address of the region's first block
     */
    abstract void run(Cpu cpu, int entry, long start);
}
