package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Chooses the blocks of a region: from a hot block along branches, calls and the returns from them,
 * the most often executed first.
 */
final class RegionBuilder {
    /** A block needs this share of the first one's executions. */
    private static final int SHARE = 32;

    private final Cpu cpu;
    private final CodeCache cache;
    private final int hot;

    /**
     * @param hot executions that make a block hot; blocks that have a region count as such
     */
    RegionBuilder(Cpu cpu, CodeCache cache, int hot) {
        this.cpu = cpu;
        this.cache = cache;
        this.hot = hot;
    }

    private record Candidate(Block block, int distance, int heat) {}

    /**
     * The region behind a block that is about to run at {@code cpu.rip}.
     *
     * @param most instructions in all
     */
    Region build(Block first, int most) {
        Map<Integer, Block> chosen = new HashMap<>();
        List<Block> blocks = new ArrayList<>();
        List<Integer> distances = new ArrayList<>();
        PriorityQueue<Candidate> queue =
                new PriorityQueue<>(
                        Comparator.comparingInt((Candidate c) -> -c.heat)
                                .thenComparingInt(Candidate::distance));
        queue.add(new Candidate(first, 0, Integer.MAX_VALUE));
        int instructions = 0;
        while (!queue.isEmpty()) {
            Candidate next = queue.remove();
            Block block = next.block;
            if (chosen.containsKey(next.distance)
                    || instructions > 0 && instructions + block.operations.length > most) {
                continue;
            }
            chosen.put(next.distance, block);
            blocks.add(block);
            distances.add(next.distance);
            instructions += block.operations.length;
            for (long successor : successors(block, next.distance)) {
                int distance = (int) successor;
                Block found = distance == successor ? find(distance) : null;
                if (found != null && !chosen.containsKey(distance)) {
                    int heat = found.region != null ? hot : found.heat;
                    if (heat >= hot / SHARE) {
                        queue.add(new Candidate(found, distance, heat));
                    }
                }
            }
        }
        return new Region(
                blocks.toArray(Block[]::new), distances.stream().mapToInt(i -> i).toArray());
    }

    /** The decoded block at a distance from {@code cpu.rip} if it can be part of a region. */
    private Block find(int distance) {
        long maddr = cpu.cachedExecutable(cpu.rip + distance);
        Block block = maddr < 0 ? null : cache.find(maddr, cpu.mode);
        return block != null && rejection(block) == null ? block : null;
    }

    /** Why a block cannot be part of a region; null if it can. */
    static Rejection rejection(Block block) {
        int size = block.mode & Cpu.MODE_SIZE;
        if (size == Cpu.MODE_16 || (block.mode & Cpu.MODE_SEGMENTED) != 0) {
            return Rejection.MODE;
        }
        if (block.secondPage >= 0) {
            return Rejection.INSTRUCTION;
        }
        for (Operation operation : block.operations) {
            OperationShape shape = OperationFactory.shape(operation);
            if (shape == null || shape.codeBytes() == 2) {
                return Rejection.INSTRUCTION;
            }
        }
        return null;
    }

    /** Distances at which execution may go on, as far as the code tells. */
    static long[] successors(Block block, int distance) {
        Operation last = block.operations[block.operations.length - 1];
        long next = distance + block.length;
        long target = Successors.target(block, distance);
        return switch (Successors.of(block)) {
            case NEXT -> new long[] {next};
            case TARGET -> new long[] {target};
            case BRANCH, CALL -> new long[] {target, next};
            case REPEAT -> new long[] {next, distance + last.offset};
            case INDIRECT_CALL, ANYWHERE, OUTSIDE -> new long[0];
        };
    }
}
