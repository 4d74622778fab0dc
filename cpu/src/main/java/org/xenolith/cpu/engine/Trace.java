package org.xenolith.cpu.engine;

/**
 * A hot path: blocks of one page that followed each other when the path was recorded, compiled into
 * one operation. It is only a prediction: the operation leaves wherever execution goes another way.
 */
final class Trace {
    /** The blocks in order; the first is the one whose {@link Block#trace} this is. */
    final Block[] blocks;

    /** Does what the blocks do, from the start of the first to wherever the path is left. */
    final Operation operation;

    /** {@code Cpu.codeVersion} at which all blocks were known to be valid. */
    long version;

    Trace(Block[] blocks, Operation operation, long version) {
        this.blocks = blocks;
        this.operation = operation;
        this.version = version;
    }

    /** Whether the code is still as it was recorded. */
    boolean isValid(long codeVersion) {
        if (version != codeVersion) {
            for (Block block : blocks) {
                if (!block.valid) {
                    return false;
                }
            }
            version = codeVersion;
        }
        return true;
    }
}
