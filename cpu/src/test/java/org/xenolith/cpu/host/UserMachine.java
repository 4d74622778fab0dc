package org.xenolith.cpu.host;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.Operand;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.EngineStatistics;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.cpu.state.Supervisor;

import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * Our processor as the native runner has the host's: at privilege level 3 with the same memory,
 * descriptors and control registers. {@link #difference} runs a case and compares.
 */
public final class UserMachine implements Supervisor {
    private static final int RAM = 0x400000;
    private static final long TABLES = 0x100000;
    private static final long DESCRIPTORS = 0xffff800000110000L;
    private static final int PADDING = 16;
    private static final int MOST_INSTRUCTIONS = 1_000_000;
    private static final int COMPARED_FLAGS =
            Flags.ARITHMETIC | Flags.DF | Flags.AC | Flags.NT | Flags.ID;

    public final Cpu cpu;
    private final PhysicalMemory ram = new PhysicalMemory(RAM);
    private final CodeCache cache = new CodeCache(ram);
    private final Interpreter interpreter;
    private final Decoder decoder = new Decoder();
    private final byte[] zeros = new byte[8192];
    private final byte[] data = new byte[HostState.DATA_BYTES];
    private final byte[] padded = new byte[HostState.CODE_BYTES + PADDING];
    private byte[] placed = {};
    private int placements;
    private byte[] decodedCode = {};
    private int decodedSize = -1;
    private int vector;
    private int errorCode;

    /**
     * @param amd whether to do as AMD's processors do where the makers differ
     */
    public UserMachine(boolean amd) {
        this(amd, Interpreter::new);
    }

    UserMachine(boolean amd, BiFunction<Cpu, CodeCache, Interpreter> engine) {
        cpu = new Cpu(ram, this);
        interpreter = engine.apply(cpu, cache);
        cpu.amd = amd;
        cpu.cpl = 3;
        cpu.cr4 =
                Cpu.CR4_PAE
                        | Cpu.CR4_OSFXSR
                        | Cpu.CR4_OSXMMEXCPT
                        | Cpu.CR4_OSXSAVE
                        | Cpu.CR4_FSGSBASE
                        | Cpu.CR4_UMIP;
        cpu.xcr0 = 7;
        map();
        HostSegments.install(ram, cpu, DESCRIPTORS);
        byte[] int3 = new byte[HostState.CODE_REGION_BYTES];
        Arrays.fill(int3, (byte) 0xcc);
        ram.write(HostState.CODE_REGION, int3, 0, int3.length);
    }

    private void map() {
        long l4 = TABLES;
        long user = PageWalker.PRESENT | PageWalker.WRITE | PageWalker.USER;
        ram.put64(l4, l4 + 0x1000 | user);
        ram.put64(l4 + 0x800, l4 + 0x5000 | user); // for the kernel
        ram.put64(l4 + 0x5000, l4 + 0x6000 | user);
        ram.put64(l4 + 0x6000, l4 + 0x7000 | user);
        ram.put64(l4 + 0x1000, l4 + 0x2000 | user);
        ram.put64(l4 + 0x2000, l4 + 0x3000 | user);
        ram.put64(l4 + 0x2008, l4 + 0x4000 | user);
        for (int i = 0; i < HostState.CODE_REGION_BYTES; i += 4096) {
            long flags = PageWalker.PRESENT | PageWalker.USER;
            page(HostState.CODE_REGION + i, flags);
        }
        for (int i = -4096; i <= 4096; i += 4096) {
            page(HostState.DATA + i, user | 1L << 63);
        }
        long table = DESCRIPTORS & 0x1fffff;
        ram.put64(l4 + 0x7000 + (table >> 12) * 8, table | PageWalker.PRESENT | PageWalker.WRITE);
        cpu.setRoot(0, l4);
        cpu.setCr3(l4);
        cpu.updatePaging();
    }

    private void page(long address, long flags) {
        ram.put64(TABLES + 0x3000 + (address >> 12) * 8, address | flags);
    }

    /** Takes the local descriptors away, as where the host's kernel offers none. */
    void withoutLocalSegments() {
        cpu.segmentLimit[Cpu.LDTR] = -1;
    }

    /** The row of a case's only instruction; null if it is none. */
    Opcode row(byte[] code, HostState before) {
        Instruction in = decode(code, before);
        return in.length == code.length ? in.opcode : null;
    }

    /** The first instruction of the code, decoded. */
    Instruction decode(byte[] code, HostState before) {
        int size =
                switch (before.selectors[Cpu.CS]) {
                    case HostSegments.CODE_64 -> Decoder.CODE_64;
                    case HostSegments.CODE_32 -> Decoder.CODE_32;
                    default -> Decoder.CODE_16;
                };
        if (size != decodedSize || !Arrays.equals(code, decodedCode)) {
            decodedCode = code.clone();
            decodedSize = size;
            byte[] bytes = Arrays.copyOf(code, Math.max(code.length, Decoder.MAX_LENGTH));
            Arrays.fill(bytes, code.length, bytes.length, (byte) 0xcc);
            decoder.decode(bytes, bytes.length, size);
        }
        return decoder.instruction;
    }

    private void load(byte[] code, HostState before) {
        System.arraycopy(before.gpr, 0, cpu.regs, 0, 16);
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            segment(segment, before.selectors[segment], before.bases);
        }
        cpu.cpl = 3;
        cpu.updateMode();
        Flags.set(cpu, before.rflags & ~(long) Flags.TF | 0x202);
        cpu.privilegeChanged();
        FxImage.load(before.fx, cpu.fpu);
        FxImage.loadUpper(before.ymm, cpu.fpu);
        ram.write(HostState.DATA - 4096, zeros, 0, 4096);
        ram.write(HostState.DATA, before.data, 0, HostState.DATA_BYTES);
        ram.write(HostState.DATA + HostState.DATA_BYTES, zeros, 0, zeros.length - data.length);
        if (!Arrays.equals(code, placed)) {
            Arrays.fill(padded, (byte) 0xcc);
            System.arraycopy(code, 0, padded, 0, code.length);
            // now and then all of the page, or blocks where branches once led would pile up there
            boolean all = ++placements % 256 == 0;
            cache.beforeExternalWrite(HostState.CODE, all ? 4096 : padded.length);
            ram.write(HostState.CODE, padded, 0, padded.length);
            placed = code.clone();
        }
        cpu.rip = HostState.CODE - HostSegments.codeBase(before);
        cpu.cr2 = 0;
    }

    private void segment(int segment, int selector, long[] bases) {
        if (selector < 4) {
            long base = segment >= Cpu.FS ? bases[segment - Cpu.FS] : 0;
            cpu.selector[segment] = selector;
            cpu.segmentBase[segment] = base;
            cpu.segmentLimit[segment] = 0xffffffffL;
            cpu.segmentAccess[segment] = Cpu.ACCESS_UNUSABLE;
            return;
        }
        long d = cpu.descriptor(selector);
        long limit = d & 0xffff | d >> 32 & 0xf0000;
        boolean pages = (d >> 55 & 1) != 0;
        cpu.selector[segment] = selector;
        cpu.segmentBase[segment] = d >> 16 & 0xffffff | d >> 32 & 0xff000000L;
        cpu.segmentLimit[segment] = pages ? limit << 12 | 0xfff : limit;
        cpu.segmentAccess[segment] = (int) (d >> 40) & 0xf0ff;
    }

    /** Vector of the exception that ended the last case. */
    public int vector() {
        return vector;
    }

    /** The visible data after the last case. */
    public byte[] data() {
        ram.read(HostState.DATA, data, 0, data.length);
        return data.clone();
    }

    /** What its engine has done. */
    EngineStatistics statistics() {
        return cache.statistics();
    }

    /** Runs a case; the result stands in {@link #cpu}. */
    public void run(byte[] code, HostState before) {
        load(code, before);
        vector = -1;
        errorCode = 0;
        interpreter.run(MOST_INSTRUCTIONS);
        if (vector < 0) {
            vector = HostState.TIMED_OUT;
        }
    }

    /**
     * Runs a case and compares.
     *
     * @param vectors whether to compare x87, MMX and vector registers too
     * @return what differs, or the empty string
     */
    String difference(byte[] code, HostState before, HostState theirs, boolean vectors) {
        run(code, before);
        if (vector != theirs.vector) {
            return wraps(before, theirs)
                    ? ""
                    : " vector %d, host %d;".formatted(vector, theirs.vector);
        }
        StringBuilder s = new StringBuilder();
        if (vector >= CpuFault.TS && vector <= CpuFault.GP) {
            differ(s, "error code", errorCode, theirs.errorCode);
        }
        if (vector == CpuFault.PF) {
            comparePageFault(s, row(code, before), theirs);
        }
        differ(s, "rip", cpu.rip, theirs.rip);
        // other code than 64-bit code leaves the upper halves undefined
        boolean long64 = before.long64() && theirs.long64();
        long bits = long64 ? -1 : 0xffffffffL;
        for (int i = 0; i < (long64 ? 16 : 8); i++) {
            differ(s, "r", i, cpu.regs[i] & bits, theirs.gpr[i] & bits);
        }
        long defined = COMPARED_FLAGS & ~(long) undefinedFlags(code, before);
        differ(s, "flags", Flags.get(cpu) & defined, theirs.rflags & defined);
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            // the kernel's return to user code makes all null selectors 0
            int ours = cpu.selector[i] < 4 ? 0 : cpu.selector[i];
            differ(s, "selector ", i, ours, theirs.selectors[i]);
        }
        for (int i = 0; i < 2; i++) {
            differ(s, "base ", i, cpu.segmentBase[Cpu.FS + i], theirs.bases[i]);
        }
        if (vectors) {
            s.append(FxImage.difference(cpu.fpu, theirs.fx));
            s.append(FxImage.upperDifference(cpu.fpu, theirs.ymm));
        }
        ram.read(HostState.DATA, data, 0, data.length);
        int at = Arrays.mismatch(data, theirs.data);
        if (at >= 0) {
            differ(s, "data " + at, data[at] & 0xff, theirs.data[at] & 0xff);
        }
        return s.toString();
    }

    /**
     * Whether an operand crosses the end of a 4 GiB segment: SDM vol. 3A, 6.3, leaves open whether
     * that is beyond its limit.
     */
    private boolean wraps(HostState before, HostState theirs) {
        return !before.long64()
                && vector == CpuFault.PF
                && (theirs.vector == CpuFault.GP || theirs.vector == CpuFault.SS)
                && (cpu.cr2 >= 0xffffff80L || cpu.cr2 < 0x80);
    }

    private void comparePageFault(StringBuilder s, Opcode row, HostState theirs) {
        differ(s, "cr2", cpu.cr2, theirs.cr2);
        // Linux hides from programs which of its own addresses are mapped
        int mask = theirs.cr2 < 0 ? ~1 : ~0;
        if (row != null && row.mnemonic().equals("ARPL")) {
            mask &= ~2; // AMD looks first whether there is something to write
        }
        differ(s, "error code", errorCode & mask, theirs.errorCode & mask);
    }

    private static void differ(StringBuilder s, String what, long ours, long host) {
        if (ours != host) {
            s.append(" %s %x, host %x;".formatted(what, ours, host));
        }
    }

    private static void differ(StringBuilder s, String what, int number, long ours, long host) {
        if (ours != host) {
            differ(s, what + number, ours, host);
        }
    }

    /** The flags that the opcode table calls undefined after the first instruction of the code. */
    private int undefinedFlags(byte[] code, HostState before) {
        Instruction in = decode(code, before);
        Opcode row = in.opcode;
        if (row == null) {
            return 0;
        }
        int bytes = 0;
        int count = 0;
        for (Operand operand : row.operands()) {
            if (bytes == 0) {
                bytes = operand.size().bytes(in);
            }
            switch (operand.kind()) {
                case IMMEDIATE -> count = (int) in.immediate & 0xff;
                case CONSTANT -> count = operand.fixed();
                case FIXED -> count = (int) before.gpr[operand.fixed()] & 0xff;
                default -> {
                    // no count
                }
            }
        }
        return row.undefined().mask(count & (bytes == 8 ? 63 : 31), 8 * bytes);
    }

    // ---- what it takes from the processor ------------------------------------------------------

    @Override
    public void exception(Cpu c, int number, int error) {
        vector = number;
        errorCode = error;
        c.requestStop();
    }

    @Override
    public void softwareInterrupt(Cpu c, int number, int length) {
        vector = 256 + number;
        c.requestStop();
    }

    @Override
    public void syscall(Cpu c) {
        vector = 512;
        c.requestStop();
    }

    @Override
    public void cpuid(Cpu c) {
        vector = 513;
        c.requestStop();
    }
}
