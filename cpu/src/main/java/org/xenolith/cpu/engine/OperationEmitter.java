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
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Generates the class of an {@link OperationShape}: {@code execute} loads the operands, calls the
 * semantic method and stores its result. All checks of a memory destination happen before the
 * semantic method runs, so that a fault leaves flags and registers alone.
 */
final class OperationEmitter {
    private static final ClassDesc CPU = desc(Cpu.class);
    private static final ClassDesc OPERATION = desc(Operation.class);
    private static final ClassDesc FPU = desc(FpuState.class);
    private static final ClassDesc LONGS = CD_long.arrayType();
    private static final MethodTypeDesc EXECUTE = MethodTypeDesc.of(CD_void, CPU);
    private static final int THIS = 0;
    private static final int C = 1;
    private static final int EA = 2;
    private static final int RESULT = 4;

    private final OperationShape shape;
    private final CodeBuilder code;

    /** The class whose fields hold register numbers and constants, or null if they are known. */
    private final ClassDesc self;

    /** The operation whose register numbers and constants are compiled in, or null. */
    private final Operation known;

    private OperationEmitter(
            OperationShape shape, CodeBuilder code, ClassDesc self, Operation known) {
        this.shape = shape;
        this.code = code;
        this.self = self;
        this.known = known;
    }

    /** A prototype of the class for {@code shape}. */
    static Operation emit(OperationShape shape) {
        String name = "Op_" + shape.semantic().name();
        return define(
                name, (code, self) -> new OperationEmitter(shape, code, self, null).execute());
    }

    /**
     * Emits what {@code operation} does, with its register numbers and constants compiled in.
     *
     * @param code a method with this operation's receiver in slot 0 and the processor in slot 1;
     *     slots 2 to 5 are used
     */
    static void inline(OperationShape shape, Operation operation, CodeBuilder code) {
        new OperationEmitter(shape, code, null, operation).execute();
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

    private void execute() {
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
            code.aload(C)
                    .invokestatic(
                            desc(FpuChecks.class), shape.fpu(), MethodTypeDesc.of(CD_void, CPU));
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
        code.aload(C);
        ClassDesc[] types = new ClassDesc[semantic.parameters().size() + 1];
        types[0] = CPU;
        int parameter = 0;
        if (destructive) {
            types[++parameter] = CD_int;
            argument(places.getFirst(), 0, false, int.class);
        }
        for (int i = skipsFirst ? 1 : 0; i < places.size(); i++) {
            Class<?> type = semantic.parameters().get(parameter++);
            types[parameter] = desc(type);
            argument(places.get(i), i, i == 0 && semantic.returnsValue(), type);
        }
        for (String extra : semantic.extras()) {
            types[++parameter] = CD_int;
            extra(extra);
        }
        code.invokestatic(
                desc(semantic.owner()),
                semantic.name(),
                MethodTypeDesc.of(semantic.returnsValue() ? CD_long : CD_void, types));
        if (semantic.returnsValue()) {
            store(destination);
        } else if (vectorStore) {
            vectorMemory("storeVector", destination);
        }
        if (shape.recorded()) {
            record();
        }
        if (shape.zeroesUpper()) {
            code.aload(C);
            self("r0", CD_int);
            code.invokestatic(
                    desc(VectorOperands.class),
                    "zeroUpper",
                    MethodTypeDesc.of(CD_void, CPU, CD_int));
        }
    }

    /** Notes the instruction for the x87 pointers, now that it cannot fault any more. */
    private void record() {
        fpu();
        cpuLong("blockRip");
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
            code.aload(C).lload(EA).loadConstant(segment);
            code.invokestatic(
                    desc(X87Pointers.class),
                    "offset",
                    MethodTypeDesc.of(CD_long, CPU, CD_long, CD_int));
        } else {
            code.lload(EA);
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
            cpuLong("blockRip");
            pushed = true;
        }
        if (address.base()) {
            regs();
            self("base", CD_int);
            code.laload();
            pushed = true;
        }
        if (address.index()) {
            regs();
            self("index", CD_int);
            code.laload();
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
        code.lstore(EA);
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
        code.lstore(EA);
        code.aload(C).loadConstant(segment).lload(EA).loadConstant(bytes);
        code.loadConstant(written ? 1 : 0);
        code.invokevirtual(
                CPU,
                "linear",
                MethodTypeDesc.of(CD_long, CD_int, CD_long, CD_int, ConstantDescs.CD_boolean));
    }

    private void argument(Place place, int position, boolean updated, Class<?> type) {
        boolean number = isNumber(place);
        if (place.access() == Access.CONSTANT && type == int.class) {
            code.loadConstant(place.constant());
            return;
        }
        if (number != (type == int.class)) {
            throw new IllegalStateException(
                    "parameter %d of %s has the wrong type"
                            .formatted(position, shape.semantic().name()));
        }
        switch (place.access()) {
            case REGISTER -> {
                regs();
                self("r" + position, CD_int);
                code.laload();
                narrow(place.bytes());
            }
            case HIGH_BYTE -> {
                regs();
                self("r" + position, CD_int);
                code.laload().loadConstant(8).lshr();
                narrow(1);
            }
            case MEMORY -> {
                code.aload(C).lload(EA);
                memory(updated ? "update" : "load", place.bytes());
            }
            case IMMEDIATE -> self("imm", CD_long);
            case IMMEDIATE2 -> self("imm2", CD_long);
            case CONSTANT -> code.loadConstant((long) place.constant());
            case TARGET -> {
                cpuLong("blockRip");
                self("imm", CD_long);
                code.ladd();
                self("offset", CD_int);
                self("length", CD_int);
                code.iadd().i2l().ladd();
                if (shape.codeBytes() < 8) {
                    code.loadConstant(shape.codeBytes() == 4 ? 0xffffffffL : 0xffffL).land();
                }
            }
            case ADDRESS -> code.lload(EA);
            case NUMBER, VECTOR_MEMORY -> self("r" + position, CD_int);
            case MMX_VALUE -> {
                code.aload(C).getfield(CPU, "fpu", FPU).getfield(FPU, "significand", LONGS);
                self("r" + position, CD_int);
                code.laload();
            }
        }
    }

    private void extra(String name) {
        switch (name) {
            case "size" -> code.loadConstant(shape.size());
            case "cc" -> code.loadConstant(shape.cc());
            case "rm" -> code.loadConstant(shape.rm());
            case "repeat" -> code.loadConstant(shape.repeat());
            case "rexW" -> code.loadConstant(shape.rexW());
            case "opcode" -> code.loadConstant(shape.opcode());
            case "addressSize" -> code.loadConstant(shape.addressSize());
            case "operandSize" -> code.loadConstant(shape.operandSize());
            case "segment", "memorySegment" -> code.loadConstant(shape.segment());
            case "vl" -> code.loadConstant(shape.vl());
            case "vex" -> code.loadConstant(shape.vex());
            case "vsibIndex" -> self("index", CD_int);
            case "vsibShift" -> self("shift", CD_int);
            case "length" -> self("length", CD_int);
            case "baseRegister" -> self("base", CD_int);
            default -> throw new IllegalStateException("extra " + name);
        }
    }

    private void store(Place place) {
        code.lstore(RESULT);
        int bytes = place.bytes();
        switch (place.access()) {
            case REGISTER -> {
                regs();
                self("r0", CD_int);
                if (bytes <= 2) {
                    regs();
                    self("r0", CD_int);
                    long mask = bytes == 1 ? 0xff : 0xffff;
                    code.laload().loadConstant(~mask).land();
                    code.lload(RESULT).loadConstant(mask).land().lor();
                } else {
                    code.lload(RESULT);
                    if (bytes == 4) {
                        code.loadConstant(0xffffffffL).land();
                    }
                }
                code.lastore();
            }
            case HIGH_BYTE -> {
                regs();
                self("r0", CD_int);
                regs();
                self("r0", CD_int);
                code.laload().loadConstant(~0xff00L).land();
                code.lload(RESULT).loadConstant(0xffL).land();
                code.loadConstant(8).lshl().lor().lastore();
            }
            case MEMORY -> {
                code.aload(C).lload(EA).lload(RESULT);
                switch (bytes) {
                    case 8 -> code.invokevirtual(CPU, "store64", storeType(CD_long));
                    case 4 -> code.l2i().invokevirtual(CPU, "store32", storeType(CD_int));
                    case 2 ->
                            code.l2i()
                                    .i2s()
                                    .invokevirtual(
                                            CPU, "store16", storeType(ConstantDescs.CD_short));
                    default ->
                            code.l2i()
                                    .i2b()
                                    .invokevirtual(CPU, "store8", storeType(ConstantDescs.CD_byte));
                }
            }
            case MMX_VALUE -> {
                code.aload(C).getfield(CPU, "fpu", FPU).getfield(FPU, "significand", LONGS);
                self("r0", CD_int);
                code.lload(RESULT).lastore();
            }
            default -> throw new IllegalStateException("destination " + place);
        }
    }

    private void memory(String what, int bytes) {
        switch (bytes) {
            case 8 -> code.invokevirtual(CPU, what + "64", loadType(CD_long));
            case 4 -> code.invokevirtual(CPU, what + "32", loadType(CD_int)).i2l();
            case 2 -> code.invokevirtual(CPU, what + "16", loadType(ConstantDescs.CD_short)).i2l();
            default -> code.invokevirtual(CPU, what + "8", loadType(ConstantDescs.CD_byte)).i2l();
        }
    }

    private void vectorMemory(String method, Place place) {
        code.aload(C).lload(EA).loadConstant(place.bytes());
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

    private void regs() {
        code.aload(C).getfield(CPU, "regs", LONGS);
    }

    private void cpuLong(String field) {
        code.aload(C).getfield(CPU, field, CD_long);
    }

    /** Pushes a field of the operation, or the value it is known to have. */
    private void self(String field, ClassDesc type) {
        if (known == null) {
            code.aload(THIS).getfield(self, field, type);
            return;
        }
        switch (field) {
            case "r0" -> code.loadConstant(known.r0);
            case "r1" -> code.loadConstant(known.r1);
            case "r2" -> code.loadConstant(known.r2);
            case "r3" -> code.loadConstant(known.r3);
            case "base" -> code.loadConstant(known.base);
            case "index" -> code.loadConstant(known.index);
            case "shift" -> code.loadConstant(known.shift);
            case "length" -> code.loadConstant(known.length);
            case "offset" -> code.loadConstant(known.offset);
            case "disp" -> code.loadConstant(known.disp);
            case "imm" -> code.loadConstant(known.imm);
            case "imm2" -> code.loadConstant(known.imm2);
            default -> throw new IllegalStateException("field " + field);
        }
    }

    private static MethodTypeDesc loadType(ClassDesc result) {
        return MethodTypeDesc.of(result, CD_long);
    }

    private static MethodTypeDesc storeType(ClassDesc value) {
        return MethodTypeDesc.of(CD_void, CD_long, value);
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
