package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import org.xenolith.cpu.engine.OperationShape.Access;
import org.xenolith.cpu.engine.OperationShape.Address;
import org.xenolith.cpu.engine.OperationShape.Place;
import org.xenolith.cpu.isa.FpuChecks;
import org.xenolith.cpu.isa.X87Pointers;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Generates the class of an {@link OperationShape}: {@code execute} loads the operands, calls the
 * semantic method and stores its result. All checks of a memory destination happen before the
 * semantic method runs, so that a fault leaves flags and registers alone.
 */
class OperationEmitter {
    private static final ClassDesc CPU = desc(Cpu.class);
    private static final ClassDesc OPERATION = desc(Operation.class);
    private static final ClassDesc FPU = desc(FpuState.class);
    private static final ClassDesc LONGS = CD_long.arrayType();
    private static final MethodTypeDesc EXECUTE = MethodTypeDesc.of(CD_void, CPU);
    private static final int THIS = 0;
    private static final int C = 1;

    final OperationShape shape;
    final CodeBuilder code;

    /** Slots of the memory operand's address and of the result. */
    final int ea;

    private final int result;

    /** The class whose fields hold register numbers and constants, or null if they are known. */
    private final ClassDesc self;

    /**
     * @param self the class whose fields hold register numbers and constants; null where {@link
     *     #self} is overridden
     * @param free the first of four slots that may be used
     */
    OperationEmitter(OperationShape shape, CodeBuilder code, ClassDesc self, int free) {
        this.shape = shape;
        this.code = code;
        this.self = self;
        this.ea = free;
        this.result = free + 2;
    }

    /**
     * An argument of the semantic method.
     *
     * @param push emits its value onto the stack
     * @param known its value if it is a known constant, else null
     * @param register field of the operation that names the register that it is the whole of, or
     *     null
     */
    record Argument(Class<?> type, Runnable push, Value known, String register) {}

    /** A prototype of the class for {@code shape}. */
    static Operation emit(OperationShape shape) {
        String name = "Op_" + shape.semantic().name();
        return define(name, (code, self) -> new OperationEmitter(shape, code, self, 2).execute());
    }

    /** Defines an operation class whose {@code execute} is {@code body} and instantiates it. */
    static Operation define(String name, BiConsumer<CodeBuilder, ClassDesc> body) {
        ClassDesc self = ClassDesc.of(Operation.class.getPackageName(), name);
        byte[] bytes =
                ClassFile.of()
                        .build(
                                self,
                                type -> {
                                    type.withSuperclass(OPERATION);
                                    type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
                                    type.withMethodBody(
                                            ConstantDescs.INIT_NAME,
                                            ConstantDescs.MTD_void,
                                            0,
                                            OperationEmitter::constructor);
                                    type.withMethodBody(
                                            "fresh",
                                            MethodTypeDesc.of(OPERATION),
                                            ClassFile.ACC_PROTECTED,
                                            b -> fresh(b, self));
                                    type.withMethodBody(
                                            "execute",
                                            EXECUTE,
                                            ClassFile.ACC_PUBLIC,
                                            b -> {
                                                body.accept(b, self);
                                                b.return_();
                                            });
                                });
        try {
            Class<?> type = MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass();
            return (Operation) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot define operation " + name, e);
        }
    }

    private static void constructor(CodeBuilder code) {
        code.aload(THIS)
                .invokespecial(OPERATION, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                .return_();
    }

    private static void fresh(CodeBuilder code, ClassDesc self) {
        code.new_(self)
                .dup()
                .invokespecial(self, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                .areturn();
    }

    final void execute() {
        SemanticMethod semantic = shape.semantic();
        List<Place> places = shape.operands();
        int arguments = semantic.operandCount();
        boolean skipsFirst = semantic.returnsValue() && arguments == places.size() - 1;
        // two-operand forms of vector instructions: the destination is the first source as well
        boolean destructive =
                arguments == places.size() + 1 && !places.isEmpty() && isNumber(places.getFirst());
        if (arguments != places.size() && !skipsFirst && !destructive) {
            throw new IllegalStateException("operands of " + semantic.name() + " do not match");
        }
        if (!shape.fpu().isEmpty()) {
            available(shape.fpu());
        }
        if (shape.address() != null) {
            address(shape.address());
        }
        Place destination = places.isEmpty() ? null : places.getFirst();
        boolean vectorStore = destination != null && destination.access() == Access.VECTOR_MEMORY;
        if (vectorStore) {
            vectorMemory("checkVector", destination);
        }
        for (int i = 1; i < places.size(); i++) {
            if (places.get(i).access() == Access.VECTOR_MEMORY) {
                vectorMemory("loadVector", places.get(i));
            }
        }
        List<Argument> values = new ArrayList<>();
        if (destructive) {
            values.add(argument(places.getFirst(), 0, false, int.class));
        }
        for (int i = skipsFirst ? 1 : 0; i < places.size(); i++) {
            Class<?> type = semantic.parameters().get(values.size());
            values.add(argument(places.get(i), i, i == 0 && semantic.returnsValue(), type));
        }
        for (String extra : semantic.extras()) {
            values.add(extra(extra));
        }
        call(values);
        if (semantic.returnsValue()) {
            store(destination);
        } else if (vectorStore) {
            vectorMemory("storeVector", destination);
        }
        if (shape.recorded()) {
            record();
        }
        if (shape.zeroesUpper()) {
            zeroUpper();
        }
    }

    /** Emits the clearing of bits 128 and up of the vector register that is the destination. */
    void zeroUpper() {
        code.aload(C);
        self("r0", CD_int);
        code.invokestatic(
                desc(VectorOperands.class), "zeroUpper", MethodTypeDesc.of(CD_void, CPU, CD_int));
    }

    /** Emits the check that the x87 or vector state may be used. */
    void available(String check) {
        code.aload(C).invokestatic(desc(FpuChecks.class), check, MethodTypeDesc.of(CD_void, CPU));
    }

    /** Emits the call of the semantic method, whose result, if any, is left on the stack. */
    void call(List<Argument> arguments) {
        code.aload(C);
        arguments.forEach(argument -> argument.push().run());
        SemanticMethod semantic = shape.semantic();
        code.invokestatic(desc(semantic.owner()), semantic.name(), type(semantic));
    }

    static MethodTypeDesc type(SemanticMethod semantic) {
        List<ClassDesc> types = new ArrayList<>();
        types.add(CPU);
        semantic.parameters().forEach(p -> types.add(desc(p)));
        return MethodTypeDesc.of(semantic.returnsValue() ? CD_long : CD_void, types);
    }

    /** Pushes a general register, all 64 bits. */
    void register(String field) {
        code.aload(C).getfield(CPU, "regs", LONGS);
        self(field, CD_int);
        code.laload();
    }

    /** Sets a general register, all 64 bits, to what {@code value} pushes. */
    void setRegister(String field, Runnable value) {
        code.aload(C).getfield(CPU, "regs", LONGS);
        self(field, CD_int);
        value.run();
        code.lastore();
    }

    /** Pushes the linear address of the block. */
    void blockRip() {
        code.aload(C).getfield(CPU, "blockRip", CD_long);
    }

    /** Notes the instruction for the x87 pointers, now that it cannot fault any more. */
    private void record() {
        fpu();
        blockRip();
        self("offset", CD_int);
        code.i2l().ladd().putfield(FPU, "recordedIp", CD_long);
        fpu();
        self("imm", CD_long);
        code.l2i().putfield(FPU, "recorded", CD_int);
        int segment = shape.dataSegment();
        if (segment < 0) {
            return;
        }
        fpu();
        if (shape.address().segment() >= 0) {
            code.aload(C).lload(ea).loadConstant(segment);
            code.invokestatic(
                    desc(X87Pointers.class),
                    "offset",
                    MethodTypeDesc.of(CD_long, CPU, CD_long, CD_int));
        } else {
            code.lload(ea);
        }
        code.putfield(FPU, "recordedDp", CD_long);
        fpu();
        code.loadConstant(segment).putfield(FPU, "recordedSegment", CD_int);
    }

    private void fpu() {
        code.aload(C).getfield(CPU, "fpu", FPU);
    }

    private static boolean isNumber(Place place) {
        return place.access() == Access.NUMBER || place.access() == Access.VECTOR_MEMORY;
    }

    private void address(Address address) {
        boolean pushed = false;
        if (address.relative()) {
            blockRip();
            pushed = true;
        }
        if (address.base()) {
            register("base");
            pushed = true;
        }
        if (address.index()) {
            register("index");
            self("shift", CD_int);
            code.lshl();
            if (pushed) {
                code.ladd();
            }
            pushed = true;
        }
        self("disp", CD_long);
        if (pushed) {
            code.ladd();
        }
        if (address.bytes() < 8) {
            code.loadConstant(address.bytes() == 4 ? 0xffffffffL : 0xffffL).land();
        }
        if (address.checked()) {
            checkedSegment(address.segment());
        } else if (address.segment() >= 0) {
            code.aload(C).getfield(CPU, "segmentBase", LONGS);
            code.loadConstant(address.segment()).laload().ladd();
        }
        code.lstore(ea);
    }

    /** Replaces the offset on the stack by the linear address, or raises #GP or #SS. */
    private void checkedSegment(int segment) {
        int bytes = 1;
        boolean written = false;
        for (int i = 0; i < shape.operands().size(); i++) {
            Place place = shape.operands().get(i);
            if (place.access() == Access.MEMORY || place.access() == Access.VECTOR_MEMORY) {
                bytes = place.bytes();
                boolean vectorStore = place.access() == Access.VECTOR_MEMORY;
                written = i == 0 && (vectorStore || shape.semantic().returnsValue());
            } else if (place.access() == Access.ADDRESS) {
                bytes = Math.max(1, place.bytes());
                written = place.written();
            }
        }
        code.lstore(ea);
        code.aload(C).loadConstant(segment).lload(ea).loadConstant(bytes);
        code.loadConstant(written ? 1 : 0);
        code.invokevirtual(
                CPU,
                "linear",
                MethodTypeDesc.of(CD_long, CD_int, CD_long, CD_int, ConstantDescs.CD_boolean));
    }

    private Argument argument(Place place, int position, boolean updated, Class<?> type) {
        boolean number = isNumber(place);
        String field = "r" + position;
        if (place.access() == Access.CONSTANT && type == int.class) {
            return constant(place.constant());
        }
        if (number != (type == int.class)) {
            throw new IllegalStateException(
                    "parameter %d of %s has the wrong type"
                            .formatted(position, shape.semantic().name()));
        }
        if (number) {
            return new Argument(type, () -> self(field, CD_int), known(field), null);
        }
        boolean whole = place.access() == Access.REGISTER && place.bytes() == 8;
        Value known =
                switch (place.access()) {
                    case IMMEDIATE -> known("imm");
                    case IMMEDIATE2 -> known("imm2");
                    case CONSTANT -> new Value.LongConstant(place.constant());
                    default -> null;
                };
        return new Argument(type, () -> value(place, field, updated), known, whole ? field : null);
    }

    private Argument constant(int value) {
        Value known = new Value.IntConstant(value);
        return new Argument(int.class, () -> code.loadConstant(value), known, null);
    }

    /** Pushes an operand's value, sign-extended. */
    private void value(Place place, String field, boolean updated) {
        switch (place.access()) {
            case REGISTER -> {
                register(field);
                narrow(place.bytes());
            }
            case HIGH_BYTE -> {
                register(field);
                code.loadConstant(8).lshr();
                narrow(1);
            }
            case MEMORY -> {
                memoryOwner();
                code.lload(ea);
                memory(updated ? "update" : "load", place.bytes());
            }
            case IMMEDIATE -> self("imm", CD_long);
            case IMMEDIATE2 -> self("imm2", CD_long);
            case CONSTANT -> code.loadConstant((long) place.constant());
            case TARGET -> {
                blockRip();
                self("imm", CD_long);
                code.ladd();
                self("offset", CD_int);
                self("length", CD_int);
                code.iadd().i2l().ladd();
                if (shape.codeBytes() < 8) {
                    code.loadConstant(shape.codeBytes() == 4 ? 0xffffffffL : 0xffffL).land();
                }
            }
            case ADDRESS -> code.lload(ea);
            case MMX_VALUE -> {
                code.aload(C).getfield(CPU, "fpu", FPU).getfield(FPU, "significand", LONGS);
                self(field, CD_int);
                code.laload();
            }
            case NUMBER, VECTOR_MEMORY -> throw new IllegalStateException("value of a number");
        }
    }

    private Argument extra(String name) {
        return switch (name) {
            case "size" -> constant(shape.size());
            case "cc" -> constant(shape.cc());
            case "rm" -> constant(shape.rm());
            case "repeat" -> constant(shape.repeat());
            case "rexW" -> constant(shape.rexW());
            case "opcode" -> constant(shape.opcode());
            case "addressSize" -> constant(shape.addressSize());
            case "operandSize" -> constant(shape.operandSize());
            case "segment", "memorySegment" -> constant(shape.segment());
            case "vl" -> constant(shape.vl());
            case "vex" -> constant(shape.vex());
            case "vsibIndex" -> fieldValue("index");
            case "vsibShift" -> fieldValue("shift");
            case "length" -> fieldValue("length");
            case "baseRegister" -> fieldValue("base");
            default -> throw new IllegalStateException("extra " + name);
        };
    }

    private Argument fieldValue(String field) {
        return new Argument(int.class, () -> self(field, CD_int), known(field), null);
    }

    private void store(Place place) {
        code.lstore(result);
        int bytes = place.bytes();
        switch (place.access()) {
            case REGISTER -> setRegister("r0", () -> merged(bytes));
            case HIGH_BYTE ->
                    setRegister(
                            "r0",
                            () -> {
                                register("r0");
                                code.loadConstant(~0xff00L).land();
                                code.lload(result).loadConstant(0xffL).land();
                                code.loadConstant(8).lshl().lor();
                            });
            case MEMORY -> {
                memoryOwner();
                code.lload(ea).lload(result);
                switch (bytes) {
                    case 8 -> access("store64", CD_void, CD_long);
                    case 4 -> {
                        code.l2i();
                        access("store32", CD_void, CD_int);
                    }
                    case 2 -> {
                        code.l2i().i2s();
                        access("store16", CD_void, ConstantDescs.CD_short);
                    }
                    default -> {
                        code.l2i().i2b();
                        access("store8", CD_void, ConstantDescs.CD_byte);
                    }
                }
            }
            case MMX_VALUE -> {
                code.aload(C).getfield(CPU, "fpu", FPU).getfield(FPU, "significand", LONGS);
                self("r0", CD_int);
                code.lload(result).lastore();
            }
            default -> throw new IllegalStateException("destination " + place);
        }
    }

    /** Pushes what a register holds after {@code bytes} of it are written. */
    private void merged(int bytes) {
        if (bytes > 2) {
            code.lload(result);
            if (bytes == 4) {
                code.loadConstant(0xffffffffL).land();
            }
            return;
        }
        long mask = bytes == 1 ? 0xff : 0xffff;
        register("r0");
        code.loadConstant(~mask).land();
        code.lload(result).loadConstant(mask).land().lor();
    }

    private void memory(String what, int bytes) {
        switch (bytes) {
            case 8 -> access(what + "64", CD_long);
            case 4 -> access(what + "32", CD_int);
            case 2 -> access(what + "16", ConstantDescs.CD_short);
            default -> access(what + "8", ConstantDescs.CD_byte);
        }
        if (bytes < 8) {
            code.i2l();
        }
    }

    /** Pushes what {@link #access} needs below the address. */
    void memoryOwner() {
        code.aload(C);
    }

    /** Emits a load or store of linear memory; owner, address and value are pushed. */
    void access(String method, ClassDesc result, ClassDesc... value) {
        List<ClassDesc> types = new ArrayList<>(List.of(value));
        types.addFirst(CD_long);
        code.invokevirtual(CPU, method, MethodTypeDesc.of(result, types));
    }

    void vectorMemory(String method, Place place) {
        code.aload(C).lload(ea).loadConstant(place.bytes());
        code.loadConstant(place.aligned() ? 1 : 0);
        code.invokestatic(
                desc(VectorOperands.class),
                method,
                MethodTypeDesc.of(CD_void, CPU, CD_long, CD_int, CD_int));
    }

    private void narrow(int bytes) {
        switch (bytes) {
            case 8 -> {}
            case 4 -> code.l2i().i2l();
            case 2 -> code.l2i().i2s().i2l();
            default -> code.l2i().i2b().i2l();
        }
    }

    /** Pushes a field of the operation. */
    void self(String field, ClassDesc type) {
        code.aload(THIS).getfield(self, field, type);
    }

    /** The value of a field of the operation if it is known, else null. */
    Value known(String field) {
        return null;
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
