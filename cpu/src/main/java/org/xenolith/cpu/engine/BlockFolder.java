package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;

import org.xenolith.cpu.state.Cpu;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;

/**
 * Folds a hot block into one operation: the same semantic methods in the same order, with register
 * numbers and constants compiled in and no dispatch between instructions.
 *
 * <p>The folded operation notes in {@link Cpu#foldedPosition} which instruction runs, in a local
 * variable that costs nothing until an exception stores it.
 */
final class BlockFolder {
    private static final ClassDesc CPU = Cpu.class.describeConstable().orElseThrow();
    private static final int C = 1;
    private static final int POSITION = 6;

    private BlockFolder() {}

    /**
     * @return an operation that does what all of the block's operations do, or null if one of them
     *     cannot be compiled
     */
    static Operation fold(Block block) {
        Operation[] operations = block.operations;
        OperationShape[] shapes = new OperationShape[operations.length];
        for (int i = 0; i < shapes.length; i++) {
            shapes[i] = OperationFactory.shape(operations[i]);
            if (shapes[i] == null) {
                return null;
            }
        }
        return OperationEmitter.define(
                "Block_" + shapes.length, (code, self) -> body(code, operations, shapes));
    }

    private static void body(CodeBuilder code, Operation[] operations, OperationShape[] shapes) {
        code.iconst_0().istore(POSITION);
        code.trying(
                tried -> {
                    for (int i = 0; i < operations.length; i++) {
                        tried.loadConstant(i).istore(POSITION);
                        OperationEmitter.inline(shapes[i], operations[i], tried);
                    }
                },
                handlers ->
                        handlers.catchingAll(
                                caught ->
                                        caught.aload(C)
                                                .iload(POSITION)
                                                .putfield(CPU, "foldedPosition", CD_int)
                                                .athrow()));
    }
}
