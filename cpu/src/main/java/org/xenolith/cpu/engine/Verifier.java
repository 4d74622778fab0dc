package org.xenolith.cpu.engine;

import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.TranslationMiss;
import org.xenolith.cpu.state.WriteLog;

/**
 * Executes regions twice and compares: on trial by their translation, all of which is taken back,
 * then by the interpreter for as many instructions. The run goes on from the interpreter's state.
 *
 * <p>A trial may write only pages that the TLB lets it write, of which a {@link WriteLog} keeps the
 * content. It ends in front of whatever cannot be taken back: a TLB miss within a method that the
 * translation calls, a device. Instructions that end a block by their nature (system calls, port
 * I/O, RDTSC) are no part of translations here.
 */
final class Verifier {
    /** Instructions of a trial at most, for loops that write many pages. */
    private static final int MOST_INSTRUCTIONS = 10_000;

    private final Cpu cpu;
    private final Interpreter interpreter;
    private final Counters counters;
    private final CpuSnapshot before = new CpuSnapshot();
    private final CpuSnapshot translated = new CpuSnapshot();
    private final CpuSnapshot interpreted = new CpuSnapshot();
    private final WriteLog trialLog;
    private final WriteLog log;
    private final InterruptLine notOnTrial;

    // of the last trial

    private int entry;

    /** Where in the region it ended in front of an instruction, or -1. */
    private int position;

    /** What the translation threw, or null. */
    private RuntimeException thrown;

    private Raised expected;

    /** The first exception that the interpreter has raised since this was last null. */
    private Raised raised;

    /** An exception, and the count of instructions in front of it. */
    private record Raised(int vector, int errorCode, long cr2, long instructions) {
        static Raised of(CpuFault fault, Cpu cpu) {
            long address = fault.vector == CpuFault.PF ? cpu.cr2 : 0;
            return new Raised(fault.vector, fault.errorCode, address, cpu.instructions);
        }
    }

    Verifier(Cpu cpu, Interpreter interpreter, Counters counters) {
        this.counters = counters;
        this.cpu = cpu;
        this.interpreter = interpreter;
        this.trialLog = new WriteLog(cpu.ram, true);
        this.log = new WriteLog(cpu.ram, false);
        this.notOnTrial = high -> trialLog.end();
    }

    /**
     * Executes a region from {@code cpu.rip} on, at least one instruction.
     *
     * @param entry number of the block at {@code cpu.rip}
     * @param end count of instructions not to be exceeded; the first block does not
     * @throws VerificationException if the results differ
     */
    void execute(Region region, int entry, long end) {
        before.save(cpu);
        this.entry = entry;
        long start = cpu.rip - region.distances[entry];
        trial(region, Math.min(end, before.instructions() + MOST_INSTRUCTIONS));
        long count = translated.instructions() - before.instructions();
        counters.entries++;
        counters.translatedInstructions += count;
        counters.faults += thrown == null ? 0 : 1;
        counters.misses += thrown == null && position >= 0 ? 1 : 0;
        if (count > 0 || thrown != null) {
            counters.verified++;
        } else {
            counters.unverified++;
        }
        String difference;
        if (thrown instanceof CpuFault) {
            difference = compareFault(region, count);
        } else if (thrown != null) {
            difference = "  the translation has thrown " + thrown + System.lineSeparator();
        } else {
            difference = count == 0 ? "" : compare();
            if (!difference.isEmpty() && !log.ended()) {
                difference = narrow(region, difference);
                count = translated.instructions() - before.instructions();
            }
            if (difference.isEmpty() && (position >= 0 || count == 0)) {
                interpreter.finish(region, position >= 0 ? position : entry << 8);
            }
        }
        if (!difference.isEmpty()) {
            throw new VerificationException(
                    "translation and interpreter differ after %d instructions of region %x%n%s%s"
                            .formatted(
                                    count,
                                    start,
                                    difference,
                                    new RegionText(region, cpu.ram, start).code()));
        }
    }

    /**
     * Finds the first block behind which the states differ, and tells what differs there.
     *
     * @param difference behind as many instructions as {@link #translated} says
     */
    private String narrow(Region region, String difference) {
        long end = translated.instructions();
        String first = "";
        for (long limit = before.instructions() + 1; first.isEmpty() && limit <= end; limit++) {
            log.restore();
            before.restore(cpu);
            trial(region, limit);
            if (translated.instructions() > before.instructions()) {
                first = compare();
            }
        }
        return first.isEmpty() ? difference : first;
    }

    /** Runs the translation, notes its state, and takes everything back. */
    private void trial(Region region, long most) {
        InterruptLine numericError = cpu.numericError;
        cpu.numericError = numericError == null ? null : notOnTrial;
        trialLog.clear();
        cpu.hideWrites(trialLog);
        long limit = most;
        boolean again = true;
        while (again) {
            cpu.limit = limit;
            run(region);
            again = thrown == TranslationMiss.INSTANCE;
            if (again && trialLog.ended()) {
                // the instruction is in an unknown state: end before its block
                Block block = region.blocks[position >> 8];
                limit = cpu.instructions - block.operations.length;
                trialLog.restore();
                trialLog.clear();
                before.restore(cpu);
                cpu.hideWrites(trialLog);
            } else if (again && cpu.permitMissed()) {
                trialLog.restore();
                before.restore(cpu);
            } else if (again) {
                again = false;
                thrown = null;
            }
        }
        if (position >= 0) {
            Operation operation = interpreter.leave(region, position);
            if (thrown instanceof CpuFault fault) {
                Interpreter.adjust(fault, operation);
                expected = Raised.of(fault, cpu);
            }
        }
        translated.save(cpu);
        trialLog.swap();
        cpu.revealWrites();
        before.restore(cpu);
        cpu.numericError = numericError;
    }

    private void run(Region region) {
        long start = cpu.rip - region.distances[entry];
        thrown = interpreter.runRegion(region, entry, start);
        if (thrown instanceof BudgetExhausted) {
            thrown = null;
        }
        position = thrown == null ? -1 : cpu.tracePosition;
    }

    /** Has the interpreter come as far, and tells what differs. */
    private String compare() {
        String memory = interpret();
        interpreted.save(cpu);
        return interpreted.differences(translated) + memory;
    }

    /** Has the interpreter come as far, and tells what differs in memory. */
    private String interpret() {
        log.clear();
        cpu.hideWrites(log);
        try {
            interpreter.interpret(translated.instructions());
        } finally {
            cpu.revealWrites();
        }
        return memoryDifferences();
    }

    private String memoryDifferences() {
        StringBuilder s = new StringBuilder();
        for (long frame : trialLog.frames()) {
            differ(s, frame, trialLog.content(frame));
        }
        for (long frame : log.frames()) {
            if (trialLog.content(frame) == null) {
                differ(s, frame, log.content(frame));
            }
        }
        return s.toString();
    }

    private void differ(StringBuilder s, long frame, byte[] content) {
        int at = log.mismatch(frame, content);
        if (at >= 0) {
            s.append(
                    "  byte at machine address %x: interpreted %02x, translated %02x%n"
                            .formatted(frame + at, cpu.ram.get8(frame + at), content[at]));
        }
    }

    /**
     * Executes up to the instruction at which the translation has faulted, which must fault as
     * well, in the same state: the flags in MXCSR may belong to the fault.
     */
    private String compareFault(Region region, long count) {
        raised = null;
        String memory = count == 0 ? "" : interpret();
        if (raised == null) {
            interpreter.finish(region, position);
        }
        String registers = raised == null ? "" : interpreted.differences(translated);
        String exceptions =
                expected.equals(raised)
                        ? ""
                        : "  the translation raises %s%n  the interpreter %s%n"
                                .formatted(expected, raised);
        return registers + memory + exceptions;
    }

    /** Tells of an exception that the interpreter is about to deliver. */
    void raised(CpuFault fault) {
        if (raised == null) {
            raised = Raised.of(fault, cpu);
            interpreted.save(cpu);
        }
    }
}
