package org.xenolith.cpu.engine;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Rare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The bytecode of the processor's own methods, and what each of them may do to the state that a
 * translation keeps in local variables. Used by one thread at a time.
 */
final class MethodBodies {
    /** Fields of the processor that translations keep in local variables. */
    static final Set<String> TRACKED =
            Set.of("regs", "rip", "flagKind", "flagA", "flagB", "flagR", "eflags");

    /** More fields that are not current while a translation runs. */
    private static final Set<String> STALE =
            Set.of("instructions", "blockRip", "executing", "limit", "tracePosition");

    private static final ClassDesc RARE = Rare.class.describeConstable().orElseThrow();
    private static final String OURS = "org/xenolith/cpu/";
    private static final String MEMORY = OURS + "state/LinearMemory";

    /** What a method, with all that it calls, does to tracked state: nothing of it. */
    static final int NONE = 0;

    /** It reads or writes {@link #TRACKED} fields. */
    static final int STATE = 1;

    /** It reads or writes vector registers. */
    static final int VECTORS = 2;

    /** It calls what cannot be followed. */
    static final int OPAQUE = 4;

    /** A method by its owner's internal name. */
    record Key(String owner, String name, String type) {}

    /**
     * A method's code.
     *
     * @param accessible whether generated code may call it
     * @param catches whether it has exception handlers
     * @param labels where in the elements each label is
     * @param rare whether it is marked as {@link Rare}
     * @param stored slots that are stored to more than once, or are parameters stored to
     */
    record Body(
            boolean accessible,
            boolean catches,
            Map<Label, Integer> labels,
            boolean rare,
            Set<Integer> stored,
            List<CodeElement> elements) {

        /** Whether it works on its arguments alone. */
        boolean isPlain() {
            return elements.stream().noneMatch(FieldInstruction.class::isInstance);
        }

        /** Whether it reads the processor's mode, and no other field. */
        boolean asksMode() {
            List<FieldInstruction> fields =
                    elements.stream()
                            .filter(FieldInstruction.class::isInstance)
                            .map(FieldInstruction.class::cast)
                            .toList();
            return !fields.isEmpty()
                    && fields.stream().allMatch(f -> f.name().equalsString("mode"));
        }

        /** Whether it may change general registers, or calls what may. */
        boolean storesElements() {
            return elements.stream().anyMatch(ArrayStoreInstruction.class::isInstance);
        }
    }

    private final Map<String, ClassModel> classes = new HashMap<>();
    private final Map<Key, Body> bodies = new HashMap<>();
    private final Map<Key, Integer> effects = new HashMap<>();
    private final Map<Key, Boolean> changesRegisters = new HashMap<>();

    /** The code of a method of ours; null for abstract ones and those of other libraries. */
    Body body(Key key) {
        if (!key.owner.startsWith(OURS)) {
            return null;
        }
        if (!bodies.containsKey(key)) {
            bodies.put(key, read(key));
        }
        return bodies.get(key);
    }

    /** What calling the method may do: {@link #STATE}, {@link #VECTORS} and {@link #OPAQUE}. */
    int effect(Key key) {
        Integer known = effects.get(key);
        if (known != null) {
            return known;
        }
        effects.put(key, NONE); // while it is being found out, for recursive methods
        int found = find(key);
        effects.put(key, found);
        return found;
    }

    /** Whether the method, or one that it calls, may store to a general register. */
    boolean changesRegisters(Key key) {
        Boolean known = changesRegisters.get(key);
        if (known != null) {
            return known;
        }
        changesRegisters.put(key, false);
        Body body = isMemoryAccess(key) ? null : body(key);
        boolean changes = false;
        if (body != null) {
            changes =
                    body.storesElements()
                            || body.elements.stream()
                                    .anyMatch(
                                            e ->
                                                    e instanceof InvokeInstruction i
                                                            && changesRegisters(key(i)));
        }
        changesRegisters.put(key, changes);
        return changes;
    }

    /** Whether generated code may use a field. */
    boolean accessible(FieldInstruction field) {
        String owner = field.owner().asInternalName();
        if (!owner.startsWith(OURS)) {
            return true;
        }
        while (owner != null) {
            ClassModel model = classes.computeIfAbsent(owner, MethodBodies::parse);
            for (var each : model.fields()) {
                if (each.fieldName().equalsString(field.name().stringValue())) {
                    return isPublic(each.flags().flagsMask());
                }
            }
            owner = superclass(model);
        }
        return false;
    }

    private int find(Key key) {
        if (key.owner.startsWith("java/") || isMemoryAccess(key)) {
            return NONE;
        }
        Body body = body(key);
        if (body == null) {
            return OPAQUE;
        }
        int effect = NONE;
        for (CodeElement element : body.elements) {
            effect |=
                    switch (element) {
                        case FieldInstruction f -> effect(f);
                        case InvokeInstruction i when i.isInterface() ->
                                isFunction(i) ? NONE : OPAQUE;
                        case InvokeInstruction i -> effect(key(i));
                        case InvokeDynamicInstruction d ->
                                implementation(d) == null ? OPAQUE : effect(implementation(d));
                        default -> NONE;
                    };
        }
        return effect;
    }

    private static int effect(FieldInstruction field) {
        if (!field.owner().asInternalName().startsWith(OURS + "state/")) {
            return NONE;
        }
        String name = field.name().stringValue();
        if (name.equals("vec")) {
            return VECTORS;
        }
        return STALE.contains(name) ? OPAQUE : TRACKED.contains(name) ? STATE : NONE;
    }

    /** The static method behind a lambda or method reference, or null if it is anything else. */
    static Key implementation(InvokeDynamicInstruction site) {
        for (var argument : site.bootstrapArgs()) {
            if (argument instanceof DirectMethodHandleDesc target
                    && target.kind() == DirectMethodHandleDesc.Kind.STATIC) {
                String owner = target.owner().descriptorString();
                return new Key(
                        owner.substring(1, owner.length() - 1),
                        target.methodName(),
                        target.lookupDescriptor());
            }
        }
        return null;
    }

    /** Calls of the functional interfaces whose lambdas are followed where they are made. */
    private static boolean isFunction(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        return owner.startsWith("java/") || owner.startsWith(OURS + "isa/Vectors$");
    }

    /**
     * Loads and stores look at EFLAGS.AC when they walk page tables, which is never in doubt, and
     * otherwise leave tracked state alone.
     */
    static boolean isMemoryAccess(Key key) {
        boolean owner = key.owner.equals(MEMORY) || key.owner.equals(OURS + "state/Cpu");
        return owner
                && key.name.matches(
                        "(load|store|update)(8|16|32|64)?|checkWrite|readable|writable");
    }

    /** Whether a load or store has its size in its name. */
    static boolean isSized(Key key) {
        return key.name.matches("(load|store|update)(8|16|32|64)");
    }

    static Key key(InvokeInstruction call) {
        return new Key(
                call.owner().asInternalName(),
                call.name().stringValue(),
                call.type().stringValue());
    }

    private Body read(Key key) {
        String owner = key.owner;
        while (owner != null) {
            ClassModel model = classes.computeIfAbsent(owner, MethodBodies::parse);
            for (MethodModel method : model.methods()) {
                if (method.methodName().equalsString(key.name)
                        && method.methodType().equalsString(key.type)) {
                    return method.code().map(code -> body(model, method, code)).orElse(null);
                }
            }
            owner = superclass(model);
        }
        return null;
    }

    private static String superclass(ClassModel model) {
        return model.superclass()
                .map(c -> c.asInternalName())
                .filter(name -> name.startsWith(OURS))
                .orElse(null);
    }

    private static boolean isPublic(int flags) {
        return (flags & ClassFile.ACC_PUBLIC) != 0;
    }

    private static Body body(ClassModel owner, MethodModel method, CodeModel code) {
        List<CodeElement> elements =
                code.elementList().stream()
                        .filter(e -> !(e instanceof PseudoInstruction) || e instanceof LabelTarget)
                        .toList();
        int parameters = (method.flags().flagsMask() & ClassFile.ACC_STATIC) != 0 ? 0 : 1;
        for (var parameter : method.methodTypeSymbol().parameterList()) {
            String name = parameter.descriptorString();
            parameters += name.equals("J") || name.equals("D") ? 2 : 1;
        }
        Set<Integer> once = new HashSet<>();
        Set<Integer> stored = new HashSet<>();
        Map<Label, Integer> labels = new HashMap<>();
        for (int i = 0; i < elements.size(); i++) {
            switch (elements.get(i)) {
                case LabelTarget label -> labels.put(label.label(), i);
                case IncrementInstruction increment -> stored.add(increment.slot());
                case StoreInstruction store -> {
                    if (store.slot() < parameters || !once.add(store.slot())) {
                        stored.add(store.slot());
                    }
                }
                default -> {}
            }
        }
        boolean accessible =
                isPublic(owner.flags().flagsMask()) && isPublic(method.flags().flagsMask());
        boolean catches = !code.exceptionHandlers().isEmpty();
        return new Body(accessible, catches, labels, isRare(method), stored, elements);
    }

    private static boolean isRare(MethodModel method) {
        return method.findAttribute(Attributes.runtimeInvisibleAnnotations()).stream()
                .flatMap(a -> a.annotations().stream())
                .anyMatch(a -> a.classSymbol().equals(RARE));
    }

    private static ClassModel parse(String owner) {
        String file = "/" + owner + ".class";
        try (InputStream in = Cpu.class.getResourceAsStream(file)) {
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
