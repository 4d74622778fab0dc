package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.MethodBodies.Key;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Copies a semantic method's own bytecode into a translation. What the method does to general
 * registers, flags and {@code rip} of the processor, it then does to the translation's local
 * variables; branches on operand size, condition code, mode and a known kind of flags are decided
 * on the way. So there is one definition of each instruction for the interpreter and the
 * translator.
 *
 * <p>Loops with a constant number of rounds are unrolled. Methods with other loops, or that use
 * registers by a number that is not constant, cannot be copied and are called.
 */
final class Inliner {
    /** The method cannot be copied; nothing has been emitted. */
    static final class Unsuitable extends RuntimeException {
        Unsuitable(String reason) {
            super(reason, null, false, false);
        }
    }

    /** {@link #flagKind} when it differs by path. */
    static final int UNKNOWN = -1;

    final MethodBodies bodies;
    final GuestLocals guest;

    /** {@code Cpu.mode} of the code. */
    final int mode;

    final CodeBuilder code;

    /** What is to be emitted, once it is certain that the method can be copied. */
    private List<Consumer<CodeBuilder>> out = new ArrayList<>();

    /** Stores to memory that the method has made so far. */
    private int stores;

    /** Loads for update, which have made sure that a store will not miss. */
    private int updates;

    /** Next free slot for temporary values. */
    int temporary = GuestLocals.FREE;

    /** Kind of the lazy flags here, or {@link #UNKNOWN}. */
    int flagKind = UNKNOWN;

    Inliner(MethodBodies bodies, GuestLocals guest, int mode, CodeBuilder code) {
        this.bodies = bodies;
        this.guest = guest;
        this.mode = mode;
        this.code = code;
    }

    /**
     * Emits what the method does.
     *
     * @param arguments the processor first; none may be {@link Value.Pushed}
     * @return its result, or null if it has none
     * @throws Unsuitable having emitted nothing
     */
    Value inline(Key method, List<Value> arguments) {
        int firstTemporary = temporary;
        int kind = flagKind;
        out = new ArrayList<>();
        stores = 0;
        updates = 0;
        try {
            Value result = new MethodCopy(this, method, arguments, 0).run();
            out.forEach(action -> action.accept(code));
            return result;
        } catch (Unsuitable e) {
            temporary = firstTemporary;
            flagKind = kind;
            throw e;
        }
    }

    /** A fresh slot. */
    int allocate(TypeKind kind) {
        int slot = temporary;
        temporary += kind.slotSize();
        return slot;
    }

    /**
     * Tells of a load or store. One that may miss behind a store would have the interpreter repeat
     * the instruction when it has changed memory already.
     *
     * @param method of {@code LinearMemory}
     * @throws Unsuitable if that is so here
     */
    void access(String method) {
        boolean store = method.startsWith("store");
        if (stores > 0 && (!store || stores >= updates)) {
            throw new Unsuitable("accesses memory behind a store");
        }
        stores += store ? 1 : 0;
        updates += method.startsWith("update") ? 1 : 0;
    }

    void emit(Consumer<CodeBuilder> action) {
        out.add(action);
    }
}
