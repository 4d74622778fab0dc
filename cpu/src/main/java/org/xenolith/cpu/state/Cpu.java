package org.xenolith.cpu.state;

import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * One logical processor: all architectural state that outlives an instruction.
 *
 * <p>Fields are public because the semantic methods of {@code org.xenolith.cpu.isa} are their users
 * by trade; everything outside {@code cpu} goes through the named methods where one exists.
 */
public final class Cpu extends LinearMemory {
    /** Segment registers in encoding order (SDM vol. 2A, table 2-1). */
    public static final int ES = 0;

    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;

    /** CR0 bits. */
    public static final int CR0_MP = 1 << 1;

    public static final int CR0_EM = 1 << 2;
    public static final int CR0_TS = 1 << 3;
    public static final int CR0_WP = 1 << 16;

    /** CR4 bits. */
    public static final int CR4_TSD = 1 << 2;

    public static final int CR4_OSFXSR = 1 << 9;
    public static final int CR4_OSXMMEXCPT = 1 << 10;
    public static final int CR4_FSGSBASE = 1 << 16;
    public static final int CR4_OSXSAVE = 1 << 18;

    /** Owner of ring 0. Set once, before anything runs. */
    public final Supervisor supervisor;

    /** Visible selectors. */
    public final int[] selector = new int[6];

    /** Hidden bases; in 64-bit mode only FS and GS count. */
    public final long[] segmentBase = new long[6];

    /** Current privilege level. */
    public int cpl;

    public long cr0 = 0x80050033L;
    public long cr2;
    public long cr4;
    public long xcr0 = 1;
    public long kernelGsBase;

    /** Linear address and limit (bytes - 1) of the GDT; limit -1 when there is none. */
    public long gdtBase;

    public int gdtLimit = -1;
    public long ldtBase;
    public int ldtLimit = -1;

    /** DR0..DR7. */
    public final long[] debug = {0, 0, 0, 0, 0, 0, 0xffff0ff0L, 0x400};

    /** x87 and vector registers. */
    public final FpuState fpu = new FpuState();

    /** What RDRAND and RDSEED read. */
    public final RandomSource random = new RandomSource();

    /** IA32_TSC_AUX, which RDTSCP and RDPID read. */
    public int tscAux;

    /** Virtual nanoseconds, and TSC ticks, that passed while the processor did not run. */
    public long idleTime;

    /** Instructions at which the current run ends. */
    public long limit;

    /** Machine address of the block that is being executed. */
    public long executing;

    /** Counts invalidations of decoded code, by whatever processor. */
    public long codeVersion;

    /** Which instruction of a trace threw; see the engine's {@code TraceCompiler}. */
    public int tracePosition;

    /** Asks the run loop to return at the next block boundary. */
    public boolean stop;

    private final CpuFault fault = new CpuFault();

    public Cpu(PhysicalMemory ram, Supervisor supervisor) {
        super(ram);
        this.supervisor = supervisor;
    }

    /** Whether CR0.WP is set. */
    public boolean writeProtect() {
        return (cr0 & CR0_WP) != 0;
    }

    /**
     * Virtual time in nanoseconds: one per retired instruction, plus time spent halted. The TSC
     * reads the same count (1 GHz).
     */
    public long now() {
        return instructions + idleTime;
    }

    /** Makes this processor's exception; the caller throws it. */
    public CpuFault fault(int vector, int errorCode) {
        fault.vector = vector;
        fault.errorCode = errorCode;
        return fault;
    }

    /** #UD. */
    public CpuFault undefined() {
        return fault(CpuFault.UD, 0);
    }

    /** #GP(0). */
    public CpuFault generalProtection() {
        return fault(CpuFault.GP, 0);
    }

    /** Throws #GP(0) unless at privilege level 0. */
    public void requireRing0() {
        if (cpl != 0) {
            throw generalProtection();
        }
    }

    /**
     * Loads a data segment register (DS, ES, FS, GS, or SS at CPL 3) in 64-bit mode: SDM vol. 2,
     * MOV, "loading a segment register".
     *
     * @param segment {@link #ES}, {@link #SS}, {@link #DS}, {@link #FS} or {@link #GS}
     * @throws CpuFault #GP, #NP or #SS with the selector as error code
     */
    public void loadSegment(int segment, int sel) {
        sel &= 0xffff;
        if ((sel & ~3) == 0) {
            if (segment == SS && cpl == 3) {
                throw generalProtection();
            }
            selector[segment] = sel;
            segmentBase[segment] = 0;
            return;
        }
        long descriptor = descriptor(sel);
        int access = (int) (descriptor >>> 40) & 0xff;
        int dpl = access >>> 5 & 3;
        int rpl = sel & 3;
        boolean system = (access & 0x10) == 0;
        boolean code = (access & 0x08) != 0;
        boolean rw = (access & 0x02) != 0;
        boolean conforming = (access & 0x04) != 0;
        if (segment == SS) {
            if (system || code || !rw || dpl != cpl || rpl != cpl) {
                throw fault(CpuFault.GP, sel & ~3);
            }
            if ((access & 0x80) == 0) {
                throw fault(CpuFault.SS, sel & ~3);
            }
        } else {
            boolean privilegeOk = code && conforming || Math.max(cpl, rpl) <= dpl;
            if (system || code && !rw || !privilegeOk) {
                throw fault(CpuFault.GP, sel & ~3);
            }
            if ((access & 0x80) == 0) {
                throw fault(CpuFault.NP, sel & ~3);
            }
        }
        selector[segment] = sel;
        segmentBase[segment] = descriptor >>> 16 & 0xffffff | (descriptor >>> 56) << 24;
    }

    /**
     * Reads a descriptor with supervisor rights from the GDT or LDT.
     *
     * @throws CpuFault #GP(selector) beyond the limit; #PF if the table is not mapped
     */
    public long descriptor(int sel) {
        boolean local = (sel & 4) != 0;
        int limit = local ? ldtLimit : gdtLimit;
        int offset = sel & 0xfff8;
        if (offset + 7 > limit) {
            throw fault(CpuFault.GP, sel & 0xfffc);
        }
        long va = (local ? ldtBase : gdtBase) + offset;
        if (!walker.walk(cr3(), va, 0, false, true, true)) {
            cr2 = va;
            throw fault(CpuFault.PF, walker.errorCode);
        }
        return ram.contains(walker.maddr, 8) ? ram.get64(walker.maddr) : 0;
    }
}
