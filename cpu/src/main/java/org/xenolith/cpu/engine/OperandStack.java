package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.Value.Local;
import org.xenolith.cpu.engine.Value.Pushed;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The operand stack of a method that is being copied. Only its {@link Pushed} entries are on the
 * real stack; the others are emitted when an instruction needs them there.
 */
final class OperandStack {
    private final Inliner inliner;
    private List<Value> values = new ArrayList<>();

    OperandStack(Inliner inliner) {
        this.inliner = inliner;
    }

    int size() {
        return values.size();
    }

    /** The entry {@code depth} below the top, 0 for the top itself. */
    Value peek(int depth) {
        return values.get(values.size() - 1 - depth);
    }

    /** Entry {@code i} from the bottom. */
    Value get(int i) {
        return values.get(i);
    }

    void push(Value value) {
        values.add(value);
    }

    /** Tells that an instruction has left its result on the real stack. */
    void pushed(TypeKind kind) {
        values.add(new Pushed(kind.asLoadable()));
    }

    /** Takes the top entry off, which the caller knows not to be on the real stack. */
    Value pop() {
        return values.removeLast();
    }

    /** Takes the top entry off, and off the real stack if it is there. */
    Value take() {
        unpush(values.size() - 1);
        return values.removeLast();
    }

    /** Takes the top {@code count} entries off, in their order. */
    List<Value> take(int count) {
        List<Value> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.addFirst(take());
        }
        return taken;
    }

    /** Gets the top {@code count} values onto the real stack, in order, and off this one. */
    void operands(int count) {
        int bottom = values.size() - count;
        materialize(i -> i >= bottom);
        while (values.size() > bottom) {
            values.removeLast();
        }
    }

    /** Gets the values at some indices onto the real stack; those there already stay. */
    void materialize(IntPredicate wanted) {
        int first = 0;
        while (first < values.size()
                && (values.get(first) instanceof Pushed || !wanted.test(first))) {
            first++;
        }
        boolean[] real = new boolean[values.size()];
        for (int i = values.size() - 1; i >= first; i--) {
            real[i] = values.get(i) instanceof Pushed;
            unpush(i);
        }
        for (int i = first; i < values.size(); i++) {
            if (real[i] || wanted.test(i)) {
                Value value = values.get(i);
                if (value.isVirtual()) {
                    throw new Inliner.Unsuitable("escapes");
                }
                inliner.emit(value::push);
                values.set(i, new Pushed(value.kind()));
            }
        }
    }

    /** Stores entry {@code i}, if it is the topmost real one, in a local variable. */
    private void unpush(int i) {
        if (values.get(i) instanceof Pushed(TypeKind kind)) {
            int slot = inliner.allocate(kind);
            inliner.emit(c -> c.storeLocal(kind, slot));
            values.set(i, new Local(kind, slot));
        }
    }

    /** Does what POP, POP2, DUP and DUP2 do. */
    void shuffle(Opcode opcode) {
        switch (opcode) {
            case POP, POP2 -> {
                Value top = pop();
                if (opcode == Opcode.POP2 && top.kind().slotSize() == 1) {
                    throw new Inliner.Unsuitable("pop2");
                }
                if (top instanceof Pushed) {
                    inliner.emit(top.kind().slotSize() == 2 ? CodeBuilder::pop2 : CodeBuilder::pop);
                }
            }
            case DUP, DUP2 -> {
                boolean one = opcode == Opcode.DUP || peek(0).kind().slotSize() == 2;
                List<Value> copied = take(one ? 1 : 2);
                values.addAll(copied);
                values.addAll(copied);
            }
            default -> throw new Inliner.Unsuitable("instruction " + opcode);
        }
    }

    /** The entries, for {@link #restore}. */
    List<Value> snapshot() {
        return List.copyOf(values);
    }

    void restore(List<Value> snapshot) {
        values = new ArrayList<>(snapshot);
    }
}
