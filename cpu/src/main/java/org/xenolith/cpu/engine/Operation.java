package org.xenolith.cpu.engine;

import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

import java.util.Comparator;
import java.util.Set;

/**
 * An instruction bound to its operands. Subclasses are generated; register numbers and constants
 * stay in the fields, so one class serves all instructions of a shape. Operations hold no state of
 * a processor and are shared by all of a machine.
 */
public abstract class Operation {
    private static final Set<String> STACK =
            Set.of(
                    "push",
                    "pop",
                    "pushSegment",
                    "popSegment",
                    "pushf",
                    "popf",
                    "call",
                    "ret",
                    "retAndPop",
                    "enter",
                    "leave");
    private static final Set<String> EVENTS =
            Set.of("interrupt", "int3", "into", "icebp", "syscall", "sysenter");

    private static final Comparator<Operation> BY_FIELDS =
            Comparator.comparing((Operation o) -> o.getClass().getName())
                    .thenComparingInt(o -> o.r0)
                    .thenComparingInt(o -> o.r1)
                    .thenComparingInt(o -> o.r2)
                    .thenComparingInt(o -> o.r3)
                    .thenComparingInt(o -> o.base)
                    .thenComparingInt(o -> o.index)
                    .thenComparingInt(o -> o.shift)
                    .thenComparingLong(o -> o.disp)
                    .thenComparingLong(o -> o.imm)
                    .thenComparingLong(o -> o.imm2)
                    .thenComparingInt(o -> o.length)
                    .thenComparingInt(o -> o.offset);

    /** Register numbers of the operands, by position. */
    protected int r0;

    protected int r1;
    protected int r2;
    protected int r3;

    /** Memory operand: registers, log2 scale, displacement (from the block's start if relative). */
    protected int base;

    protected int index;
    protected int shift;
    protected long disp;

    /** Immediate operands; the first of recorded x87 instructions is {@code FpuState.recorded}. */
    protected long imm;

    protected long imm2;

    /** Length of the instruction in bytes. */
    protected int length;

    /** Offset of the instruction in its block, in bytes. */
    int offset;

    /** Its memory operand is in the stack segment, or it has none and works on the stack. */
    boolean usesStack;

    /** Delivers an event by itself: INT and the like, system calls. */
    boolean raisesEvent;

    /** Executes the instruction. Faults leave all architectural state as before it. */
    public abstract void execute(Cpu cpu);

    /** A new operation of the same class. */
    protected abstract Operation fresh();

    /** A register number or constant by the name of its field. */
    final long field(String name) {
        return switch (name) {
            case "r0" -> r0;
            case "r1" -> r1;
            case "r2" -> r2;
            case "r3" -> r3;
            case "base" -> base;
            case "index" -> index;
            case "shift" -> shift;
            case "disp" -> disp;
            case "imm" -> imm;
            case "imm2" -> imm2;
            case "length" -> length;
            case "offset" -> offset;
            default -> throw new IllegalStateException("field " + name);
        };
    }

    /** Orders operations, not in any useful way: 0 if both do the same. */
    static int compare(Operation a, Operation b) {
        return BY_FIELDS.compare(a, b);
    }

    final Operation bind(Instruction in, int blockOffset) {
        offset = blockOffset;
        if (in.opcode != null) {
            usesStack =
                    in.memory ? in.memorySegment == Cpu.SS : STACK.contains(in.opcode.semantic());
            raisesEvent = EVENTS.contains(in.opcode.semantic());
        }
        length = in.length;
        base = in.base;
        index = in.index;
        shift = in.shift;
        boolean recorded = in.opcode != null && in.opcode.recorded();
        imm = recorded ? record(in) : in.immediate;
        imm2 = in.immediate2;
        disp = in.ripRelative ? in.displacement + blockOffset + in.length : in.displacement;
        return this;
    }

    private static int record(Instruction in) {
        int opcode = (in.opcodeByte & 7) << 8 | in.modrm;
        return opcode | FpuState.RECORDED | (in.memory ? FpuState.RECORDED_DATA : 0);
    }
}
