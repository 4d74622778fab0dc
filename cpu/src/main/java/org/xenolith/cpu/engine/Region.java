package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/**
 * Hot blocks that follow each other, compiled into one method. It is entered at the first block
 * only, and left wherever execution goes another way.
 */
final class Region {
    /** The first is the one whose {@link Block#region} this is. */
    Block[] blocks;

    /** Distance of each block's linear address from that of the first, in bytes. */
    int[] distances;

    /**
     * Instructions of the first block that are compiled, if it is the only one: the rest misses.
     */
    int most = Integer.MAX_VALUE;

    /** Its guest code, where translations are listed for people; or null. */
    RegionText text;

    /** Whether the translation is to end in front of what cannot be taken back. */
    boolean reversible;

    /** Whether blocks lie in more than one page: then their addresses have to be looked at. */
    private boolean crossesPages;

    /** Null until it is compiled; the other fields do not change any more then. */
    volatile RegionCode code;

    /** {@code Cpu.codeVersion} at which all blocks were known to be valid. */
    private long version = Long.MIN_VALUE;

    /** Where, and in which code epoch, the blocks were last found at their addresses. */
    private long start;

    private long epoch = -1;

    Region(Block[] blocks, int[] distances) {
        set(blocks, distances);
    }

    private void set(Block[] blocks, int[] distances) {
        this.blocks = blocks;
        this.distances = distances;
        boolean crosses = false;
        for (int i = 0; i < blocks.length; i++) {
            crosses |= blocks[0].maddr + distances[i] != blocks[i].maddr;
            crosses |= (blocks[0].maddr ^ blocks[i].maddr) >>> 12 != 0;
        }
        crossesPages = crosses;
    }

    /**
     * Leaves out the half that was chosen last, or of a single block the second half.
     *
     * @return false if one instruction is left
     */
    boolean shrink() {
        int half = blocks.length / 2;
        if (half == 0) {
            most = Math.min(most, blocks[0].operations.length) / 2;
            return most > 0;
        }
        set(Arrays.copyOf(blocks, half), Arrays.copyOf(distances, half));
        return true;
    }

    /** Instructions in all blocks. */
    int instructions() {
        int count = 0;
        for (Block block : blocks) {
            count += block.operations.length;
        }
        return count;
    }

    /** Whether the code is still as it was when the blocks were chosen. */
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

    /**
     * Whether every block is where it is expected from {@code cpu.rip}, the first block's address.
     */
    boolean isMapped(Cpu cpu) {
        if (!crossesPages) {
            return true;
        }
        long codeEpoch = cpu.codeEpoch();
        if (start == cpu.rip && epoch == codeEpoch) {
            return true;
        }
        for (int i = 1; i < blocks.length; i++) {
            if (cpu.cachedExecutable(cpu.rip + distances[i]) != blocks[i].maddr) {
                return false;
            }
        }
        start = cpu.rip;
        epoch = codeEpoch;
        return true;
    }
}
