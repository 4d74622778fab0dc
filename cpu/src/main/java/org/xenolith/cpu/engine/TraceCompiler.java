package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import org.xenolith.cpu.state.Cpu;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;

/**
 * Compiles a recorded path into one operation: the same semantic methods in the same order, with
 * register numbers and constants compiled in, and no dispatch between instructions or blocks.
 *
 * <p>Between two blocks the operation returns unless execution is where the path says, the budget
 * ({@link Cpu#limit}) allows the whole next block, and no code has changed. Which instruction runs
 * is kept in a local variable that costs nothing until an exception stores it in {@link
 * Cpu#tracePosition}: block number times 256 plus instruction number.
 */
final class TraceCompiler {
    private static final ClassDesc CPU = Cpu.class.describeConstable().orElseThrow();
    private static final int C = 1;
    private static final int POSITION = 6;
    private static final int START = 7;
    private static final int VERSION = 9;

    private final Block[] blocks;
    private final int[] distances;
    private final boolean loops;

    private TraceCompiler(Block[] blocks, int[] distances, boolean loops) {
        this.blocks = blocks;
        this.distances = distances;
        this.loops = loops;
    }

    /**
     * @param distances of the blocks' linear addresses from that of the first
     * @param loops whether the first block follows the last
     */
    static Operation compile(Block[] blocks, int[] distances, boolean loops) {
        TraceCompiler compiler = new TraceCompiler(blocks, distances, loops);
        return OperationEmitter.define(
                "Trace_" + blocks.length, (code, self) -> compiler.body(code));
    }

    private void body(CodeBuilder code) {
        code.iconst_0().istore(POSITION);
        code.aload(C).getfield(CPU, "blockRip", CD_long).lstore(START);
        code.aload(C).getfield(CPU, "codeVersion", CD_long).lstore(VERSION);
        code.trying(
                this::path,
                handlers ->
                        handlers.catchingAll(
                                caught ->
                                        caught.aload(C)
                                                .iload(POSITION)
                                                .putfield(CPU, "tracePosition", CD_int)
                                                .athrow()));
    }

    private void path(CodeBuilder code) {
        Label top = code.newBoundLabel();
        Label exit = code.newLabel();
        for (int b = 0; b < blocks.length; b++) {
            if (b > 0) {
                enter(code, b, exit);
            }
            Operation[] operations = blocks[b].operations;
            for (int i = 0; i < operations.length; i++) {
                code.loadConstant(b << 8 | i).istore(POSITION);
                OperationEmitter.inline(OperationFactory.shape(operations[i]), operations[i], code);
            }
        }
        if (loops) {
            enter(code, 0, exit);
            code.goto_(top);
        }
        code.labelBinding(exit);
    }

    /** Leaves unless block {@code b} may run now; else does what the interpreter does before it. */
    private void enter(CodeBuilder code, int b, Label exit) {
        Block block = blocks[b];
        int count = block.operations.length;
        code.aload(C).getfield(CPU, "rip", CD_long);
        linear(code, distances[b]);
        code.lcmp().branch(Opcode.IFNE, exit);
        code.aload(C).getfield(CPU, "codeVersion", CD_long).lload(VERSION);
        code.lcmp().branch(Opcode.IFNE, exit);
        code.aload(C).getfield(CPU, "limit", CD_long);
        code.aload(C).getfield(CPU, "instructions", CD_long).lsub();
        code.loadConstant((long) count).lcmp().branch(Opcode.IFLT, exit);
        code.aload(C);
        linear(code, distances[b]);
        code.putfield(CPU, "blockRip", CD_long);
        code.aload(C);
        linear(code, distances[b] + block.length);
        code.putfield(CPU, "rip", CD_long);
        code.aload(C).dup().getfield(CPU, "instructions", CD_long);
        code.loadConstant((long) count).ladd().putfield(CPU, "instructions", CD_long);
        code.aload(C).loadConstant(block.maddr).putfield(CPU, "executing", CD_long);
    }

    private static void linear(CodeBuilder code, int distance) {
        code.lload(START);
        if (distance != 0) {
            code.loadConstant((long) distance).ladd();
        }
    }
}
