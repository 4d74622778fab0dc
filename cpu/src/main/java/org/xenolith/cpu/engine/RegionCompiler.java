package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import org.xenolith.cpu.engine.MethodBodies.Key;
import org.xenolith.cpu.isa.FpuChecks;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Compiles a {@link Region} into a class with one method.
 *
 * <p>Each block begins with a check that the budget allows all of it, so that counts of
 * instructions, and with them virtual time, are those of the interpreter. Where the next block is
 * part of the region, control goes there directly. One handler around everything writes the state
 * back when an instruction stops it.
 *
 * <p>Nothing on a path that comes back into a loop may be a call that HotSpot does not inline,
 * however seldom it is taken: across calls it keeps all of a loop's values in memory, on the loop's
 * other paths as well.
 */
final class RegionCompiler implements RegionEmitter.Protection {
    /**
     * Most bytes of a method. Beyond 18,000 nodes HotSpot's C2 inlines nothing more into one, so
     * that loads and stores are calls; beyond 8000 bytes it compiles none.
     */
    static final int LIMIT = 5500;

    /** Position of what follows the last instruction of a region. */
    static final int EPILOGUE = 0xfffe;

    /** Instruction number, within a position, of what precedes the first one of a block. */
    static final int BLOCK = 255;

    static final ClassDesc STOPPED = OperationEmitter.desc(RuntimeException.class);
    private static final ClassDesc BUDGET = OperationEmitter.desc(BudgetExhausted.class);
    private static final ClassDesc CHECKS = OperationEmitter.desc(FpuChecks.class);
    private static final MethodTypeDesc PASSES =
            MethodTypeDesc.of(ConstantDescs.CD_boolean, GuestLocals.CPU);
    private static final ClassDesc CODE = RegionCode.class.describeConstable().orElseThrow();
    private static final Key TEST =
            new Key(
                    Flags.class.getName().replace('.', '/'),
                    "test",
                    "(Lorg/xenolith/cpu/state/Registers;I)Z");
    private static final int C = GuestLocals.C;

    /** One instruction in so many makes a region one for vectors. */
    private static final int VECTOR_SHARE = 4;

    private final MethodBodies bodies;
    private final Region region;
    private final GuestLocals guest;
    private final Map<Long, Integer> blockAt = new HashMap<>();

    // while code is being emitted
    private CodeBuilder code;
    private Label[] labels;
    private Label exit;
    private final List<Label[]> ranges = new ArrayList<>();

    /** Checks of {@code FpuChecks} made at the entry; a first pass over the code finds them. */
    private final Set<String> lasting = new TreeSet<>();

    private RegionCompiler(MethodBodies bodies, Region region) {
        this.bodies = bodies;
        this.region = region;
        this.guest = new GuestLocals(region.reversible, isForVectors(region));
        for (int i = 0; i < region.blocks.length; i++) {
            blockAt.put((long) region.distances[i], i);
        }
    }

    /**
     * Whether it pays to keep vector registers in local variables, which are filled at each entry
     * and written back at each exit. With a few vector instructions in a long region, as in a loop
     * that calls strlen, it does not.
     */
    private static boolean isForVectors(Region region) {
        int vectors = 0;
        for (Block block : region.blocks) {
            for (Operation operation : block.operations) {
                OperationShape shape = OperationFactory.shape(operation);
                vectors += shape.fpu().isEmpty() || shape.recorded() ? 0 : 1;
            }
        }
        return vectors >= region.instructions() / VECTOR_SHARE;
    }

    /**
     * The class file of a region.
     *
     * @return null if its method would be longer than a class file can hold
     */
    static byte[] classFile(MethodBodies bodies, Region region) {
        RegionCompiler compiler = new RegionCompiler(bodies, region);
        compiler.build(); // finds out which registers are used
        return compiler.build();
    }

    private byte[] build() {
        return classFile("Optimized", this::run);
    }

    /**
     * A class whose method {@code run} has that code.
     *
     * @return null if it would be longer than a class file can hold
     */
    static byte[] classFile(String name, Consumer<CodeBuilder> run) {
        try {
            return ClassFile.of().build(self(name), type -> declare(type, run));
        } catch (IllegalArgumentException e) {
            if (e.getMessage().startsWith("Code length")) {
                return null;
            }
            throw e;
        }
    }

    private static ClassDesc self(String name) {
        return ClassDesc.of(RegionCode.class.getPackageName(), name);
    }

    private static void declare(ClassBuilder type, Consumer<CodeBuilder> run) {
        type.withSuperclass(CODE);
        type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
        type.withMethodBody(
                ConstantDescs.INIT_NAME,
                ConstantDescs.MTD_void,
                0,
                c ->
                        c.aload(0)
                                .invokespecial(
                                        CODE, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                .return_());
        type.withMethodBody(
                "run", MethodTypeDesc.of(STOPPED, GuestLocals.CPU, CD_int, CD_long), 0, run);
    }

    /** Bytes of the longest method. */
    static int codeLength(byte[] classFile) {
        return ClassFile.of().parse(classFile).methods().stream()
                .flatMap(m -> m.code().stream())
                .mapToInt(m -> ((CodeAttribute) m).codeLength())
                .max()
                .orElseThrow();
    }

    /**
     * Defines the class and instantiates it.
     *
     * @param counts the counters of a baseline region, which are a constant in it
     */
    static RegionCode define(byte[] classFile, int[] counts) {
        try {
            Class<?> type =
                    MethodHandles.lookup()
                            .defineHiddenClassWithClassData(classFile, counts, true)
                            .lookupClass();
            return (RegionCode) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot define a region", e);
        }
    }

    private void run(CodeBuilder builder) {
        ranges.clear();
        guest.load(builder);
        guest.loadVectors(builder);
        code = builder;
        begin();
        checkOnce();
        blocks();
        end();
        Label handler = code.newBoundLabel();
        guest.save(code);
        guest.saveVectors(code);
        GuestLocals.savePosition(code);
        code.areturn();
        for (Label[] range : ranges) {
            code.exceptionCatch(range[0], range[1], handler, STOPPED);
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
        for (int i = 0; i < labels.length; i++) {
            labels[i] = code.newLabel();
        }
        for (int i = 0; i < labels.length; i++) {
            code.labelBinding(labels[i]);
            block(i);
        }
        line(EPILOGUE);
        code.labelBinding(exit);
        guest.save(code);
        guest.saveVectors(code);
        GuestLocals.save(code, "rip", GuestLocals.RIP);
        code.aconst_null().areturn();
    }

    private void block(int index) {
        Block block = region.blocks[index];
        int distance = region.distances[index];
        Operation[] operations = block.operations;
        line(index << 8 | BLOCK);
        beginBlock(index);
        setRip(distance + block.length);

        Inliner inliner = new Inliner(bodies, guest, block.mode, code);
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
            new RegionEmitter(operations[i], inliner, block, distance, lasting, this).execute();
        }
        Operation end = operations[operations.length - 1];
        long next = distance + block.length;
        long target = Successors.target(block, distance);
        switch (successors) {
            case NEXT -> go(next);
            case TARGET, CALL -> branch(target, block.mode);
            case BRANCH -> dispatch(next, target);
            case REPEAT -> dispatch(next, distance + end.offset);
            case ANYWHERE, INDIRECT_CALL -> dispatch(region.afterIndirect(index));
            case OUTSIDE -> code.goto_(exit);
        }
    }

    /**
     * Emits the check that a block may run.
     *
     * @param count of its instructions
     * @param instructions pushes the count of those retired
     */
    static void checkBudget(CodeBuilder code, long count, Consumer<CodeBuilder> instructions) {
        code.aload(C);
        instructions.accept(code);
        code.loadConstant(count);
        code.invokestatic(
                BUDGET, "check", MethodTypeDesc.of(CD_void, GuestLocals.CPU, CD_long, CD_long));
    }

    /** Checks that a block may run, and counts its instructions. */
    private void beginBlock(int index) {
        long count = region.blocks[index].operations.length;
        code.loadConstant(index << 8 | BLOCK).istore(GuestLocals.POSITION);
        checkBudget(code, count, c -> c.lload(GuestLocals.INSTRUCTIONS));
        code.lload(GuestLocals.INSTRUCTIONS).loadConstant(count).ladd();
        code.lstore(GuestLocals.INSTRUCTIONS);
    }

    /**
     * Emits checks that hold for all of the region: they look at control registers only. Where one
     * does not pass, the interpreter begins.
     */
    private void checkOnce() {
        for (String check : lasting) {
            Label passes = code.newLabel();
            code.aload(C).invokestatic(CHECKS, check + "Passes", PASSES);
            code.branch(Opcode.IFNE, passes);
            beginBlock(0);
            code.loadConstant(0).istore(GuestLocals.POSITION);
            GuestLocals.miss(code);
            code.labelBinding(passes);
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

    private void setRip(long distance) {
        RegionEmitter.linear(code, distance);
        code.lstore(GuestLocals.RIP);
    }
}
