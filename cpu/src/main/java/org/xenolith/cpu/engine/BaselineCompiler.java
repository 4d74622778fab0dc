package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles a baseline region: its operations one after the other, with the processor's state where
 * the interpreter has it. So it costs nothing to enter or to leave, the class is made in a fraction
 * of a millisecond, and whatever the semantic methods do is right here as well.
 */
final class BaselineCompiler {
    private static final ClassDesc CPU = OperationEmitter.desc(Cpu.class);
    private static final ClassDesc FLAGS = OperationEmitter.desc(Flags.class);
    private static final ClassDesc REGISTERS = OperationEmitter.desc(Registers.class);
    private static final int C = GuestLocals.C;

    /** {@link Region#counts}: the data of the class. */
    private static final DynamicConstantDesc<int[]> COUNTS =
            DynamicConstantDesc.ofNamed(
                    ConstantDescs.BSM_CLASS_DATA, ConstantDescs.DEFAULT_NAME, CD_int.arrayType());

    private static final int POSITION = GuestLocals.POSITION;
    private static final int START = GuestLocals.START;

    /** First slot that is free for other purposes. */
    static final int FREE = START + 2;

    private final Region region;
    private final CodeBuilder code;
    private final Map<Long, Label> labels = new HashMap<>();

    private BaselineCompiler(Region region, CodeBuilder code) {
        this.region = region;
        this.code = code;
        for (int distance : region.distances) {
            labels.put((long) distance, code.newLabel());
        }
    }

    /**
     * The class file of a region.
     *
     * @return null if its method would be longer than a class file can hold
     */
    static byte[] classFile(Region region) {
        return RegionCompiler.classFile(
                "Baseline", code -> new BaselineCompiler(region, code).run());
    }

    private void run() {
        Label from = code.newBoundLabel();
        if (region.blocks.length > 1) {
            enter();
        }
        for (int i = 0; i < region.blocks.length; i++) {
            block(i);
        }
        Label to = code.newBoundLabel();
        Label handler = code.newBoundLabel();
        code.aload(C).iload(POSITION).putfield(CPU, "tracePosition", CD_int);
        code.aload(C).lload(START).putfield(CPU, "blockRip", CD_long);
        code.areturn();
        code.exceptionCatch(from, to, handler, RegionCompiler.STOPPED);
    }

    /** Goes to the block that the caller has named. */
    private void enter() {
        List<SwitchCase> cases = new ArrayList<>();
        for (int i = 1; i < region.blocks.length; i++) {
            cases.add(SwitchCase.of(i, label(region.distances[i])));
        }
        code.iload(POSITION);
        code.tableswitch(1, cases.size(), label(0), cases);
    }

    private Label label(long distance) {
        return labels.get(distance);
    }

    private void block(int index) {
        Block block = region.blocks[index];
        int distance = region.distances[index];
        Operation[] operations = block.operations;
        long count = operations.length;
        line(index << 8 | RegionCompiler.BLOCK);
        code.labelBinding(label(distance));
        code.aload(C);
        RegionEmitter.linear(code, distance);
        code.putfield(CPU, "blockRip", CD_long);
        code.loadConstant(index << 8 | RegionCompiler.BLOCK).istore(POSITION);
        RegionCompiler.checkBudget(
                code, count, c -> c.aload(C).getfield(CPU, "instructions", CD_long));
        code.aload(C).dup().getfield(CPU, "instructions", CD_long).loadConstant(count).ladd();
        code.putfield(CPU, "instructions", CD_long);
        code.aload(C).loadConstant(block.maddr).putfield(CPU, "executing", CD_long);
        setRip(distance + block.length);
        code.loadConstant(COUNTS).loadConstant(index).dup2().iaload().iconst_1().iadd().iastore();

        Successors successors = Successors.of(block);
        for (int i = 0; i < operations.length; i++) {
            line(index << 8 | i);
            boolean last = i == operations.length - 1;
            if (region.reversible && last && successors == Successors.OUTSIDE || i == region.most) {
                code.loadConstant(index << 8 | i).istore(POSITION);
                GuestLocals.miss(code);
                return;
            }
            OperationShape shape = OperationFactory.shape(operations[i]);
            String name = shape.semantic().name();
            if (last && name.equals("jcc")) {
                condition(shape.cc(), block, distance);
                return;
            }
            code.loadConstant(index << 8 | i).istore(POSITION);
            new BaselineEmitter(operations[i], code, FREE).execute();
        }
        Operation end = operations[operations.length - 1];
        long next = distance + block.length;
        switch (successors) {
            case NEXT -> go(next);
            case TARGET, CALL -> go(Successors.target(block, distance));
            case BRANCH -> dispatch(next, Successors.target(block, distance));
            case REPEAT -> dispatch(next, distance + end.offset);
            case ANYWHERE, INDIRECT_CALL -> dispatch(region.afterIndirect(index));
            case OUTSIDE -> code.aconst_null().areturn();
        }
    }

    /** Notes for a listing which position in the region the code comes from. */
    private void line(int position) {
        if (region.text != null) {
            code.lineNumber(position + 1);
        }
    }

    private void condition(int cc, Block block, int distance) {
        long target = Successors.target(block, distance);
        code.aload(C).loadConstant(cc);
        code.invokestatic(FLAGS, "test", MethodTypeDesc.of(CD_boolean, REGISTERS, CD_int));
        Label taken = code.newLabel();
        code.branch(Opcode.IFNE, label(target) != null ? label(target) : taken);
        go(distance + block.length);
        if (label(target) == null) {
            code.labelBinding(taken);
            code.aload(C);
            RegionEmitter.linear(code, target);
            if ((block.mode & Cpu.MODE_SIZE) == Cpu.MODE_32) {
                code.loadConstant(0xffffffffL).land();
            }
            code.putfield(CPU, "rip", CD_long).aconst_null().areturn();
        }
    }

    /** Goes on at a distance; {@code rip} is what it should be there. */
    private void go(long distance) {
        Label label = label(distance);
        if (label != null) {
            code.goto_(label);
        } else {
            code.aconst_null().areturn();
        }
    }

    /** Goes on where {@code rip} says. */
    private void dispatch(long... distances) {
        for (long distance : distances) {
            if (label(distance) != null) {
                code.aload(C).getfield(CPU, "rip", CD_long);
                RegionEmitter.linear(code, distance);
                code.lcmp().branch(Opcode.IFEQ, label(distance));
            }
        }
        code.aconst_null().areturn();
    }

    private void setRip(long distance) {
        code.aload(C);
        RegionEmitter.linear(code, distance);
        code.putfield(CPU, "rip", CD_long);
    }
}
