package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.MethodBodies.Body;
import org.xenolith.cpu.engine.Value.IntConstant;
import org.xenolith.cpu.engine.Value.Local;
import org.xenolith.cpu.engine.Value.LongConstant;

import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The local variables of a method that is being copied. One that is stored to once is a name for a
 * value; one that is stored to more often has a slot, but for constants on a single path.
 */
final class CopiedVariables {
    private final Inliner inliner;
    private final Body body;
    private final OperandStack stack;
    private Map<Integer, Value> values = new HashMap<>();

    /** Slots in the translation of variables that are stored to more than once. */
    private final Map<Integer, Integer> slots = new HashMap<>();

    CopiedVariables(Inliner inliner, Body body, OperandStack stack, List<Value> arguments) {
        this.inliner = inliner;
        this.body = body;
        this.stack = stack;
        int variable = 0;
        for (Value argument : arguments) {
            values.put(variable, argument);
            variable += argument.kind().slotSize();
        }
    }

    /** Pushes a variable. */
    void load(int variable) {
        Value value = values.get(variable);
        if (value == null) {
            throw new Inliner.Unsuitable("local variable");
        }
        if (body.stored().contains(variable) && value instanceof Local) {
            inliner.emit(value::push); // it may change before it is used
            stack.pushed(value.kind());
        } else {
            stack.push(value);
        }
    }

    /**
     * Stores the top of the stack.
     *
     * @param onlyPath whether there is no other path on which the variable keeps its value
     */
    void store(int variable, boolean onlyPath) {
        Value value = stack.peek(0);
        boolean constant = value instanceof IntConstant || value instanceof LongConstant;
        if (!body.stored().contains(variable) || constant && onlyPath) {
            values.put(variable, stack.take());
            return;
        }
        TypeKind kind = value.kind();
        requireNumber(kind);
        stack.operands(1);
        storeReal(variable, kind);
    }

    /** IINC; see {@link #store}. */
    void increment(IncrementInstruction increment, boolean onlyPath) {
        Value value = values.get(increment.slot());
        if (value instanceof IntConstant(int old) && onlyPath) {
            values.put(increment.slot(), new IntConstant(old + increment.constant()));
            return;
        }
        inliner.emit(value::push);
        inliner.emit(c -> c.loadConstant(increment.constant()).iadd());
        storeReal(increment.slot(), TypeKind.INT);
    }

    /** Stores the top of the real stack, which is not on {@link #stack} any more. */
    private void storeReal(int variable, TypeKind kind) {
        int slot = slots.computeIfAbsent(variable, v -> inliner.allocate(TypeKind.LONG));
        values.put(variable, new Local(kind, slot));
        inliner.emit(c -> c.storeLocal(kind, slot));
    }

    /** Gets variables that the elements from..to-1 change into slots, as paths part here. */
    void splitPaths(int from, int to) {
        for (int i = from; i < to; i++) {
            switch (body.elements().get(i)) {
                case StoreInstruction store -> makeReal(store.slot());
                case IncrementInstruction increment -> makeReal(increment.slot());
                default -> {}
            }
        }
    }

    private void makeReal(int variable) {
        Value value = values.get(variable);
        boolean own =
                value instanceof Local(TypeKind k, int slot)
                        && Integer.valueOf(slot).equals(slots.get(variable));
        if (value != null && !own && body.stored().contains(variable)) {
            requireNumber(value.kind());
            inliner.emit(value::push);
            storeReal(variable, value.kind());
        }
    }

    private static void requireNumber(TypeKind kind) {
        if (kind == TypeKind.REFERENCE) {
            throw new Inliner.Unsuitable("reference in a variable");
        }
    }

    /** The variables' values, for {@link #restore}. */
    Map<Integer, Value> snapshot() {
        return Map.copyOf(values);
    }

    void restore(Map<Integer, Value> snapshot) {
        values = new HashMap<>(snapshot);
    }
}
