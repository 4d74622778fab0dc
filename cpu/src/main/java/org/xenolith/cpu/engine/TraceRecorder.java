package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Records which blocks follow a hot one until the path returns to it or cannot be continued, and
 * has it compiled.
 *
 * <p>A path stays in one page of one address space, so that the blocks' linear addresses have fixed
 * distances, and goes on only behind instructions that cannot call the supervisor.
 */
final class TraceRecorder {
    /** Keeps the compiled method well below HotSpot's limit of 8000 bytecodes. */
    private static final int MAX_OPERATIONS = 96;

    /** Blocks may end with these and the path go on. */
    private static final Set<String> CONTINUES =
            Set.of(
                    "jcc",
                    "jmp",
                    "jmpTo",
                    "call",
                    "ret",
                    "retAndPop",
                    "loop",
                    "loope",
                    "loopne",
                    "jrcxz",
                    "movs",
                    "stos",
                    "lods",
                    "scas",
                    "cmps");

    private final Cpu cpu;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Integer> distances = new ArrayList<>();
    private long start;
    private long epoch;
    private int operations;

    TraceRecorder(Cpu cpu) {
        this.cpu = cpu;
    }

    /** Whether a path is being recorded. */
    boolean active() {
        return !blocks.isEmpty();
    }

    /** Begins with a block that is about to run at {@code cpu.rip}. */
    void begin(Block block) {
        if (active()) {
            block.heat = 0; // its turn comes later
            return;
        }
        if (block.secondPage >= 0 || !compiles(block)) {
            return;
        }
        start = cpu.rip;
        epoch = cpu.codeEpoch();
        operations = 0;
        append(block);
    }

    /** Tells of the block that runs next, at {@code cpu.rip}. */
    void next(Block block) {
        Block last = blocks.getLast();
        boolean samePage = (cpu.rip ^ start) >>> 12 == 0 && cpu.codeEpoch() == epoch;
        if (!samePage || !continues(last)) {
            finish(false);
        } else if (cpu.rip == start) {
            finish(true);
        } else if (block.secondPage >= 0
                || block.trace != null
                || blocks.contains(block)
                || operations + block.operations.length > MAX_OPERATIONS
                || !compiles(block)) {
            finish(false);
        } else {
            append(block);
        }
    }

    private void append(Block block) {
        blocks.add(block);
        distances.add((int) (cpu.rip - start));
        operations += block.operations.length;
    }

    private void finish(boolean loops) {
        Block[] path = blocks.toArray(Block[]::new);
        int[] offsets = distances.stream().mapToInt(Integer::intValue).toArray();
        blocks.clear();
        distances.clear();
        if (path[0].trace == null) {
            Operation compiled = TraceCompiler.compile(path, offsets, loops);
            path[0].trace = new Trace(path, compiled, Long.MIN_VALUE);
        }
    }

    private static boolean compiles(Block block) {
        for (Operation operation : block.operations) {
            if (OperationFactory.shape(operation) == null) {
                return false;
            }
        }
        return true;
    }

    private static boolean continues(Block block) {
        OperationShape last = OperationFactory.shape(block.operations[block.operations.length - 1]);
        return CONTINUES.contains(last.semantic().name());
    }
}
