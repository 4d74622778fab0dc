package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.MethodBodies.Body;
import org.xenolith.cpu.engine.MethodBodies.Key;
import org.xenolith.cpu.engine.Value.Fpu;
import org.xenolith.cpu.engine.Value.Function;
import org.xenolith.cpu.engine.Value.IntConstant;
import org.xenolith.cpu.engine.Value.Local;
import org.xenolith.cpu.engine.Value.LongConstant;
import org.xenolith.cpu.engine.Value.Processor;
import org.xenolith.cpu.engine.Value.Pushed;
import org.xenolith.cpu.engine.Value.RegisterFile;
import org.xenolith.cpu.engine.Value.VectorFile;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

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

    private static final int MAX_DEPTH = 8;

    /** Instructions of a method that are looked at, those of unrolled loops counted each time. */
    private static final int MAX_STEPS = 1500;

    /** Copied for the sake of constants although they could be called. */
    private static final int SMALL = 48;

    /** {@link #flagKind} when it differs by path. */
    static final int UNKNOWN = -1;

    private final MethodBodies bodies;
    private final GuestLocals guest;
    private final int mode;
    private final CodeBuilder code;
    private List<Consumer<CodeBuilder>> out = new ArrayList<>();

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
     * @param arguments the processor first; none may be {@link Pushed}
     * @return its result, or null if it has none
     * @throws Unsuitable having emitted nothing
     */
    Value inline(Key method, List<Value> arguments) {
        int firstTemporary = temporary;
        int kind = flagKind;
        out = new ArrayList<>();
        try {
            Value result = new Frame(method, arguments, 0).run();
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

    private void emit(Consumer<CodeBuilder> action) {
        out.add(action);
    }

    /** What is known where a label is reached. */
    private record State(List<Value> stack, Map<Integer, Value> locals, int flagKind) {}

    /** One method that is being copied. */
    private final class Frame {
        private final Body body;
        private final int depth;
        private Map<Integer, Value> locals = new HashMap<>();

        /** Real slots of variables that are stored to more than once. */
        private final Map<Integer, Integer> slots = new HashMap<>();

        private final Map<Label, Label> labels = new HashMap<>();
        private final SequencedMap<Label, State> states = new LinkedHashMap<>();
        private List<Value> stack = new ArrayList<>();
        private boolean reachable = true;

        /** Next of the body's elements. */
        private int at;

        /** A jump that is not emitted yet, since its target may be the next thing. */
        private Label pendingTarget;

        private State pendingState;

        private final Label end = code.newLabel();
        private int resultSlot = -1;
        private TypeKind resultKind;
        private boolean returned;
        private int endKind;

        Frame(Key key, List<Value> arguments, int depth) {
            this.body = bodies.body(key);
            this.depth = depth;
            if (body == null || body.catches() || depth > MAX_DEPTH) {
                throw new Unsuitable("cannot copy " + key);
            }
            int slot = 0;
            for (Value argument : arguments) {
                locals.put(slot, argument);
                slot += argument.kind().slotSize();
            }
        }

        Value run() {
            List<CodeElement> elements = body.elements();
            for (int steps = 0; at < elements.size(); steps++) {
                if (steps > MAX_STEPS) {
                    throw new Unsuitable("too long");
                }
                CodeElement element = elements.get(at++);
                if (element instanceof LabelTarget target) {
                    bind(target.label());
                } else if (reachable) {
                    Value[] result = step(element);
                    if (result != null) {
                        return result[0];
                    }
                }
            }
            if (!returned) {
                throw new Unsuitable("never returns");
            }
            emit(c -> c.labelBinding(end));
            flagKind = endKind;
            return resultSlot < 0 ? null : new Local(resultKind, resultSlot);
        }

        /** Copies an instruction; gives a one-element array if the method is at its end. */
        private Value[] step(CodeElement element) {
            switch (element) {
                case LoadInstruction load -> load(load);
                case StoreInstruction store -> store(store);
                case ConstantInstruction constant -> constant(constant);
                case OperatorInstruction operator -> operator(operator.opcode());
                case ConvertInstruction convert -> convert(convert);
                case FieldInstruction field -> field(field);
                case InvokeInstruction invoke -> invoke(invoke);
                case InvokeDynamicInstruction site -> lambda(site);
                case BranchInstruction branch -> branch(branch);
                case TableSwitchInstruction s -> choose(s.cases(), s.defaultTarget());
                case LookupSwitchInstruction s -> choose(s.cases(), s.defaultTarget());
                case ArrayLoadInstruction load -> arrayLoad(load.typeKind());
                case ArrayStoreInstruction store -> arrayStore(store);
                case StackInstruction s -> stackOperation(s.opcode());
                case IncrementInstruction increment -> increment(increment);
                case ThrowInstruction t -> {
                    operands(1);
                    emit(CodeBuilder::athrow);
                    reachable = false;
                }
                case ReturnInstruction r -> {
                    return leave(r.typeKind());
                }
                default -> throw new Unsuitable("instruction " + element);
            }
            return null;
        }

        // ---- the stack ---------------------------------------------------------------------

        private void push(Value value) {
            stack.add(value);
        }

        private void pushed(TypeKind kind) {
            stack.add(new Pushed(kind.asLoadable()));
        }

        private Value pop() {
            return stack.removeLast();
        }

        /** Gets the top {@code count} values onto the real stack, in order, and off this one. */
        private void operands(int count) {
            int bottom = stack.size() - count;
            materialize(i -> i >= bottom);
            while (stack.size() > bottom) {
                stack.removeLast();
            }
        }

        /** Gets the values at some indices onto the real stack; those there already stay. */
        private void materialize(IntPredicate wanted) {
            int first = 0;
            while (first < stack.size()
                    && (stack.get(first) instanceof Pushed || !wanted.test(first))) {
                first++;
            }
            boolean[] real = new boolean[stack.size()];
            for (int i = stack.size() - 1; i >= first; i--) {
                real[i] = stack.get(i) instanceof Pushed;
                unpush(i);
            }
            for (int i = first; i < stack.size(); i++) {
                if (real[i] || wanted.test(i)) {
                    Value value = stack.get(i);
                    if (value.isVirtual()) {
                        throw new Unsuitable("escapes");
                    }
                    emit(value::push);
                    stack.set(i, new Pushed(value.kind()));
                }
            }
        }

        /** Stores entry {@code i}, the topmost real one, in a local variable. */
        private void unpush(int i) {
            if (stack.get(i) instanceof Pushed(TypeKind kind)) {
                int slot = allocate(kind);
                emit(c -> c.storeLocal(kind, slot));
                stack.set(i, new Local(kind, slot));
            }
        }

        /** Takes the top value off the real stack, if it is there. */
        private Value popUnpushed() {
            unpush(stack.size() - 1);
            return pop();
        }

        private void stackOperation(Opcode opcode) {
            switch (opcode) {
                case POP, POP2 -> {
                    Value top = pop();
                    boolean two = opcode == Opcode.POP2 && top.kind().slotSize() == 1;
                    if (two) {
                        throw new Unsuitable("pop2");
                    }
                    if (top instanceof Pushed) {
                        emit(top.kind().slotSize() == 2 ? CodeBuilder::pop2 : CodeBuilder::pop);
                    }
                }
                case DUP, DUP2 -> {
                    Value top = popUnpushed();
                    if (opcode == Opcode.DUP || top.kind().slotSize() == 2) {
                        push(top);
                        push(top);
                    } else {
                        Value below = popUnpushed();
                        push(below);
                        push(top);
                        push(below);
                        push(top);
                    }
                }
                default -> throw new Unsuitable("instruction " + opcode);
            }
        }

        // ---- local variables, constants, arithmetic ----------------------------------------

        private void load(LoadInstruction load) {
            Value value = locals.get(load.slot());
            if (value == null) {
                throw new Unsuitable("local variable");
            }
            if (body.stored().contains(load.slot()) && value instanceof Local) {
                emit(value::push); // it may change before it is used
                pushed(value.kind());
            } else {
                push(value);
            }
        }

        private void store(StoreInstruction store) {
            boolean constant =
                    stack.getLast() instanceof IntConstant
                            || stack.getLast() instanceof LongConstant;
            if (!body.stored().contains(store.slot()) || constant && states.isEmpty()) {
                locals.put(store.slot(), popUnpushed());
                return;
            }
            TypeKind kind = stack.getLast().kind();
            if (kind == TypeKind.REFERENCE) {
                throw new Unsuitable("reference in a variable");
            }
            operands(1);
            storeLocal(store.slot(), kind);
        }

        /** Stores the top of the real stack in a variable that is stored to more than once. */
        private void storeLocal(int variable, TypeKind kind) {
            int slot = slots.computeIfAbsent(variable, v -> allocate(TypeKind.LONG));
            locals.put(variable, new Local(kind, slot));
            emit(c -> c.storeLocal(kind, slot));
        }

        private void increment(IncrementInstruction increment) {
            Value value = locals.get(increment.slot());
            if (value instanceof IntConstant(int old) && states.isEmpty()) {
                locals.put(increment.slot(), new IntConstant(old + increment.constant()));
                return;
            }
            emit(value::push);
            emit(c -> c.loadConstant(increment.constant()).iadd());
            storeLocal(increment.slot(), TypeKind.INT);
        }

        /** Gets variables that change before {@code end} out of constants, as paths part here. */
        private void splitPaths(int end) {
            for (int i = at; i < end; i++) {
                switch (body.elements().get(i)) {
                    case StoreInstruction store -> makeReal(store.slot());
                    case IncrementInstruction increment -> makeReal(increment.slot());
                    default -> {}
                }
            }
        }

        private void makeReal(int variable) {
            Value value = locals.get(variable);
            boolean own =
                    value instanceof Local(TypeKind k, int slot)
                            && Integer.valueOf(slot).equals(slots.get(variable));
            if (value != null && !own && body.stored().contains(variable)) {
                if (value.kind() == TypeKind.REFERENCE) {
                    throw new Unsuitable("reference in a variable");
                }
                emit(value::push);
                storeLocal(variable, value.kind());
            }
        }

        private void constant(ConstantInstruction constant) {
            switch (constant.constantValue()) {
                case Integer i -> push(new IntConstant(i));
                case Long l -> push(new LongConstant(l));
                default -> {
                    emit(c -> c.loadConstant(constant.constantValue()));
                    pushed(constant.typeKind());
                }
            }
        }

        private void operator(Opcode opcode) {
            int count = ConstantFolding.operands(opcode);
            Value b = stack.getLast();
            Value a = count == 2 ? stack.get(stack.size() - 2) : b;
            Value folded = ConstantFolding.fold(opcode, a, b);
            if (folded != null) {
                pop();
                if (count == 2) {
                    pop();
                }
                push(folded);
                return;
            }
            operands(count);
            emit(c -> c.with(ConstantFolding.instruction(opcode)));
            pushed(ConstantFolding.result(opcode));
        }

        private void convert(ConvertInstruction convert) {
            Value folded =
                    ConstantFolding.convert(convert.fromType(), convert.toType(), stack.getLast());
            if (folded != null) {
                pop();
                push(folded);
                return;
            }
            operands(1);
            emit(c -> c.with(convert));
            pushed(convert.toType());
        }

        // ---- state of the processor --------------------------------------------------------

        private void field(FieldInstruction field) {
            String name = field.name().stringValue();
            boolean ours = field.owner().asInternalName().startsWith("org/xenolith/cpu/state/");
            ClassDesc type = field.typeSymbol();
            TypeKind kind = TypeKind.from(type).asLoadable();
            switch (field.opcode()) {
                case GETFIELD -> {
                    boolean processor = stack.getLast() instanceof Processor;
                    if (ours && MethodBodies.TRACKED.contains(name)) {
                        requireProcessor(processor);
                        pop();
                        readTracked(name);
                    } else if (processor && name.equals("mode")) {
                        pop();
                        push(new IntConstant(mode));
                    } else if (processor && name.equals("fpu")) {
                        pop();
                        push(new Fpu());
                    } else if (ours && name.equals("vec")) {
                        requireProcessor(stack.getLast() instanceof Fpu);
                        pop();
                        push(new VectorFile());
                    } else {
                        requireAccess(field);
                        operands(1);
                        emit(c -> c.with(field));
                        pushed(kind);
                    }
                }
                case PUTFIELD -> {
                    boolean processor = stack.get(stack.size() - 2) instanceof Processor;
                    if (ours && MethodBodies.TRACKED.contains(name)) {
                        requireProcessor(processor);
                        writeTracked(name);
                    } else {
                        requireAccess(field);
                        operands(2);
                        emit(c -> c.with(field));
                    }
                }
                case GETSTATIC -> {
                    requireAccess(field);
                    emit(c -> c.with(field));
                    pushed(kind);
                }
                default -> throw new Unsuitable("field");
            }
        }

        private void requireProcessor(boolean processor) {
            if (!processor) {
                throw new Unsuitable("another processor");
            }
        }

        private void requireAccess(FieldInstruction field) {
            if (!bodies.accessible(field)) {
                throw new Unsuitable("private field " + field.name());
            }
        }

        private void readTracked(String name) {
            if (name.equals("regs")) {
                push(new RegisterFile());
            } else if (name.equals("flagKind") && flagKind != UNKNOWN) {
                push(new IntConstant(flagKind));
            } else {
                TypeKind kind = name.equals("flagKind") ? TypeKind.INT : TypeKind.LONG;
                emit(c -> c.loadLocal(kind, GuestLocals.field(name)));
                pushed(kind);
            }
        }

        private void writeTracked(String name) {
            Value value = stack.getLast();
            if (name.equals("flagKind")) {
                flagKind = value instanceof IntConstant(int known) ? known : UNKNOWN;
            }
            TypeKind kind = value.kind();
            operands(1);
            pop(); // the processor
            emit(c -> c.storeLocal(kind, GuestLocals.field(name)));
        }

        private void arrayLoad(TypeKind kind) {
            if (stack.get(stack.size() - 2) instanceof RegisterFile) {
                if (!(pop() instanceof IntConstant(int register))) {
                    throw new Unsuitable("register by number");
                }
                pop();
                int slot = guest.read(register);
                emit(c -> c.lload(slot));
                pushed(TypeKind.LONG);
                return;
            }
            if (stack.get(stack.size() - 2) instanceof VectorFile) {
                if (!(pop() instanceof IntConstant(int lane))) {
                    throw new Unsuitable("lane by number");
                }
                pop();
                int slot = guest.readLane(lane);
                emit(c -> c.lload(slot));
                pushed(TypeKind.LONG);
                return;
            }
            operands(2);
            emit(c -> c.arrayLoad(kind));
            pushed(kind);
        }

        private void arrayStore(ArrayStoreInstruction store) {
            int size = stack.size();
            if (stack.get(size - 3) instanceof RegisterFile) {
                if (!(stack.get(size - 2) instanceof IntConstant(int register))) {
                    throw new Unsuitable("register by number");
                }
                operands(1);
                pop();
                pop();
                int slot = guest.write(register);
                emit(c -> c.lstore(slot));
                return;
            }
            if (stack.get(size - 3) instanceof VectorFile) {
                if (!(stack.get(size - 2) instanceof IntConstant(int lane))) {
                    throw new Unsuitable("lane by number");
                }
                operands(1);
                pop();
                pop();
                int slot = guest.writeLane(lane);
                emit(c -> c.lstore(slot));
                return;
            }
            operands(3);
            emit(c -> c.with(store));
        }

        // ---- calls -------------------------------------------------------------------------

        private void invoke(InvokeInstruction call) {
            Key key = MethodBodies.key(call);
            MethodTypeDesc type = call.typeSymbol();
            int count = type.parameterCount() + (call.opcode() == Opcode.INVOKESTATIC ? 0 : 1);
            if (count > 0 && stack.get(stack.size() - count) instanceof Function function) {
                apply(function, count - 1);
                return;
            }
            int effect = bodies.effect(key);
            Body target = bodies.body(key);
            if (target != null && target.rare()) {
                emit(GuestLocals::miss);
                reachable = false;
                return;
            }
            if ((effect & MethodBodies.OPAQUE) != 0 || call.isInterface()) {
                throw new Unsuitable("calls " + key);
            }
            boolean hidden = target != null && !target.accessible();
            if (effect != MethodBodies.NONE
                    || hidden
                    || target != null && worthCopying(target, count)) {
                copy(call, key, count);
                return;
            }
            boolean sized = MethodBodies.isMemoryAccess(key) && MethodBodies.isSized(key);
            if (sized && stack.get(stack.size() - count) instanceof Processor) {
                operands(count - 1);
                pop();
                ClassDesc[] value =
                        type.parameterList().subList(1, count - 1).toArray(ClassDesc[]::new);
                emit(c -> guest.access(c, key.name(), type.returnType(), value));
            } else {
                operands(count);
                emit(c -> c.with(call));
            }
            if (TypeKind.from(type.returnType()) != TypeKind.VOID) {
                pushed(TypeKind.from(type.returnType()));
            }
        }

        private void copy(InvokeInstruction call, Key key, int count) {
            List<Value> arguments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                arguments.addFirst(popUnpushed());
            }
            if (call.opcode() != Opcode.INVOKESTATIC
                    && !(arguments.getFirst() instanceof Processor)) {
                throw new Unsuitable("method of something else");
            }
            Value result = new Frame(key, arguments, depth + 1).run();
            if (result != null) {
                push(result);
            }
        }

        private void lambda(InvokeDynamicInstruction site) {
            Key method = MethodBodies.implementation(site);
            if (method == null) {
                throw new Unsuitable("invokedynamic");
            }
            List<Value> captured = new ArrayList<>();
            for (int i = 0; i < site.typeSymbol().parameterCount(); i++) {
                captured.addFirst(popUnpushed());
            }
            push(new Function(method, captured));
        }

        /** Copies what a function does to the top {@code count} values. */
        private void apply(Function function, int count) {
            List<Value> arguments = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                arguments.addFirst(popUnpushed());
            }
            pop();
            arguments.addAll(0, function.captured());
            Key method = function.method();
            Value result;
            if (bodies.body(method) == null) { // of the Java library
                MethodTypeDesc type = MethodTypeDesc.ofDescriptor(method.type());
                ClassDesc owner = ClassDesc.ofInternalName(method.owner());
                for (Value argument : arguments) {
                    emit(argument::push);
                }
                emit(c -> c.invokestatic(owner, method.name(), type));
                pushed(TypeKind.from(type.returnType()));
                return;
            }
            result = new Frame(method, arguments, depth + 1).run();
            if (result != null) {
                push(result);
            }
        }

        /** Whether a method that could be called decides on a constant that is known here. */
        private boolean worthCopying(Body target, int count) {
            if (target.elements().size() > SMALL || !target.isPlain()) {
                return false;
            }
            for (int i = stack.size() - count; i < stack.size(); i++) {
                if (stack.get(i) instanceof IntConstant) {
                    return true;
                }
            }
            return false;
        }

        private Value[] leave(TypeKind kind) {
            boolean only = !returned && pendingTarget == null && states.isEmpty();
            if (only) {
                return new Value[] {kind == TypeKind.VOID ? null : popResult()};
            }
            if (kind != TypeKind.VOID) {
                operands(1);
                if (resultSlot < 0) {
                    resultKind = kind.asLoadable();
                    resultSlot = allocate(kind);
                }
                emit(c -> c.storeLocal(resultKind, resultSlot));
            }
            emit(c -> c.goto_(end));
            endKind = returned && endKind != flagKind ? UNKNOWN : flagKind;
            returned = true;
            reachable = false;
            return null;
        }

        private Value popResult() {
            return popUnpushed();
        }

        // ---- control flow ------------------------------------------------------------------

        private void branch(BranchInstruction branch) {
            Opcode opcode = branch.opcode();
            if (opcode == Opcode.GOTO || opcode == Opcode.GOTO_W) {
                jump(branch.target());
                return;
            }
            int count = ConstantFolding.branchOperands(opcode);
            Value b = stack.getLast();
            Value a = count == 2 ? stack.get(stack.size() - 2) : b;
            Boolean taken = ConstantFolding.decide(opcode, a, b);
            if (taken != null) {
                pop();
                if (count == 2) {
                    pop();
                }
                if (taken) {
                    jump(branch.target());
                }
                return;
            }
            splitPaths(body.labels().get(branch.target()));
            align(states.get(branch.target()), stack.size() - count);
            operands(count);
            if (body.labels().get(branch.target()) < at) {
                throw new Unsuitable("loop");
            }
            Label target = record(branch.target());
            emit(c -> c.branch(opcode, target));
        }

        private void choose(List<SwitchCase> cases, Label otherwise) {
            if (stack.getLast() instanceof IntConstant(int value)) {
                pop();
                Label target = otherwise;
                for (SwitchCase each : cases) {
                    if (each.caseValue() == value) {
                        target = each.target();
                    }
                }
                jump(target);
                return;
            }
            splitPaths(body.elements().size());
            operands(1);
            Label fallback = record(otherwise);
            List<SwitchCase> copies =
                    cases.stream()
                            .map(each -> SwitchCase.of(each.caseValue(), record(each.target())))
                            .toList();
            emit(c -> c.lookupswitch(fallback, copies));
            reachable = false;
        }

        private void jump(Label target) {
            if (states.isEmpty()) { // this is the only path
                at = body.labels().get(target);
                return;
            }
            if (body.labels().get(target) < at) {
                throw new Unsuitable("loop");
            }
            pendingTarget = target;
            pendingState = new State(List.copyOf(stack), new HashMap<>(locals), flagKind);
            reachable = false;
        }

        private void bind(Label label) {
            State before = states.get(label);
            if (pendingTarget != null && pendingTarget != label && before != null) {
                emitPending();
            }
            states.remove(label);
            if (pendingTarget == label) {
                restore(pendingState);
                pendingTarget = null;
                reachable = true;
            }
            if (before == null) {
                return; // nobody comes here, or only from above
            }
            if (reachable) {
                align(before, stack.size());
                before = merged(before);
            }
            restore(before);
            reachable = true;
            Label copy = labels.remove(label);
            emit(c -> c.labelBinding(copy));
        }

        private void emitPending() {
            Label target = pendingTarget;
            restore(pendingState);
            pendingTarget = null;
            State before = states.get(target);
            if (before != null) {
                align(before, stack.size());
            } else {
                materialize(i -> !stable(i));
            }
            Label copy = record(target);
            emit(c -> c.goto_(copy));
        }

        /**
         * Whether a value lay on the stack where the paths parted that meet next, so that it need
         * not be real there.
         */
        private boolean stable(int i) {
            if (states.isEmpty()) {
                return true;
            }
            List<Value> parted = states.lastEntry().getValue().stack;
            return i < parted.size() && parted.get(i).equals(stack.get(i));
        }

        /** Makes the lowest {@code count} values real where they are at the label. */
        private void align(State label, int count) {
            if (label != null) {
                materialize(i -> i < count && label.stack.get(i) instanceof Pushed);
            }
        }

        /** Notes that a label is reached from here. */
        private Label record(Label label) {
            State before = states.get(label);
            State here = new State(List.copyOf(stack), new HashMap<>(locals), flagKind);
            states.putLast(label, before == null ? here : merged(before));
            return labels.computeIfAbsent(label, l -> code.newLabel());
        }

        /** What is known both here and there. */
        private State merged(State label) {
            if (!label.stack.equals(stack)) {
                throw new Unsuitable("paths meet with different values");
            }
            Map<Integer, Value> both = new HashMap<>(locals);
            both.entrySet().retainAll(label.locals.entrySet());
            int kind = flagKind == label.flagKind ? flagKind : UNKNOWN;
            return new State(label.stack, both, kind);
        }

        private void restore(State state) {
            stack = new ArrayList<>(state.stack);
            locals = new HashMap<>(state.locals);
            flagKind = state.flagKind;
        }
    }
}
