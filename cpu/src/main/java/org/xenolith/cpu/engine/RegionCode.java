package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

/** A compiled region. Subclasses are generated and hold no state. */
abstract class RegionCode {
    /**
     * Executes from one of the region's blocks, at {@code cpu.rip}, until execution leaves the
     * region or the budget {@link Cpu#limit} would end inside the next block.
     *
     * <p>When it stops early, {@link Cpu#tracePosition} tells the instruction, {@link Cpu#blockRip}
     * is {@code start}, and the count of instructions includes the whole block, unless the budget
     * was the reason.
     *
     * @param entry number of the block; of an optimized region, 0
     * @param start linear address of the region's first block
     * @return why it has stopped early, or null; what a method throws that it calls is thrown
     */
    abstract RuntimeException run(Cpu cpu, int entry, long start);
}
