package org.xenolith.cpu.engine;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;
import org.xenolith.cpu.state.TranslatedAccess;
import org.xenolith.cpu.state.TranslationMiss;
import org.xenolith.cpu.state.TrialAccess;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The local variables in which a translation keeps guest registers, flags and counters, and how
 * they get there and back.
 */
final class GuestLocals {
    static final ClassDesc CPU = Cpu.class.describeConstable().orElseThrow();
    static final ClassDesc LONGS = CD_long.arrayType();
    static final ClassDesc FPU = FpuState.class.describeConstable().orElseThrow();

    /** 64-bit lanes of all vector registers, the two internal ones included. */
    private static final int LANES = 18 * FpuState.LANES;

    private static final ClassDesc ACCESS =
            TranslatedAccess.class.describeConstable().orElseThrow();
    private static final ClassDesc TRIAL = TrialAccess.class.describeConstable().orElseThrow();
    private static final ClassDesc MISS = TranslationMiss.class.describeConstable().orElseThrow();

    /** The processor. */
    static final int C = 1;

    /** Which instruction runs, when one throws: block number times 256 plus instruction number. */
    static final int POSITION = 2;

    /** Linear address of the first block. */
    static final int START = 3;

    /** Retired instructions, the whole present block included. */
    static final int INSTRUCTIONS = 5;

    /** Next instruction, as {@code Cpu.rip}. */
    static final int RIP = 7;

    /** The flags' lazy form. */
    static final int FLAG_KIND = 9;

    static final int FLAG_A = 10;
    static final int FLAG_B = 12;
    static final int FLAG_R = 14;
    static final int EFLAGS = 16;

    /** Data translations of the current address space. */
    static final int TLB = 18;

    /** The vector registers, where they stay in memory. */
    private static final int VECTOR_FILE = 19;

    private static final int REGISTERS = 20;

    private static final int VECTORS = REGISTERS + 32;

    /** First slot that is free for other purposes. */
    static final int FREE = VECTORS + 2 * LANES;

    /** Owner of the methods for loads and stores of linear memory. */
    private final ClassDesc access;

    /** Registers that the translation mentions, by bit; filled in by a first pass over the code. */
    int used;

    /** Registers that it changes. */
    int written;

    /** Lanes of vector registers that it mentions. */
    private final BitSet usedLanes = new BitSet();

    /** Lanes that it changes, and that outlive an instruction. */
    private final BitSet writtenLanes = new BitSet();

    /** Whether vector registers are kept in local variables. */
    private final boolean vectors;

    /**
     * @param reversible whether what the translation does is to be taken back
     * @param vectors whether vector registers are kept in local variables
     */
    GuestLocals(boolean reversible, boolean vectors) {
        this.vectors = vectors;
        access = reversible ? TRIAL : ACCESS;
    }

    /** Whether a lane, by its index in {@code FpuState.vec}, is kept in a local variable. */
    private boolean isLocal(int lane) {
        return vectors || isScratch(lane);
    }

    private static boolean isScratch(int lane) {
        return lane >= FpuState.SCRATCH * FpuState.LANES;
    }

    /** Pushes a lane, by its index in {@code FpuState.vec}. */
    void pushLane(CodeBuilder code, int lane) {
        if (isLocal(lane)) {
            usedLanes.set(lane);
            code.lload(VECTORS + 2 * lane);
        } else {
            code.aload(VECTOR_FILE).loadConstant(lane).laload();
        }
    }

    /** Pops a lane. */
    void popLane(CodeBuilder code, int lane) {
        int slot = VECTORS + 2 * lane;
        code.lstore(slot);
        if (isLocal(lane)) {
            usedLanes.set(lane);
            if (!isScratch(lane)) {
                writtenLanes.set(lane);
            }
        } else {
            code.aload(VECTOR_FILE).loadConstant(lane).lload(slot).lastore();
        }
    }

    /** What a slot holds, for people. */
    static String name(int slot) {
        return switch (slot) {
            case 0 -> "this";
            case C -> "cpu";
            case POSITION -> "position";
            case START -> "start";
            case INSTRUCTIONS -> "instructions";
            case RIP -> "rip";
            case FLAG_KIND -> "flagKind";
            case FLAG_A -> "flagA";
            case FLAG_B -> "flagB";
            case FLAG_R -> "flagR";
            case EFLAGS -> "eflags";
            case TLB -> "tlb";
            case VECTOR_FILE -> "vectors";
            default -> {
                if (slot >= FREE) {
                    yield "t" + (slot - FREE);
                }
                if (slot < VECTORS) {
                    yield CpuSnapshot.NAMES.get((slot - REGISTERS) / 2);
                }
                int lane = (slot - VECTORS) / 2;
                yield "ymm%d.%d".formatted(lane / FpuState.LANES, lane % FpuState.LANES);
            }
        };
    }

    /** Fills the lanes from the processor. */
    void loadVectors(CodeBuilder code) {
        if (!vectors) {
            vectorFile(code);
            code.astore(VECTOR_FILE);
        }
        usedLanes.stream()
                .forEach(
                        lane -> {
                            vectorFile(code);
                            code.loadConstant(lane).laload().lstore(VECTORS + 2 * lane);
                        });
    }

    /** Writes the lanes back. */
    void saveVectors(CodeBuilder code) {
        writtenLanes.stream()
                .forEach(
                        lane -> {
                            vectorFile(code);
                            code.loadConstant(lane).lload(VECTORS + 2 * lane).lastore();
                        });
    }

    /** Writes the internal lanes back as well, for a method that is called. */
    void saveScratch(CodeBuilder code) {
        for (int lane = FpuState.SCRATCH * FpuState.LANES; lane < LANES; lane++) {
            if (usedLanes.get(lane)) {
                vectorFile(code);
                code.loadConstant(lane).lload(VECTORS + 2 * lane).lastore();
            }
        }
    }

    private static void vectorFile(CodeBuilder code) {
        code.aload(C).getfield(CPU, "fpu", FPU).getfield(FPU, "vec", LONGS);
    }

    /** Slot of a general register that is read. */
    int read(int register) {
        used |= 1 << register;
        return REGISTERS + 2 * register;
    }

    /** Slot of a general register that is written. */
    int write(int register) {
        written |= 1 << register;
        return read(register);
    }

    /** Slot that stands for a tracked field; {@link #FLAG_KIND} is an int, the others longs. */
    static int field(String name) {
        return switch (name) {
            case "rip" -> RIP;
            case "flagKind" -> FLAG_KIND;
            case "flagA" -> FLAG_A;
            case "flagB" -> FLAG_B;
            case "flagR" -> FLAG_R;
            case "eflags" -> EFLAGS;
            default -> throw new IllegalStateException("field " + name);
        };
    }

    /** Fills every local variable from the processor. */
    void load(CodeBuilder code) {
        load(code, "rip", RIP);
        load(code, "instructions", INSTRUCTIONS);
        reload(code);
    }

    /** Fills registers and flags from the processor. */
    void reload(CodeBuilder code) {
        code.aload(C).invokevirtual(CPU, "translations", MethodTypeDesc.of(LONGS)).astore(TLB);
        code.aload(C).getfield(CPU, "flagKind", CD_int).istore(FLAG_KIND);
        load(code, "flagA", FLAG_A);
        load(code, "flagB", FLAG_B);
        load(code, "flagR", FLAG_R);
        load(code, "eflags", EFLAGS);
        for (int r = 0; r < 16; r++) {
            if ((used >> r & 1) != 0) {
                code.aload(C).getfield(CPU, "regs", LONGS).loadConstant(r).laload();
                code.lstore(REGISTERS + 2 * r);
            }
        }
    }

    /** Writes registers, flags and the count of instructions back, but not {@link #RIP}. */
    void save(CodeBuilder code) {
        code.aload(C).iload(FLAG_KIND).putfield(CPU, "flagKind", CD_int);
        save(code, "flagA", FLAG_A);
        save(code, "flagB", FLAG_B);
        save(code, "flagR", FLAG_R);
        save(code, "eflags", EFLAGS);
        save(code, "instructions", INSTRUCTIONS);
        for (int r = 0; r < 16; r++) {
            if ((written >> r & 1) != 0) {
                code.aload(C).getfield(CPU, "regs", LONGS).loadConstant(r);
                code.lload(REGISTERS + 2 * r).lastore();
            }
        }
    }

    /** Tells which instruction of which region runs, for when it throws. */
    static void savePosition(CodeBuilder code) {
        code.aload(C).iload(POSITION).putfield(CPU, "tracePosition", CD_int);
        save(code, "blockRip", START);
    }

    /**
     * Emits the translation of several bytes at once; address and size are pushed, the host's
     * address is left.
     *
     * @param method {@code readable} or {@code writable}
     */
    void translate(CodeBuilder code, String method) {
        code.aload(TLB);
        code.invokestatic(access, method, MethodTypeDesc.of(CD_long, CD_long, CD_int, LONGS));
    }

    /** Emits a load of eight bytes; the host's address is pushed. */
    void get64(CodeBuilder code) {
        code.invokestatic(ACCESS, "get64", MethodTypeDesc.of(CD_long, CD_long));
    }

    /** Emits a store of eight bytes; the host's address and the value are pushed. */
    void put64(CodeBuilder code) {
        code.invokestatic(ACCESS, "put64", MethodTypeDesc.of(CD_void, CD_long, CD_long));
    }

    /** Leaves the instruction, which has done nothing yet, to the interpreter. */
    static void miss(CodeBuilder code) {
        code.getstatic(MISS, "INSTANCE", MISS).athrow();
    }

    /** Emits a load or store of linear memory; the address and the value are pushed. */
    void access(CodeBuilder code, String method, ClassDesc result, ClassDesc... value) {
        List<ClassDesc> types = new ArrayList<>();
        types.add(CD_long);
        types.addAll(List.of(value));
        types.add(LONGS);
        code.aload(TLB);
        code.invokestatic(access, method, MethodTypeDesc.of(result, types));
    }

    static void load(CodeBuilder code, String field, int slot) {
        code.aload(C).getfield(CPU, field, CD_long).lstore(slot);
    }

    static void save(CodeBuilder code, String field, int slot) {
        code.aload(C).lload(slot).putfield(CPU, field, CD_long);
    }
}
