package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.CodeWriteFault;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.TranslationMiss;

import java.util.Arrays;

/**
 * Executes decoded blocks one operation after the other, and hot regions as translated code.
 *
 * <p>The loop over operations has four call sites, so that the host's indirect-branch prediction
 * sees more than one history (measured 170 to 205 MIPS against 105 to 138 for a switch). Retired
 * instructions are counted by block and corrected when one ends early.
 */
public final class Interpreter {
    private static final int CACHE_SIZE = 4096;

    /**
     * Executions of a block after which the region behind it is translated. The lower, the more
     * classes HotSpot must compile. Boot of Debian's cloud kernel, CPU seconds of the vCPU's thread
     * and of C2: 7.7 and 6.9 with 50,000, 6.6 and 6.2 with 100,000, 6.5 and 3.6 with 1,000,000,
     * which leaves programs of a second to the interpreter.
     */
    private static final int HOT = 100_000;

    /** The same where regions are executed twice, which is slow, whatever code it is. */
    private static final int HOT_ENOUGH_TO_VERIFY = 1000;

    /** Instructions of a region at most; the method that they become must stay below 8000 bytes. */
    private static final int REGION_SIZE = 150;

    /** DR6: single step. */
    private static final long DR6_BS = 1 << 14;

    private static final int MAX_FAULTS = 100_000;

    private final Cpu cpu;
    private final CodeCache cache;
    private final int hot;
    private final RegionBuilder builder;

    /** Null if nothing is ever translated. */
    private final Translator translator;

    /** Null unless regions are executed twice. */
    private final Verifier verifier;

    /**
     * Blocks by a hash of their linear address, with that and the code epoch they were found in.
     */
    private final Block[] blocks = new Block[CACHE_SIZE];

    private final long[] tags = new long[CACHE_SIZE];
    private final long[] epochs = new long[CACHE_SIZE];

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
                cache.config.engine() == Engine.VERIFY ? HOT_ENOUGH_TO_VERIFY : HOT,
                switch (cache.config.engine()) {
                    case INTERPRETER -> null;
                    case JIT -> Translator.background();
                    case VERIFY -> Translator.immediate();
                });
    }

    /** An interpreter that translates after another number of executions, for tests. */
    Interpreter(Cpu cpu, CodeCache cache, int hot, Translator translator) {
        this.cpu = cpu;
        this.cache = cache;
        this.hot = hot;
        this.translator = translator;
        this.builder = new RegionBuilder(cpu, cache, hot);
        this.verifier =
                cache.config.engine() == Engine.VERIFY
                        ? new Verifier(cpu, this, cache.counters)
                        : null;
        Arrays.fill(epochs, -1); // no epoch is negative
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
            Region region = block.region;
            if (region == null) {
                if (++block.heat == hot) {
                    translate(block);
                }
                executeOperations(block, count);
            } else if (region.code == null) {
                executeOperations(block, count);
            } else if (!region.isValid(cpu.codeVersion)) { // its code has changed: choose anew
                block.region = null;
                block.heat = 0;
                executeOperations(block, count);
            } else if (region.isMapped(cpu)) {
                if (verifier == null) {
                    cpu.limit = end;
                    executeRegion(region);
                } else {
                    verifier.execute(region, end);
                }
            } else {
                executeOperations(block, count);
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
            if (block != null && block.valid && epochs[i] == cpu.codeEpoch()) {
                long maddr = cpu.cachedExecutable(tags[i]);
                CodeInvariants.hold(
                        maddr < 0 || maddr == block.maddr,
                        "%x leads to block %x instead of %x",
                        tags[i],
                        block.maddr,
                        maddr);
                CodeInvariants.hold(
                        cache.find(block.maddr, block.mode) == block,
                        "block %x has left the cache",
                        block.maddr);
            }
        }
    }

    /** Has the region behind a block translated, which is about to run. */
    private void translate(Block block) {
        if (translator == null) {
            return;
        }
        Rejection rejection = RegionBuilder.rejection(block);
        if (rejection != null) {
            cache.counters.rejected(rejection);
            return;
        }
        Region region = builder.build(block, REGION_SIZE);
        region.reversible = verifier != null;
        if (cache.dump != null) {
            region.text = new RegionText(region, cpu.ram, cpu.rip);
        }
        if (translator.submit(region, cache)) {
            block.region = region;
            cache.addRegion();
        } else {
            cache.counters.rejected(Rejection.QUEUE);
            block.heat = 0; // its turn comes later
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

    private Block find() {
        long address = cpu.codeAddress();
        int i = (int) (address ^ address >>> 12) & CACHE_SIZE - 1;
        Block block = blocks[i];
        if (tags[i] == address
                && epochs[i] == cpu.codeEpoch()
                && block.valid
                && block.mode == cpu.mode) {
            return block;
        }
        block = cache.lookup(cpu);
        blocks[i] = block;
        tags[i] = address;
        epochs[i] = cpu.codeEpoch();
        return block;
    }

    /** Whether the code segment ends inside the block: then its instructions run one by one. */
    private boolean leavesSegment(Block block) {
        return cpu.rip + block.length - 1 > cpu.segmentLimit[Cpu.CS];
    }

    private void executeRegion(Region region) {
        Counters counters = cache.counters;
        counters.entries++;
        long before = cpu.instructions;
        try {
            region.code.run(cpu);
            counters.translatedInstructions += cpu.instructions - before;
        } catch (TranslationMiss miss) {
            int at = cpu.tracePosition;
            Block block = region.blocks[at >> 8];
            int left = block.operations.length - (at & 255);
            counters.misses++;
            counters.translatedInstructions += cpu.instructions - left - before;
            cpu.blockRip += region.distances[at >> 8];
            cpu.rip = cpu.blockRip + block.length;
            execute(block, at & 255, block.operations.length);
        } catch (CpuFault fault) {
            Operation by = leave(region, cpu.tracePosition);
            counters.faults++;
            counters.translatedInstructions += cpu.instructions - before;
            raise(fault, by);
        } catch (CodeWriteFault e) {
            leave(region, cpu.tracePosition);
            counters.faults++;
            counters.translatedInstructions += cpu.instructions - before;
            executeSingle();
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
