package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.CodeWriteFault;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/**
 * Tier 0: executes decoded blocks one operation after the other.
 *
 * <p>The loop over operations has four call sites, so that the host's indirect-branch prediction
 * sees more than one history (measured 170 to 205 MIPS against 105 to 138 for a switch). Retired
 * instructions are counted by block and corrected when one ends early.
 */
public final class Interpreter {
    private static final int CACHE_SIZE = 4096;
    private static final int FOLD_AFTER = 20_000;
    private static final int MAX_FAULTS = 100_000;

    private final Cpu cpu;
    private final CodeCache cache;

    /** Blocks by linear address, one table per address-space context. */
    private final Block[][] blocks = new Block[2][CACHE_SIZE];

    private final long[][] tags = new long[2][CACHE_SIZE];
    private final long[] epochs = {-1, -1};

    /** Faults since {@link #run} was called. */
    private int faults;

    /**
     * An interpreter for one processor.
     *
     * @param cache the machine's decoded code
     */
    public Interpreter(Cpu cpu, CodeCache cache) {
        this.cpu = cpu;
        this.cache = cache;
        cache.attach(cpu);
    }

    /**
     * Runs until exactly {@code maxInstructions} more have retired, or until {@link Cpu#stop} is
     * set, which is looked at between blocks and cleared on entry. Also returns after {@value
     * #MAX_FAULTS} faults, so that a guest that only faults, and retires nothing, cannot keep the
     * caller from its other duties.
     */
    public void run(long maxInstructions) {
        cpu.stop = false;
        faults = 0;
        long end = cpu.instructions + maxInstructions;
        while (!cpu.stop && cpu.instructions < end && faults < MAX_FAULTS) {
            Block block;
            try {
                block = find();
            } catch (CpuFault fault) {
                raise(fault);
                continue;
            }
            long rip = cpu.rip;
            long epoch = cpu.codeEpoch();
            int count = block.operations.length;
            do { // a loop of one block needs no look-up
                if (count > end - cpu.instructions) {
                    execute(block, (int) (end - cpu.instructions));
                    break;
                }
                execute(block, count);
            } while (cpu.rip == rip && block.valid && !cpu.stop && cpu.codeEpoch() == epoch);
        }
    }

    private Block find() {
        int context = cpu.context();
        long rip = cpu.rip;
        int i = (int) (rip ^ rip >>> 12) & CACHE_SIZE - 1;
        if (epochs[context] == cpu.codeEpoch()) {
            Block block = blocks[context][i];
            if (block != null && tags[context][i] == rip && block.valid) {
                return block;
            }
        } else {
            java.util.Arrays.fill(blocks[context], null);
            epochs[context] = cpu.codeEpoch();
        }
        Block block = cache.lookup(cpu);
        if (epochs[context] == cpu.codeEpoch()) {
            blocks[context][i] = block;
            tags[context][i] = rip;
        }
        return block;
    }

    private void execute(Block block, int count) {
        Operation folded = block.folded;
        if (folded != null && count == block.operations.length) {
            executeFolded(block, folded);
        } else {
            executeOperations(block, count);
        }
    }

    private void executeFolded(Block block, Operation folded) {
        Cpu c = cpu;
        long rip = c.rip;
        int count = block.operations.length;
        c.blockRip = rip;
        c.rip = rip + block.length;
        c.instructions += count;
        cache.executing = block.maddr;
        try {
            folded.execute(c);
        } catch (CpuFault fault) {
            leave(block, rip, count, c.foldedPosition);
            raise(fault);
        } catch (CodeWriteFault e) {
            leave(block, rip, count, c.foldedPosition);
            executeSingle();
        }
    }

    private void executeOperations(Block block, int count) {
        Cpu c = cpu;
        Operation[] ops = block.operations;
        long rip = c.rip;
        c.blockRip = rip;
        c.rip = rip + (count == ops.length ? block.length : ops[count].offset);
        c.instructions += count;
        cache.executing = block.maddr;
        if (++block.heat == FOLD_AFTER) {
            block.folded = BlockFolder.fold(block);
        }
        int i = 0;
        try {
            while (count - i >= 4) {
                ops[i].execute(c);
                i++;
                ops[i].execute(c);
                i++;
                ops[i].execute(c);
                i++;
                ops[i].execute(c);
                i++;
            }
            while (i < count) {
                ops[i].execute(c);
                i++;
            }
        } catch (CpuFault fault) {
            leave(block, rip, count, i);
            raise(fault);
        } catch (CodeWriteFault e) {
            leave(block, rip, count, i);
            executeSingle();
        }
    }

    /**
     * Goes back to the start of instruction {@code i} of a block of which {@code count} were due.
     */
    private void leave(Block block, long rip, int count, int i) {
        cpu.rip = rip + block.operations[i].offset;
        cpu.instructions -= count - i;
    }

    private void raise(CpuFault fault) {
        faults++;
        cpu.supervisor.exception(cpu, fault.vector, fault.errorCode);
    }

    /** Executes an instruction that changes its own block, which is then decoded afresh. */
    private void executeSingle() {
        Cpu c = cpu;
        cache.setSingle(true);
        try {
            Block block = cache.single(c);
            long rip = c.rip;
            c.blockRip = rip;
            c.rip = rip + block.length;
            c.instructions++;
            try {
                block.operations[0].execute(c);
            } catch (CpuFault fault) {
                c.rip = rip;
                c.instructions--;
                raise(fault);
            }
        } catch (CpuFault fault) {
            raise(fault);
        } finally {
            cache.setSingle(false);
        }
    }
}
