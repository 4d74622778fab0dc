package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Hot blocks that follow each other, compiled into one method, which is left wherever execution
 * goes another way.
 */
final class Region {
    final Tier tier;

    /**
     * Those that have this as their {@link Block#region}: the first one if the region is optimized,
     * else all of them.
     */
    Block[] blocks;

    /** Distance of each block's linear address from that of the first, in bytes. */
    int[] distances;

    /** Executions of each in a baseline region, which counts them. */
    final int[] counts;

    /** {@link Block#followed} of each, as it was when they were chosen. */
    private final int[] followed;

    /**
     * Instructions of the first block that are compiled, if it is the only one: the rest misses.
     */
    int most = Integer.MAX_VALUE;

    /** Its guest code, where translations are listed for people; or null. */
    RegionText text;

    /** Whether the translation is to end in front of what cannot be taken back. */
    boolean reversible;

    /** A block in each linear page but the first one's: where it is has to be looked at. */
    private int[] otherPages;

    /** Null until it is compiled; the other fields do not change any more then. */
    volatile RegionCode code;

    /** {@code Cpu.codeVersion} at which all blocks were known to be valid. */
    private long version = Long.MIN_VALUE;

    /** Where, and in which code epoch, the blocks were last found at their addresses. */
    private long start;

    private long epoch = -1;

    Region(Tier tier, Block[] blocks, int[] distances) {
        this.tier = tier;
        this.counts = new int[blocks.length];
        this.followed = Arrays.stream(blocks).mapToInt(block -> block.followed).toArray();
        set(blocks, distances);
    }

    private void set(Block[] blocks, int[] distances) {
        this.blocks = blocks;
        this.distances = distances;
        // by number of the linear page, that of the first block being 0
        Map<Integer, Integer> found = new LinkedHashMap<>();
        int first = (int) blocks[0].maddr & 4095;
        for (int i = 0; i < blocks.length; i++) {
            found.putIfAbsent(first + distances[i] >> 12, i);
        }
        found.remove(0);
        otherPages = found.values().stream().mapToInt(i -> i).toArray();
    }

    /**
     * Leaves out the blocks that were chosen last, or of a single block the second half.
     *
     * @param share of the blocks that may stay, below 1; fewer than all do
     * @return false if one instruction is left
     */
    boolean shrink(double share) {
        int rest =
                Math.clamp(
                        (long) (blocks.length * share),
                        Math.min(1, blocks.length - 1),
                        blocks.length - 1);
        if (rest == 0) {
            most = Math.min(most, blocks[0].operations.length) / 2;
            return most > 0;
        }
        set(Arrays.copyOf(blocks, rest), Arrays.copyOf(distances, rest));
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

    /**
     * Distances at which execution may go on behind a block's indirect jump, call or return: where
     * it went before, and behind the region's calls.
     */
    long[] afterIndirect(int block) {
        LongStream.Builder found = LongStream.builder();
        if (followed[block] != 0) {
            found.add((long) distances[block] + followed[block]);
        }
        for (int i = 0; i < blocks.length; i++) {
            Successors successors = Successors.of(blocks[i]);
            if (successors == Successors.CALL || successors == Successors.INDIRECT_CALL) {
                found.add((long) distances[i] + blocks[i].length);
            }
        }
        return found.build().distinct().toArray();
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

    /** Whether a block of which this is the region can be executed by it. */
    boolean isEntry(Block block) {
        return block.entry < blocks.length; // else it is among those that were left out
    }

    /** The first block's linear address if another one's is {@code rip}. */
    long start(Block block, long rip) {
        return rip - distances[block.entry];
    }

    /**
     * Whether every block is where it is expected from {@code cpu.rip}, the first block's address,
     * if there are blocks in other pages: then the first block is the only entry.
     */
    boolean isMapped(Cpu cpu) {
        if (otherPages.length == 0 || start == cpu.rip && epoch == cpu.codeEpoch()) {
            return true;
        }
        for (int i : otherPages) {
            if (cpu.cachedExecutable(cpu.rip + distances[i]) != blocks[i].maddr) {
                return false;
            }
        }
        start = cpu.rip;
        epoch = cpu.codeEpoch();
        return true;
    }
}
