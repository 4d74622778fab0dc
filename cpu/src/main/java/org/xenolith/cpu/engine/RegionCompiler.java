package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import org.xenolith.cpu.engine.MethodBodies.Key;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compiles a {@link Region} into a class with one method.
 *
 * <p>Each block begins with a check that the budget allows all of it, so that counts of
 * instructions, and with them virtual time, are those of the interpreter. Where the next block is
 * part of the region, control goes there directly. One handler around everything writes the state
 * back when an instruction faults.
 */
final class RegionCompiler implements RegionEmitter.Protection {
    /** HotSpot compiles no method of more bytecodes. */
    static final int LIMIT = 8000;

    /** Position of what follows the last instruction of a region. */
    static final int EPILOGUE = 0xfffe;

    /** Instruction number, within a position, of what precedes the first one of a block. */
    static final int BLOCK = 255;

    private static final ClassDesc CODE = RegionCode.class.describeConstable().orElseThrow();
    private static final Key TEST =
            new Key(
                    Flags.class.getName().replace('.', '/'),
                    "test",
                    "(Lorg/xenolith/cpu/state/Registers;I)Z");
    private static final int C = GuestLocals.C;

    private final MethodBodies bodies;
    private final Region region;
    private final GuestLocals guest;
    private final Map<Long, Integer> blockAt = new HashMap<>();

    // while code is being emitted
    private CodeBuilder code;
    private Label[] labels;
    private Label exit;
    private final List<Label[]> ranges = new ArrayList<>();

    private RegionCompiler(MethodBodies bodies, Region region) {
        this.bodies = bodies;
        this.region = region;
        this.guest = new GuestLocals(region.reversible);
        for (int i = 0; i < region.blocks.length; i++) {
            blockAt.put((long) region.distances[i], i);
        }
    }

    /**
     * The class file of a region.
     *
     * @return null if its method would be longer than {@link #LIMIT}
     */
    static byte[] classFile(MethodBodies bodies, Region region) {
        RegionCompiler compiler = new RegionCompiler(bodies, region);
        try {
            compiler.build(); // finds out which registers are used
            byte[] bytes = compiler.build();
            return codeLength(bytes) < LIMIT ? bytes : null;
        } catch (IllegalArgumentException e) {
            if (e.getMessage().startsWith("Code length")) {
                return null; // it is beyond what a class file can hold
            }
            throw e;
        }
    }

    /** Bytes of the longest method. */
    static int codeLength(byte[] classFile) {
        return ClassFile.of().parse(classFile).methods().stream()
                .flatMap(m -> m.code().stream())
                .mapToInt(m -> ((CodeAttribute) m).codeLength())
                .max()
                .orElseThrow();
    }

    /** Defines the class for a machine with that RAM and instantiates it. */
    static RegionCode define(byte[] classFile, MemorySegment ram) {
        try {
            Class<?> type =
                    MethodHandles.lookup()
                            .defineHiddenClassWithClassData(classFile, ram, true)
                            .lookupClass();
            return (RegionCode) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot define a region", e);
        }
    }

    private byte[] build() {
        ClassDesc self = ClassDesc.of(RegionCode.class.getPackageName(), "Translation");
        return ClassFile.of()
                .build(
                        self,
                        type -> {
                            type.withSuperclass(CODE);
                            type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
                            type.withMethodBody(
                                    ConstantDescs.INIT_NAME,
                                    ConstantDescs.MTD_void,
                                    0,
                                    c ->
                                            c.aload(0)
                                                    .invokespecial(
                                                            CODE,
                                                            ConstantDescs.INIT_NAME,
                                                            ConstantDescs.MTD_void)
                                                    .return_());
                            type.withMethodBody(
                                    "run",
                                    MethodTypeDesc.of(CD_void, GuestLocals.CPU),
                                    0,
                                    this::run);
                        });
    }

    private void run(CodeBuilder builder) {
        ranges.clear();
        builder.iconst_0().istore(GuestLocals.POSITION);
        GuestLocals.load(builder, "rip", GuestLocals.START);
        guest.load(builder);
        guest.loadVectors(builder);
        code = builder;
        Label handler = code.newLabel();
        begin();
        blocks();
        end();
        code.labelBinding(handler);
        guest.save(code);
        guest.saveVectors(code);
        GuestLocals.savePosition(code);
        code.athrow();
        for (Label[] range : ranges) {
            code.exceptionCatchAll(range[0], range[1], handler);
        }
    }

    @Override
    public void begin() {
        ranges.add(new Label[] {code.newBoundLabel(), code.newLabel()});
    }

    @Override
    public void end() {
        code.labelBinding(ranges.getLast()[1]);
    }

    private void blocks() {
        exit = code.newLabel();
        labels = new Label[region.blocks.length];
        Label[] exhausted = new Label[labels.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = code.newLabel();
            exhausted[i] = code.newLabel();
        }
        for (int i = 0; i < labels.length; i++) {
            code.labelBinding(labels[i]);
            block(i, exhausted[i]);
        }
        line(EPILOGUE);
        for (int i = 0; i < labels.length; i++) {
            code.labelBinding(exhausted[i]);
            leave(region.distances[i]);
        }
        code.labelBinding(exit);
        guest.save(code);
        guest.saveVectors(code);
        GuestLocals.save(code, "rip", GuestLocals.RIP);
        code.return_();
    }

    private void block(int index, Label exhausted) {
        Block block = region.blocks[index];
        int distance = region.distances[index];
        Operation[] operations = block.operations;
        long count = operations.length;
        line(index << 8 | BLOCK);
        code.aload(C).getfield(GuestLocals.CPU, "limit", CD_long);
        code.lload(GuestLocals.INSTRUCTIONS).lsub().loadConstant(count);
        code.lcmp().branch(Opcode.IFLT, exhausted);
        code.lload(GuestLocals.INSTRUCTIONS).loadConstant(count).ladd();
        code.lstore(GuestLocals.INSTRUCTIONS);
        setRip(distance + block.length);

        Inliner inliner = new Inliner(bodies, guest, block.mode, code);
        Set<String> checked = new HashSet<>();
        Successors successors = Successors.of(block);
        for (int i = 0; i < operations.length; i++) {
            line(index << 8 | i);
            boolean last = i == operations.length - 1;
            boolean excluded = region.reversible && last && successors == Successors.OUTSIDE;
            if (excluded || i == region.most) {
                code.loadConstant(index << 8 | i).istore(GuestLocals.POSITION);
                GuestLocals.miss(code);
                return;
            }
            OperationShape shape = OperationFactory.shape(operations[i]);
            String name = shape.semantic().name();
            if (last) {
                if (name.equals("jcc")) {
                    condition(inliner, shape.cc(), block, distance);
                    return;
                }
                if (name.equals("jmp")) {
                    break;
                }
            }
            code.loadConstant(index << 8 | i).istore(GuestLocals.POSITION);
            new RegionEmitter(operations[i], inliner, block, distance, checked, this).execute();
        }
        Operation end = operations[operations.length - 1];
        long next = distance + block.length;
        long target = Successors.target(block, distance);
        switch (successors) {
            case NEXT -> go(next);
            case TARGET, CALL -> branch(target, block.mode);
            case BRANCH -> dispatch(next, target);
            case REPEAT -> dispatch(next, distance + end.offset);
            case ANYWHERE -> returns();
            case INDIRECT_CALL, OUTSIDE -> code.goto_(exit);
        }
    }

    /** Notes for a listing which position in the region the code comes from. */
    private void line(int position) {
        if (region.text != null) {
            code.lineNumber(position + 1);
        }
    }

    private void condition(Inliner inliner, int cc, Block block, int distance) {
        inliner.temporary = GuestLocals.FREE;
        inliner.inline(TEST, List.of(Value.PROCESSOR, new Value.IntConstant(cc))).push(code);
        Label taken = code.newLabel();
        code.branch(Opcode.IFNE, taken);
        go(distance + block.length);
        code.labelBinding(taken);
        branch(Successors.target(block, distance), block.mode);
    }

    /** Goes to a distance known beforehand. */
    private void go(long distance) {
        Integer block = blockAt.get(distance);
        if (block != null) {
            code.goto_(labels[block]);
        } else {
            leave(distance);
        }
    }

    /** Goes to the target of a relative branch, which wraps round at 4 GiB in 32-bit code. */
    private void branch(long distance, int mode) {
        if ((mode & Cpu.MODE_SIZE) == Cpu.MODE_32 && !blockAt.containsKey(distance)) {
            RegionEmitter.linear(code, distance);
            code.loadConstant(0xffffffffL).land();
            code.lstore(GuestLocals.RIP);
            code.goto_(exit);
        } else {
            go(distance);
        }
    }

    private void leave(long distance) {
        setRip(distance);
        code.goto_(exit);
    }

    /** Goes where the address in {@link GuestLocals#RIP} says. */
    private void dispatch(long... distances) {
        for (long distance : distances) {
            Integer block = blockAt.get(distance);
            if (block != null) {
                code.lload(GuestLocals.RIP);
                RegionEmitter.linear(code, distance);
                code.lcmp().branch(Opcode.IFEQ, labels[block]);
            }
        }
        code.goto_(exit);
    }

    /** A return, or an indirect jump: perhaps to behind a call of the region. */
    private void returns() {
        long[] sites = new long[region.blocks.length];
        int count = 0;
        for (int i = 0; i < region.blocks.length; i++) {
            Successors successors = Successors.of(region.blocks[i]);
            if (successors == Successors.CALL || successors == Successors.INDIRECT_CALL) {
                sites[count++] = region.distances[i] + region.blocks[i].length;
            }
        }
        dispatch(Arrays.copyOf(sites, count));
    }

    private void setRip(long distance) {
        RegionEmitter.linear(code, distance);
        code.lstore(GuestLocals.RIP);
    }
}
