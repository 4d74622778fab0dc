package org.xenolith.cpu.engine;

import org.xenolith.cpu.engine.Inliner.Unsuitable;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The copying of one method, for {@link Inliner}: goes through its instructions once, deciding what
 * is decided by constants and emitting the rest. Methods that it calls are copied in turn where
 * they must or should be.
 */
final class MethodCopy {
    private static final int MAX_DEPTH = 8;

    /** Instructions of a method that are looked at, those of unrolled loops counted each time. */
    private static final int MAX_STEPS = 1500;

    /** Copied for the sake of constants although they could be called. */
    private static final int SMALL = 48;

    private static final String STATE = "org/xenolith/cpu/state/";

    /** What is known where a label is reached. */
    private record State(List<Value> stack, Map<Integer, Value> variables, int flagKind) {}

    private final Inliner inliner;
    private final Body body;
    private final int depth;
    private final OperandStack stack;
    private final CopiedVariables variables;

    /** Labels in the translation of the method's own that are still to come. */
    private final Map<Label, Label> labels = new HashMap<>();

    /** What is known at labels that have been jumped to and are still to come. */
    private final SequencedMap<Label, State> states = new LinkedHashMap<>();

    private boolean reachable = true;

    /** Next of the body's elements. */
    private int at;

    /** A jump that is not emitted yet, since its target may be the next thing. */
    private Label pendingTarget;

    private State pendingState;

    /** Where all returns go if there are several, and where the result is then. */
    private final Label end;

    private int resultSlot = -1;
    private TypeKind resultKind;
    private boolean returned;
    private int endKind;

    /**
     * @throws Unsuitable if it is known beforehand that it cannot be copied
     */
    MethodCopy(Inliner inliner, Key key, List<Value> arguments, int depth) {
        this.inliner = inliner;
        this.body = inliner.bodies.body(key);
        this.depth = depth;
        if (body == null || body.catches() || depth > MAX_DEPTH) {
            throw new Unsuitable("cannot copy " + key);
        }
        stack = new OperandStack(inliner);
        variables = new CopiedVariables(inliner, body, stack, arguments);
        end = inliner.code.newLabel();
    }

    /**
     * Emits the method.
     *
     * @return its result, or null if it has none
     */
    Value run() {
        List<CodeElement> elements = body.elements();
        for (int steps = 0; at < elements.size(); steps++) {
            if (steps > MAX_STEPS) {
                throw new Unsuitable("too long");
            }
            CodeElement element = elements.get(at++);
            if (element instanceof LabelTarget target) {
                bind(target.label());
            } else if (reachable && element instanceof ReturnInstruction r && isOnlyReturn()) {
                return r.typeKind() == TypeKind.VOID ? null : stack.take();
            } else if (reachable) {
                step(element);
            }
        }
        if (!returned) {
            throw new Unsuitable("never returns");
        }
        inliner.emit(c -> c.labelBinding(end));
        inliner.flagKind = endKind;
        return resultSlot < 0 ? null : new Local(resultKind, resultSlot);
    }

    private void step(CodeElement element) {
        switch (element) {
            case LoadInstruction load -> variables.load(load.slot());
            case StoreInstruction store -> variables.store(store.slot(), states.isEmpty());
            case IncrementInstruction i -> variables.increment(i, states.isEmpty());
            case ConstantInstruction constant -> constant(constant);
            case OperatorInstruction operator -> operator(operator);
            case ConvertInstruction convert -> convert(convert);
            case FieldInstruction field -> field(field);
            case InvokeInstruction invoke -> invoke(invoke);
            case InvokeDynamicInstruction site -> lambda(site);
            case BranchInstruction branch -> branch(branch);
            case TableSwitchInstruction s -> choose(s.cases(), s.defaultTarget());
            case LookupSwitchInstruction s -> choose(s.cases(), s.defaultTarget());
            case ArrayLoadInstruction load -> arrayLoad(load);
            case ArrayStoreInstruction store -> arrayStore(store);
            case StackInstruction s -> stack.shuffle(s.opcode());
            case ThrowInstruction t -> {
                stack.operands(1);
                inliner.emit(CodeBuilder::athrow);
                reachable = false;
            }
            case ReturnInstruction r -> leave(r.typeKind());
            default -> throw new Unsuitable("instruction " + element);
        }
    }

    // ---- constants, arithmetic -----------------------------------------------------------------

    private void constant(ConstantInstruction constant) {
        switch (constant.constantValue()) {
            case Integer i -> stack.push(new IntConstant(i));
            case Long l -> stack.push(new LongConstant(l));
            default -> {
                inliner.emit(c -> c.loadConstant(constant.constantValue()));
                stack.pushed(constant.typeKind());
            }
        }
    }

    private void operator(OperatorInstruction operator) {
        Opcode opcode = operator.opcode();
        int count = ConstantFolding.operands(opcode);
        Value folded = ConstantFolding.fold(opcode, stack.peek(count - 1), stack.peek(0));
        if (folded != null) {
            stack.take(count);
            stack.push(folded);
            return;
        }
        if (count == 2 && ConstantFolding.keepsFirst(opcode, stack.peek(0))) {
            stack.pop();
            return;
        }
        stack.operands(count);
        inliner.emit(c -> c.with(operator));
        stack.pushed(ConstantFolding.result(opcode));
    }

    private void convert(ConvertInstruction convert) {
        Value folded = ConstantFolding.convert(convert.fromType(), convert.toType(), stack.peek(0));
        if (folded != null) {
            stack.pop();
            stack.push(folded);
            return;
        }
        stack.operands(1);
        inliner.emit(c -> c.with(convert));
        stack.pushed(convert.toType());
    }

    // ---- state of the processor ----------------------------------------------------------------

    private void field(FieldInstruction field) {
        String name = field.name().stringValue();
        boolean ours = field.owner().asInternalName().startsWith(STATE);
        boolean tracked = ours && MethodBodies.TRACKED.contains(name);
        switch (field.opcode()) {
            case GETFIELD -> {
                boolean processor = stack.peek(0) instanceof Processor;
                if (tracked) {
                    requireProcessor(processor);
                    stack.pop();
                    readTracked(name);
                } else if (processor && name.equals("mode")) {
                    stack.pop();
                    stack.push(new IntConstant(inliner.mode));
                } else if (processor && name.equals("fpu")) {
                    stack.pop();
                    stack.push(new Fpu());
                } else if (ours && name.equals("vec")) {
                    requireProcessor(stack.pop() instanceof Fpu);
                    stack.push(new VectorFile());
                } else {
                    plainField(field, 1);
                }
            }
            case PUTFIELD -> {
                if (tracked) {
                    requireProcessor(stack.peek(1) instanceof Processor);
                    writeTracked(name);
                } else {
                    plainField(field, 2);
                }
            }
            case GETSTATIC -> plainField(field, 0);
            default -> throw new Unsuitable("field");
        }
    }

    private void plainField(FieldInstruction field, int operands) {
        if (!inliner.bodies.accessible(field)) {
            throw new Unsuitable("private field " + field.name());
        }
        stack.operands(operands);
        inliner.emit(c -> c.with(field));
        if (field.opcode() != Opcode.PUTFIELD) {
            stack.pushed(TypeKind.from(field.typeSymbol()));
        }
    }

    private static void requireProcessor(boolean processor) {
        if (!processor) {
            throw new Unsuitable("another processor");
        }
    }

    private void readTracked(String name) {
        if (name.equals("regs")) {
            stack.push(new RegisterFile());
        } else if (name.equals("flagKind") && inliner.flagKind != Inliner.UNKNOWN) {
            stack.push(new IntConstant(inliner.flagKind));
        } else {
            TypeKind kind = name.equals("flagKind") ? TypeKind.INT : TypeKind.LONG;
            inliner.emit(c -> c.loadLocal(kind, GuestLocals.field(name)));
            stack.pushed(kind);
        }
    }

    private void writeTracked(String name) {
        Value value = stack.peek(0);
        if (name.equals("flagKind")) {
            inliner.flagKind = value instanceof IntConstant(int known) ? known : Inliner.UNKNOWN;
        }
        TypeKind kind = value.kind();
        stack.operands(1);
        stack.pop(); // the processor
        inliner.emit(c -> c.storeLocal(kind, GuestLocals.field(name)));
    }

    private void arrayLoad(ArrayLoadInstruction load) {
        if (!isFile(stack.peek(1))) {
            stack.operands(2);
            inliner.emit(c -> c.with(load));
            stack.pushed(load.typeKind());
            return;
        }
        int number = number(stack.take());
        if (stack.pop() instanceof RegisterFile) {
            int slot = inliner.guest.read(number);
            inliner.emit(c -> c.lload(slot));
        } else {
            inliner.emit(c -> inliner.guest.pushLane(c, number));
        }
        stack.pushed(TypeKind.LONG);
    }

    private void arrayStore(ArrayStoreInstruction store) {
        if (!isFile(stack.peek(2))) {
            stack.operands(3);
            inliner.emit(c -> c.with(store));
            return;
        }
        int number = number(stack.peek(1));
        stack.operands(1);
        stack.pop();
        if (stack.pop() instanceof RegisterFile) {
            int slot = inliner.guest.write(number);
            inliner.emit(c -> c.lstore(slot));
        } else {
            inliner.emit(c -> inliner.guest.popLane(c, number));
        }
    }

    private static boolean isFile(Value array) {
        return array instanceof RegisterFile || array instanceof VectorFile;
    }

    /** The register or lane that an index names. */
    private static int number(Value index) {
        if (index instanceof IntConstant(int number)) {
            return number;
        }
        throw new Unsuitable("register by number");
    }

    // ---- calls ---------------------------------------------------------------------------------

    private void invoke(InvokeInstruction call) {
        Key key = MethodBodies.key(call);
        MethodTypeDesc type = call.typeSymbol();
        int count = type.parameterCount() + (call.opcode() == Opcode.INVOKESTATIC ? 0 : 1);
        if (count > 0 && stack.peek(count - 1) instanceof Function function) {
            apply(function, count - 1);
            return;
        }
        int effect = inliner.bodies.effect(key);
        Body target = inliner.bodies.body(key);
        if (target != null && target.rare()) {
            inliner.emit(GuestLocals::miss);
            reachable = false;
            return;
        }
        if ((effect & MethodBodies.OPAQUE) != 0 || call.isInterface()) {
            throw new Unsuitable("calls " + key);
        }
        boolean must = effect != MethodBodies.NONE || target != null && !target.accessible();
        if (must || target != null && worthCopying(target, count)) {
            List<Value> arguments = stack.take(count);
            requireProcessor(
                    call.opcode() == Opcode.INVOKESTATIC
                            || arguments.getFirst() instanceof Processor);
            copy(key, arguments);
            return;
        }
        boolean sized = MethodBodies.isMemoryAccess(key) && MethodBodies.isSized(key);
        if (sized && stack.peek(count - 1) instanceof Processor) {
            stack.operands(count - 1);
            stack.pop();
            inliner.access(key.name());
            ClassDesc[] value =
                    type.parameterList().subList(1, count - 1).toArray(ClassDesc[]::new);
            inliner.emit(c -> inliner.guest.access(c, key.name(), type.returnType(), value));
        } else {
            stack.operands(count);
            inliner.emit(c -> c.with(call));
        }
        pushedResult(type);
    }

    private void pushedResult(MethodTypeDesc type) {
        TypeKind kind = TypeKind.from(type.returnType());
        if (kind != TypeKind.VOID) {
            stack.pushed(kind);
        }
    }

    private void copy(Key key, List<Value> arguments) {
        Value result = new MethodCopy(inliner, key, arguments, depth + 1).run();
        if (result != null) {
            stack.push(result);
        }
    }

    private void lambda(InvokeDynamicInstruction site) {
        Key method = MethodBodies.implementation(site);
        if (method == null) {
            throw new Unsuitable("invokedynamic");
        }
        stack.push(new Function(method, stack.take(site.typeSymbol().parameterCount())));
    }

    /** Copies what a function does to the top {@code count} values. */
    private void apply(Function function, int count) {
        List<Value> arguments = stack.take(count);
        stack.pop();
        arguments.addAll(0, function.captured());
        Key method = function.method();
        if (inliner.bodies.body(method) != null) {
            copy(method, arguments);
            return;
        }
        // of the Java library
        MethodTypeDesc type = MethodTypeDesc.ofDescriptor(method.type());
        ClassDesc owner = ClassDesc.ofInternalName(method.owner());
        arguments.forEach(argument -> inliner.emit(argument::push));
        inliner.emit(c -> c.invokestatic(owner, method.name(), type));
        pushedResult(type);
    }

    /** Whether a method that could be called decides on a constant that is known here. */
    private boolean worthCopying(Body target, int count) {
        if (target.elements().size() > SMALL) {
            return false;
        }
        if (count > 0 && stack.peek(count - 1) instanceof Processor && target.asksMode()) {
            return true;
        }
        if (!target.isPlain()) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (stack.peek(i) instanceof IntConstant) {
                return true;
            }
        }
        return false;
    }

    // ---- control flow --------------------------------------------------------------------------

    private boolean isOnlyReturn() {
        return !returned && pendingTarget == null && states.isEmpty();
    }

    /** One of several returns. */
    private void leave(TypeKind kind) {
        if (kind != TypeKind.VOID) {
            stack.operands(1);
            if (resultSlot < 0) {
                resultKind = kind.asLoadable();
                resultSlot = inliner.allocate(kind);
            }
            inliner.emit(c -> c.storeLocal(resultKind, resultSlot));
        }
        inliner.emit(c -> c.goto_(end));
        boolean differs = returned && endKind != inliner.flagKind;
        endKind = differs ? Inliner.UNKNOWN : inliner.flagKind;
        returned = true;
        reachable = false;
    }

    private void branch(BranchInstruction branch) {
        Opcode opcode = branch.opcode();
        if (opcode == Opcode.GOTO || opcode == Opcode.GOTO_W) {
            jump(branch.target());
            return;
        }
        int count = ConstantFolding.branchOperands(opcode);
        Boolean taken = ConstantFolding.decide(opcode, stack.peek(count - 1), stack.peek(0));
        if (taken != null) {
            stack.take(count);
            if (taken) {
                jump(branch.target());
            }
            return;
        }
        requireForward(branch.target());
        variables.splitPaths(at, body.labels().get(branch.target()));
        align(states.get(branch.target()), stack.size() - count);
        stack.operands(count);
        Label target = record(branch.target());
        inliner.emit(c -> c.branch(opcode, target));
    }

    private void choose(List<SwitchCase> cases, Label otherwise) {
        if (stack.peek(0) instanceof IntConstant(int value)) {
            stack.pop();
            Label target = otherwise;
            for (SwitchCase each : cases) {
                if (each.caseValue() == value) {
                    target = each.target();
                }
            }
            jump(target);
            return;
        }
        variables.splitPaths(at, body.elements().size());
        stack.operands(1);
        Label fallback = record(otherwise);
        List<SwitchCase> copies =
                cases.stream()
                        .map(each -> SwitchCase.of(each.caseValue(), record(each.target())))
                        .toList();
        inliner.emit(c -> c.lookupswitch(fallback, copies));
        reachable = false;
    }

    private void jump(Label target) {
        if (states.isEmpty()) { // this is the only path
            at = body.labels().get(target);
            return;
        }
        requireForward(target);
        pendingTarget = target;
        pendingState = here();
        reachable = false;
    }

    private void requireForward(Label target) {
        if (body.labels().get(target) < at) {
            throw new Unsuitable("loop");
        }
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
        inliner.emit(c -> c.labelBinding(copy));
    }

    private void emitPending() {
        Label target = pendingTarget;
        restore(pendingState);
        pendingTarget = null;
        State before = states.get(target);
        if (before != null) {
            align(before, stack.size());
        } else {
            stack.materialize(i -> !stable(i));
        }
        Label copy = record(target);
        inliner.emit(c -> c.goto_(copy));
    }

    /**
     * Whether a value lay on the stack where the paths parted that meet next, so that it need not
     * be real there.
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
            stack.materialize(i -> i < count && label.stack.get(i) instanceof Pushed);
        }
    }

    /** Notes that a label is reached from here. */
    private Label record(Label label) {
        State before = states.get(label);
        states.putLast(label, before == null ? here() : merged(before));
        return labels.computeIfAbsent(label, l -> inliner.code.newLabel());
    }

    private State here() {
        return new State(stack.snapshot(), variables.snapshot(), inliner.flagKind);
    }

    /** What is known both here and there. */
    private State merged(State label) {
        State here = here();
        if (!label.stack.equals(here.stack)) {
            throw new Unsuitable("paths meet with different values");
        }
        Map<Integer, Value> both = new HashMap<>(here.variables);
        both.entrySet().retainAll(label.variables.entrySet());
        int kind = here.flagKind == label.flagKind ? here.flagKind : Inliner.UNKNOWN;
        return new State(label.stack, both, kind);
    }

    private void restore(State state) {
        stack.restore(state.stack);
        variables.restore(state.variables);
        inliner.flagKind = state.flagKind;
    }
}
