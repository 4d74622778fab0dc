package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.CodeWriteFault;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.TranslationMiss;

/**
 * Executes decoded blocks one operation after the other, and hot regions as translated code.
 *
 * <p>The loop over operations has four call sites, so that the host's indirect-branch prediction
 * sees more than one history (measured 170 to 205 MIPS against 105 to 138 for a switch). Retired
 * instructions are counted by block and corrected when one ends early.
 */
public final class Interpreter {
    private static final int CACHE_SIZE = 1 << 14;

    /** DR6: single step. */
    private static final long DR6_BS = 1 << 14;

    private static final int MAX_FAULTS = 100_000;

    private final Cpu cpu;
    private final CodeCache cache;
    private final RegionChoice choice;

    /** Null unless regions are executed twice. */
    private final Verifier verifier;

    /** Blocks by a hash of their machine address; also some that are not valid any more. */
    private final Block[] blocks = new Block[CACHE_SIZE];

    /** Faults since {@link #run} was called. */
    private int faults;

    /**
     * An interpreter for one processor.
     *
     * @param cache the machine's decoded code
     */
    public Interpreter(Cpu cpu, CodeCache cache) {
        this(
                cpu,
                cache,
                Thresholds.of(cache.config.engine()),
                switch (cache.config.engine()) {
                    case INTERPRETER -> null;
                    case JIT -> Translator.background();
                    case VERIFY -> Translator.immediate();
                });
    }

    /** An interpreter that translates at other times, for tests. */
    Interpreter(Cpu cpu, CodeCache cache, Thresholds thresholds, Translator translator) {
        this.cpu = cpu;
        this.cache = cache;
        this.choice = new RegionChoice(cpu, cache, thresholds, translator);
        this.verifier =
                cache.config.engine() == Engine.VERIFY
                        ? new Verifier(cpu, this, cache.counters)
                        : null;
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
            if (cpu.pins != 0) {
                long from = cpu.codeAddress();
                cpu.supervisor.boundary(cpu);
                recordBranch(from, from);
                if (cpu.stop) {
                    return;
                }
            }
            Block block;
            try {
                block = cpu.mode >= Cpu.MODE_SEGMENTED ? findInSegment() : find();
            } catch (CpuFault fault) {
                raise(fault);
                continue;
            }
            boolean records = cpu.pins != 0 && (cpu.pins & Cpu.PIN_BRANCHES) != 0;
            if ((cpu.eflags & Flags.TF) != 0 || cpu.breakpointsEnabled() || records) {
                step(block);
                continue;
            }
            boolean shadow =
                    cpu.pins != 0
                            && (cpu.instructions < cpu.shadowUntil
                                    || (cpu.pins & Cpu.PIN_STEP) != 0);
            if (shadow || cpu.mode >= Cpu.MODE_SEGMENTED && leavesSegment(block)) {
                executeOperations(block, 1);
                continue;
            }
            int count = block.operations.length;
            if (count > end - cpu.instructions) {
                executeOperations(block, (int) (end - cpu.instructions));
                continue;
            }
            Region region = choice.of(block);
            if (region == null) {
                executeOperations(block, count);
                block.followed = (int) (cpu.rip - cpu.blockRip);
            } else if (verifier == null) {
                cpu.limit = end;
                executeRegion(region, block);
            } else {
                long before = cpu.instructions;
                verifier.execute(region, block.entry, end);
                block.work += cpu.instructions - before;
            }
        }
    }

    /**
     * Executes one instruction, whatever waits at the processor's pins: a hypervisor lets the guest
     * do it itself, under conditions that it has changed. For use within a call of the supervisor.
     */
    public void executeOne() {
        try {
            Block block = cpu.mode >= Cpu.MODE_SEGMENTED ? findInSegment() : find();
            if ((cpu.eflags & Flags.TF) != 0 || cpu.breakpointsEnabled()) {
                step(block);
            } else {
                executeOperations(block, 1);
            }
        } catch (CpuFault fault) {
            raise(fault);
        }
    }

    /** Checks that {@link #find} finds what it should; see {@link CodeInvariants}. */
    void checkBlocks() {
        for (int i = 0; i < CACHE_SIZE; i++) {
            Block block = blocks[i];
            if (block != null && block.valid) {
                CodeInvariants.hold(
                        slot(block.maddr) == i, "block %x is not in its place", block.maddr);
                CodeInvariants.hold(
                        cache.find(block.maddr, block.mode) == block,
                        "block %x has left the cache",
                        block.maddr);
            }
        }
    }

    /** The block at RIP, whose first instruction lies in the code segment. */
    private Block findInSegment() {
        if (cpu.rip <= cpu.segmentLimit[Cpu.CS]) {
            Block block = find();
            if (cpu.rip + block.operations[0].length - 1 <= cpu.segmentLimit[Cpu.CS]) {
                return block;
            }
        }
        throw cpu.generalProtection();
    }

    /** The block at RIP. */
    private Block find() {
        Cpu c = cpu;
        long address = c.codeAddress();
        long maddr = c.executable(address);
        Block block = blocks[slot(maddr)];
        if (block != null && block.maddr == maddr && block.mode == c.mode && block.valid) {
            long second = block.secondPage;
            if (second < 0 || second == c.cachedExecutable((address | 4095) + 1)) {
                return block;
            }
        }
        block = cache.lookup(c, maddr);
        blocks[slot(maddr)] = block;
        return block;
    }

    private static int slot(long maddr) {
        return (int) (maddr ^ maddr >>> 14) & CACHE_SIZE - 1;
    }

    /** Whether the code segment ends inside the block: then its instructions run one by one. */
    private boolean leavesSegment(Block block) {
        return cpu.rip + block.length - 1 > cpu.segmentLimit[Cpu.CS];
    }

    private void executeRegion(Region region, Block first) {
        Counters counters = cache.counters;
        counters.entries++;
        long before = cpu.instructions;
        RuntimeException stopped = runRegion(region, first.entry, region.start(first, cpu.rip));
        if (stopped != null && !(stopped instanceof BudgetExhausted)) {
            goOn(region, stopped, before);
            return;
        }
        long retired = cpu.instructions - before;
        counters.translatedInstructions += retired;
        first.work += retired;
    }

    /**
     * Runs a translation; where the budget ends, RIP is that of the block that would exceed it.
     *
     * @return why it has stopped early, or null
     */
    RuntimeException runRegion(Region region, int entry, long start) {
        RuntimeException stopped;
        try {
            stopped = region.code.run(cpu, entry, start);
        } catch (RuntimeException e) {
            return e;
        }
        if (stopped instanceof BudgetExhausted) {
            cpu.rip = start + region.distances[cpu.tracePosition >> 8];
        }
        return stopped;
    }

    /** Goes on by interpreting, where a translation has stopped. */
    private void goOn(Region region, RuntimeException stopped, long before) {
        Counters counters = cache.counters;
        int at = cpu.tracePosition;
        switch (stopped) {
            case TranslationMiss miss -> {
                Block block = region.blocks[at >> 8];
                int left = block.operations.length - (at & 255);
                counters.misses++;
                counters.translatedInstructions += cpu.instructions - left - before;
                cpu.blockRip += region.distances[at >> 8];
                cpu.rip = cpu.blockRip + block.length;
                execute(block, at & 255, block.operations.length);
            }
            case CpuFault fault -> {
                Operation by = leave(region, at);
                counters.faults++;
                counters.translatedInstructions += cpu.instructions - before;
                raise(fault, by);
            }
            case CodeWriteFault write -> {
                leave(region, at);
                counters.faults++;
                counters.translatedInstructions += cpu.instructions - before;
                executeSingle();
            }
            default -> throw stopped;
        }
    }

    /**
     * Goes back to the start of an instruction that has thrown.
     *
     * @param position as {@link Cpu#tracePosition}
     */
    Operation leave(Region region, int position) {
        int index = position >> 8;
        Block block = region.blocks[index];
        long rip = cpu.blockRip + region.distances[index];
        return leave(block, rip, block.operations.length, position & 255);
    }

    /**
     * Interprets the rest of a block of a region.
     *
     * @param position of the instruction at {@code cpu.rip}, as {@link Cpu#tracePosition}
     */
    void finish(Region region, int position) {
        Block block = region.blocks[position >> 8];
        int i = position & 255;
        cpu.blockRip = cpu.rip - block.operations[i].offset;
        cpu.rip = cpu.blockRip + block.length;
        cpu.instructions += block.operations.length - i;
        execute(block, i, block.operations.length);
    }

    /** Interprets until so many instructions have retired, or one faults. */
    void interpret(long instructions) {
        int before = faults;
        while (cpu.instructions < instructions && faults == before) {
            Block block = find();
            long left = instructions - cpu.instructions;
            executeOperations(block, (int) Math.min(block.operations.length, left));
        }
    }

    private void executeOperations(Block block, int count) {
        Cpu c = cpu;
        Operation[] ops = block.operations;
        long rip = c.rip;
        c.blockRip = rip;
        c.rip = rip + (count == ops.length ? block.length : ops[count].offset);
        c.instructions += count;
        execute(block, 0, count);
    }

    /** Executes instructions {@code i} to {@code count - 1} of a block, which count already. */
    private void execute(Block block, int i, int count) {
        Cpu c = cpu;
        Operation[] ops = block.operations;
        c.executing = block.maddr;
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
            raise(fault, leave(block, c.blockRip, count, i));
        } catch (CodeWriteFault e) {
            leave(block, c.blockRip, count, i);
            executeSingle();
        }
    }

    /**
     * Goes back to the start of instruction {@code i} of a block of which {@code count} were due,
     * and gives it.
     */
    private Operation leave(Block block, long rip, int count, int i) {
        cpu.rip = rip + block.operations[i].offset;
        cpu.instructions -= count - i;
        return block.operations[i];
    }

    /**
     * Executes one instruction with the checks of the debug registers, of TF and BTF, and with the
     * records of branches: an instruction breakpoint faults before it, data breakpoints and single
     * step trap behind it (SDM vol. 3B, 18.3.1), unless it faulted, its event has cleared TF, or it
     * was a load of SS.
     */
    private void step(Block block) {
        Cpu c = cpu;
        // Intel's processors suppress instruction breakpoints behind a load of SS, AMD's do not
        boolean suppressed = !c.amd && c.instructions < c.debugShadowUntil;
        if ((c.eflags & Flags.RF) == 0 && !suppressed) {
            long hits = c.breakpoints(c.codeAddress(), 1, Cpu.BREAK_EXECUTE);
            if (hits != 0) {
                raise(c.debugFault(hits));
                return;
            }
        }
        int before = faults;
        long from = c.codeAddress();
        boolean single = (c.eflags & Flags.TF) != 0;
        c.dataBreakpoints = c.heldBreakpoints;
        c.heldBreakpoints = 0;
        c.eflags &= ~(long) Flags.RF;
        executeOperations(block, 1);
        boolean branched = recordBranch(from, from + block.operations[0].length);
        single &= branched || !c.branches.stepsBranches();
        long hits = c.dataBreakpoints;
        c.dataBreakpoints = 0;
        if (faults != before) {
            return;
        }
        if (c.instructions < c.debugShadowUntil) {
            c.heldBreakpoints = hits;
            return;
        }
        // POPF and IRET that clear TF are still trapped behind, interrupts are not
        if (single && ((c.eflags & Flags.TF) != 0 || !block.operations[0].raisesEvent)) {
            hits |= DR6_BS;
        }
        if (hits != 0) {
            c.halted = false; // a trap behind HLT ends it at once
            if (c.nonRoot != null && c.nonRoot.holdsDebug(c, hits)) {
                return;
            }
            raise(c.debugFault(hits));
        }
    }

    /**
     * Records a branch or event if there was one. A jump to itself looks like a string instruction
     * that goes on, and one to the next instruction like none: neither is recorded.
     */
    private boolean recordBranch(long from, long next) {
        long to = cpu.codeAddress();
        if (to == next || to == from) {
            return false;
        }
        cpu.branches.record(from, to);
        return true;
    }

    private void raise(CpuFault fault, Operation by) {
        adjust(fault, by);
        raise(fault, by.length);
    }

    /** Non-canonical addresses raise another exception where the stack is meant. */
    static void adjust(CpuFault fault, Operation by) {
        if (fault.nonCanonical && by.usesStack) {
            fault.vector = CpuFault.SS;
        }
    }

    private void raise(CpuFault fault) {
        raise(fault, 0);
    }

    private void raise(CpuFault fault, int length) {
        faults++;
        cpu.faultLength = length;
        if (verifier != null) {
            verifier.raised(fault);
        }
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
                raise(fault, block.operations[0]);
            }
        } catch (CpuFault fault) {
            raise(fault);
        } finally {
            cache.setSingle(false);
        }
    }
}
