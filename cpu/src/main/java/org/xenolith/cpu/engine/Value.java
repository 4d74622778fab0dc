package org.xenolith.cpu.engine;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.List;

/** What the {@link Inliner} knows about an entry of the operand stack or a local variable. */
sealed interface Value {
    /** The processor, in its local variable. */
    record Processor() implements Value {}

    /** The array of general registers; it never gets onto the real stack. */
    record RegisterFile() implements Value {}

    /** The x87 and vector state of the processor. */
    record Fpu() implements Value {}

    /** The array of vector registers; it never gets onto the real stack. */
    record VectorFile() implements Value {}

    /**
     * A lambda or method reference; it never gets onto the real stack.
     *
     * @param captured what it closes over, its first arguments
     */
    record Function(MethodBodies.Key method, List<Value> captured) implements Value {}

    /** A constant of type int. */
    record IntConstant(int value) implements Value {}

    /** A constant of type long. */
    record LongConstant(long value) implements Value {}

    /** A local variable of the translation that does not change any more. */
    record Local(TypeKind kind, int slot) implements Value {}

    /** It is on the real stack. */
    record Pushed(TypeKind kind) implements Value {}

    Value PROCESSOR = new Processor();

    /** Its type, as the JVM's stack tells types apart. */
    default TypeKind kind() {
        return switch (this) {
            case Processor p -> TypeKind.REFERENCE;
            case RegisterFile r -> TypeKind.REFERENCE;
            case Fpu f -> TypeKind.REFERENCE;
            case VectorFile v -> TypeKind.REFERENCE;
            case Function f -> TypeKind.REFERENCE;
            case IntConstant i -> TypeKind.INT;
            case LongConstant l -> TypeKind.LONG;
            case Local local -> local.kind;
            case Pushed pushed -> pushed.kind;
        };
    }

    /** Whether it cannot be on the real stack. */
    default boolean isVirtual() {
        return this instanceof RegisterFile
                || this instanceof VectorFile
                || this instanceof Function;
    }

    /** Pushes the value, unless it is pushed already. */
    default void push(CodeBuilder code) {
        switch (this) {
            case Processor p -> code.aload(GuestLocals.C);
            case Fpu f -> {
                code.aload(GuestLocals.C);
                code.getfield(GuestLocals.CPU, "fpu", GuestLocals.FPU);
            }
            case RegisterFile r -> throw new Inliner.Unsuitable("register file escapes");
            case VectorFile v -> throw new Inliner.Unsuitable("vector file escapes");
            case Function f -> throw new Inliner.Unsuitable("function escapes");
            case IntConstant i -> code.loadConstant(i.value);
            case LongConstant l -> code.loadConstant(l.value);
            case Local local -> code.loadLocal(local.kind, local.slot);
            case Pushed pushed -> {}
        }
    }
}
