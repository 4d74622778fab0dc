package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.OperationShape.Access;

/** Where execution may go behind a block, by its last instruction. */
enum Successors {
    /** To the next instruction only. */
    NEXT,

    /** To the target of a direct jump. */
    TARGET,

    /** To the target or to the next instruction. */
    BRANCH,

    /** To the target, and then perhaps to the next instruction. */
    CALL,

    /** Wherever a register or memory says, and then perhaps to the next instruction. */
    INDIRECT_CALL,

    /** To the next instruction, or to the last one again. */
    REPEAT,

    /** Wherever a register or memory says. */
    ANYWHERE,

    /** To the run loop: the instruction may have changed how everything goes on. */
    OUTSIDE;

    /**
     * Where the direct jump that ends a block goes.
     *
     * @param distance of the block, from wherever; the result counts from there, too
     */
    static long target(Block block, long distance) {
        Operation last = block.operations[block.operations.length - 1];
        return distance + last.offset + last.length + last.imm;
    }

    /** By the last instruction of a block. */
    static Successors of(Block block) {
        OperationShape shape =
                OperationFactory.shape(block.operations[block.operations.length - 1]);
        if (shape == null) {
            return OUTSIDE;
        }
        boolean direct =
                !shape.operands().isEmpty()
                        && shape.operands().getFirst().access() == Access.TARGET;
        return switch (shape.semantic().name()) {
            case "jcc", "loop", "loope", "loopne", "jrcxz" -> BRANCH;
            case "jmp" -> TARGET;
            case "call" -> direct ? CALL : INDIRECT_CALL;
            case "jmpTo", "ret", "retAndPop" -> ANYWHERE;
            case "movs", "stos", "lods", "scas", "cmps" -> REPEAT;
            default -> block.ends ? OUTSIDE : NEXT;
        };
    }
}
