package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.stream.LongStream;

/**
 * Chooses the blocks of a region: from a hot block along branches, calls and the returns from them.
 */
final class RegionBuilder {
    /** A block needs this share of the first one's executions. */
    private static final int SHARE = 32;

    private final Cpu cpu;
    private final CodeCache cache;

    RegionBuilder(Cpu cpu, CodeCache cache) {
        this.cpu = cpu;
        this.cache = cache;
    }

    private record Candidate(Block block, int distance, int heat) {}

    /**
     * The baseline region of a block that has none: what follows within its page and has none
     * either.
     *
     * @param most instructions in all
     */
    Region baseline(Block first, int most) {
        Map<Integer, Block> chosen = new LinkedHashMap<>();
        Queue<Integer> queue = new ArrayDeque<>();
        queue.add(0);
        int instructions = 0;
        while (!queue.isEmpty()) {
            int distance = queue.remove();
            Block block = chosen.containsKey(distance) ? null : neighbour(first, distance);
            if (block == null
                    || instructions > 0 && instructions + block.operations.length > most) {
                continue;
            }
            chosen.put(distance, block);
            instructions += block.operations.length;
            for (long successor : successors(block, distance)) {
                if (successor == (int) successor) {
                    queue.add((int) successor);
                }
            }
            if (Successors.of(block) == Successors.INDIRECT_CALL
                    || Successors.of(block) == Successors.OUTSIDE) {
                queue.add(distance + block.length); // where it will be entered again
            }
        }
        return new Region(
                Tier.BASELINE,
                chosen.values().toArray(Block[]::new),
                chosen.keySet().stream().mapToInt(i -> i).toArray());
    }

    /** A block of the same page that can join the first one's baseline region, or null. */
    private Block neighbour(Block first, int distance) {
        long maddr = first.maddr + distance;
        if ((maddr ^ first.maddr) >>> 12 != 0) {
            return null;
        }
        Block block = distance == 0 ? first : cache.find(maddr, first.mode);
        boolean joins =
                block != null
                        && block.region == null
                        && block.heat >= first.heat / SHARE
                        && rejection(block) == null;
        return joins ? block : null;
    }

    /**
     * The optimized region from a block on that is about to run at {@code cpu.rip}: the most often
     * executed blocks first.
     *
     * @param most instructions in all
     */
    Region optimized(Block first, int most) {
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
            for (long successor : likely(block, next.distance).toArray()) {
                int distance = (int) successor;
                Block found = distance == successor ? find(distance) : null;
                if (found != null && !chosen.containsKey(distance)) {
                    int heat = found.executions();
                    if (heat >= first.executions() / SHARE) {
                        queue.add(new Candidate(found, distance, heat));
                    }
                }
            }
        }
        return new Region(
                Tier.OPTIMIZED,
                blocks.toArray(Block[]::new),
                distances.stream().mapToInt(i -> i).toArray());
    }

    /** {@link #successors}, and where an indirect jump, call or return mostly goes. */
    private LongStream likely(Block block, int distance) {
        LongStream certain = LongStream.of(successors(block, distance));
        Successors kind = Successors.of(block);
        if (kind == Successors.ANYWHERE || kind == Successors.INDIRECT_CALL) {
            long followed = distance + block.followed;
            Block target = find((int) followed);
            if (target != null && target.executions() >= block.executions() / 2) {
                return LongStream.concat(LongStream.of(followed), certain);
            }
        }
        return certain;
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
            case INDIRECT_CALL -> new long[] {next};
            case ANYWHERE, OUTSIDE -> new long[0];
        };
    }
}
