package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import org.xenolith.cpu.engine.MethodBodies.Key;
import org.xenolith.cpu.engine.OperationShape.Place;
import org.xenolith.cpu.state.FpuState;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Emits one operation of a region: register numbers and constants compiled in, registers and flags
 * in {@link GuestLocals}, the semantic method copied where that is possible.
 */
final class RegionEmitter extends OperationEmitter {
    private static final int SLOTS = 6;

    /** Slot of a vector memory operand's address on the host. */
    private static final int HOST = GuestLocals.FREE + 4;

    private static final int SCRATCH = FpuState.SCRATCH * FpuState.LANES;

    /** Methods that touch no tracked state are copied up to this many instructions, else called. */
    private static final int SMALL = 40;

    /**
     * Checks of {@code FpuChecks} that hold for all of a region once they have passed: they look
     * only at control registers, which end blocks. Those of x87 and MMX look at the status word.
     */
    private static final Set<String> LASTING = Set.of("sse", "avx");

    private final Operation operation;
    private final Inliner inliner;
    private final GuestLocals guest;
    private final Block block;

    /** Distance of the block from the region's start, in bytes. */
    private final int distance;

    /** Checks that the region begins with. */
    private final Set<String> lasting;

    private final Protection protection;

    /**
     * @param distance of the block from the region's start, in bytes
     * @param lasting checks that the region begins with; added to
     * @param protection of the region
     */
    RegionEmitter(
            Operation operation,
            Inliner inliner,
            Block block,
            int distance,
            Set<String> lasting,
            Protection protection) {
        super(OperationFactory.shape(operation), inliner.code, null, GuestLocals.FREE);
        this.operation = operation;
        this.inliner = inliner;
        this.guest = inliner.guest;
        this.block = block;
        this.distance = distance;
        this.lasting = lasting;
        this.protection = protection;
        inliner.temporary = GuestLocals.FREE + SLOTS;
    }

    /** Code whose exceptions write local variables back to the processor. */
    interface Protection {
        /** Ends the protected code. */
        void end();

        /** Begins it again. */
        void begin();
    }

    @Override
    void available(String check) {
        if (LASTING.contains(check)) {
            lasting.add(check);
        } else {
            super.available(check);
        }
    }

    @Override
    void register(String field) {
        code.lload(guest.read(number(field)));
    }

    @Override
    void setRegister(String field, Runnable value) {
        value.run();
        code.lstore(guest.write(number(field)));
    }

    @Override
    void blockRip() {
        linear(code, distance);
    }

    /** Pushes a linear address by its distance from the region's start. */
    static void linear(CodeBuilder code, long distance) {
        code.lload(GuestLocals.START);
        if (distance != 0) {
            code.loadConstant(distance).ladd();
        }
    }

    @Override
    void memoryOwner() {}

    @Override
    void zeroUpper() {
        for (int lane = 2; lane < FpuState.LANES; lane++) {
            code.lconst_0();
            guest.popLane(code, operation.r0 * FpuState.LANES + lane);
        }
    }

    @Override
    void vectorMemory(String method, Place place) {
        int bytes = place.bytes();
        switch (method) {
            case "checkVector" -> {
                alignment(place);
                translate("writable", bytes);
            }
            case "loadVector" -> {
                alignment(place);
                loadVector(bytes);
            }
            default -> {
                if (bytes < 8) {
                    code.lload(ea);
                    guest.pushLane(code, SCRATCH);
                    store(bytes);
                    return;
                }
                for (int at = 0; at < bytes; at += 8) {
                    address(at);
                    guest.pushLane(code, SCRATCH + at / 8);
                    guest.put64(code);
                }
            }
        }
    }

    /** Translates the memory operand, and notes its address on the host. */
    private void translate(String method, int bytes) {
        code.lload(ea).loadConstant(bytes);
        guest.translate(code, method);
        code.lstore(HOST);
    }

    /** Loads into the scratch register, zero-extended to 16 bytes. */
    private void loadVector(int bytes) {
        if (bytes >= 8) {
            translate("readable", bytes);
            for (int at = 0; at < bytes; at += 8) {
                address(at);
                guest.get64(code);
                guest.popLane(code, SCRATCH + at / 8);
            }
        } else {
            code.lload(ea);
            switch (bytes) {
                case 4 -> access("load32", CD_int);
                case 2 -> access("load16", ConstantDescs.CD_short);
                default -> access("load8", ConstantDescs.CD_byte);
            }
            code.i2l().loadConstant((1L << 8 * bytes) - 1).land();
            guest.popLane(code, SCRATCH);
        }
        if (bytes <= 8) {
            code.lconst_0();
            guest.popLane(code, SCRATCH + 1);
        }
    }

    /** Stores less than eight bytes; address and value are pushed. */
    private void store(int bytes) {
        code.l2i();
        switch (bytes) {
            case 4 -> access("store32", CD_void, CD_int);
            case 2 -> {
                code.i2s();
                access("store16", CD_void, ConstantDescs.CD_short);
            }
            default -> {
                code.i2b();
                access("store8", CD_void, ConstantDescs.CD_byte);
            }
        }
    }

    /** Pushes an address on the host within the memory operand. */
    private void address(int at) {
        code.lload(HOST);
        if (at > 0) {
            code.loadConstant((long) at).ladd();
        }
    }

    private void alignment(Place place) {
        if (place.aligned()) {
            code.lload(ea).loadConstant(place.bytes() - 1L).land().lconst_0().lcmp();
            Label aligned = code.newLabel();
            code.ifeq(aligned);
            GuestLocals.miss(code);
            code.labelBinding(aligned);
        }
    }

    @Override
    void access(String method, ClassDesc result, ClassDesc... value) {
        guest.access(code, method, result, value);
    }

    @Override
    void self(String field, ClassDesc type) {
        known(field).push(code);
    }

    @Override
    Value known(String field) {
        return switch (field) {
            case "disp", "imm", "imm2" -> new Value.LongConstant(operation.field(field));
            default -> new Value.IntConstant(number(field));
        };
    }

    private int number(String field) {
        return (int) operation.field(field);
    }

    @Override
    void call(List<Argument> arguments) {
        SemanticMethod semantic = shape.semantic();
        Key key =
                new Key(
                        semantic.owner().getName().replace('.', '/'),
                        semantic.name(),
                        type(semantic).descriptorString());
        MethodBodies bodies = inliner.bodies;
        int effect = bodies.effect(key);
        boolean copies =
                effect == MethodBodies.NONE
                        ? bodies.body(key).elements().size() <= SMALL
                        : (effect & MethodBodies.OPAQUE) == 0;
        List<Value> values = null;
        if (copies) {
            values = values(arguments, bodies.changesRegisters(key));
            try {
                Value result = inliner.inline(key, values);
                if (result != null) {
                    result.push(code);
                }
                return;
            } catch (Inliner.Unsuitable e) {
                // called below
            }
        }
        if (effect == MethodBodies.NONE) {
            callWith(values, arguments);
            return;
        }
        if (values == null) {
            values = values(arguments, false);
        }
        boolean vectors = (effect & (MethodBodies.VECTORS | MethodBodies.OPAQUE)) != 0;
        save();
        guest.saveVectors(code); // also for when it throws
        if (vectors) {
            guest.saveScratch(code);
        }
        protection.end(); // what it has changed when it throws is to stay
        callWith(values, arguments);
        protection.begin();
        load();
        if (vectors) {
            guest.loadVectors(code);
        }
    }

    private List<Value> values(List<Argument> arguments, boolean registersChange) {
        List<Value> values = new ArrayList<>();
        values.add(Value.PROCESSOR);
        for (Argument argument : arguments) {
            if (argument.known() != null) {
                values.add(argument.known());
            } else if (argument.register() != null && !registersChange) {
                int slot = guest.read(number(argument.register()));
                values.add(new Value.Local(TypeKind.LONG, slot));
            } else {
                TypeKind kind = TypeKind.from(argument.type());
                int slot = inliner.allocate(kind);
                argument.push().run();
                code.storeLocal(kind, slot);
                values.add(new Value.Local(kind, slot));
            }
        }
        return values;
    }

    private void callWith(List<Value> values, List<Argument> arguments) {
        if (values == null) {
            super.call(arguments);
            return;
        }
        values.forEach(value -> value.push(code));
        SemanticMethod semantic = shape.semantic();
        code.invokestatic(desc(semantic.owner()), semantic.name(), type(semantic));
    }

    /** Writes everything back before a call of what may look at any of it. */
    private void save() {
        guest.save(code);
        code.aload(GuestLocals.C).loadConstant(block.maddr);
        code.putfield(GuestLocals.CPU, "executing", CD_long);
        GuestLocals.save(code, "rip", GuestLocals.RIP);
        GuestLocals.savePosition(code);
    }

    private void load() {
        guest.load(code);
        inliner.flagKind = Inliner.UNKNOWN;
    }
}
