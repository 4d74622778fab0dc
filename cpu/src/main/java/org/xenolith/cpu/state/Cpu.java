package org.xenolith.cpu.state;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.memory.PhysicalMemory;

/**
 * One logical processor: all architectural state that outlives an instruction.
 *
 * <p>Fields are public because the semantic methods of {@code org.xenolith.cpu.isa} are their users
 * by trade; everything outside {@code cpu} goes through the named methods where one exists.
 */
public final class Cpu extends SystemMemory {
    /** Segment registers in encoding order (SDM vol. 2A, table 2-1). */
    public static final int ES = 0;

    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;

    /** Index of the local descriptor table register in the segment arrays. */
    public static final int LDTR = 6;

    /** Index of the task register in the segment arrays. */
    public static final int TR = 7;

    /** CR0 bits (SDM vol. 3A, 2.5). */
    public static final int CR0_PE = 1;

    public static final int CR0_MP = 1 << 1;
    public static final int CR0_EM = 1 << 2;
    public static final int CR0_TS = 1 << 3;
    public static final int CR0_ET = 1 << 4;
    public static final int CR0_NE = 1 << 5;
    public static final int CR0_WP = 1 << 16;
    public static final int CR0_AM = 1 << 18;
    public static final int CR0_NW = 1 << 29;
    public static final int CR0_CD = 1 << 30;
    public static final long CR0_PG = 1L << 31;

    /** CR4 bits (SDM vol. 3A, 2.5). */
    public static final int CR4_VME = 1;

    public static final int CR4_PVI = 1 << 1;
    public static final int CR4_TSD = 1 << 2;
    public static final int CR4_DE = 1 << 3;
    public static final int CR4_PSE = 1 << 4;
    public static final int CR4_PAE = 1 << 5;
    public static final int CR4_MCE = 1 << 6;
    public static final int CR4_PGE = 1 << 7;
    public static final int CR4_PCE = 1 << 8;
    public static final int CR4_OSFXSR = 1 << 9;
    public static final int CR4_OSXMMEXCPT = 1 << 10;
    public static final int CR4_UMIP = 1 << 11;
    public static final int CR4_LA57 = 1 << 12;

    /** VMX operation may be entered. Exists where {@link #vmx} is. */
    public static final int CR4_VMXE = 1 << 13;

    public static final int CR4_FSGSBASE = 1 << 16;
    public static final int CR4_PCIDE = 1 << 17;
    public static final int CR4_OSXSAVE = 1 << 18;
    public static final int CR4_SMEP = 1 << 20;
    public static final int CR4_SMAP = 1 << 21;
    public static final int CR4_PKE = 1 << 22;

    private static final long CR4_IMPLEMENTED =
            CR4_VME
                    | CR4_PVI
                    | CR4_TSD
                    | CR4_DE
                    | CR4_PSE
                    | CR4_PAE
                    | CR4_MCE
                    | CR4_PGE
                    | CR4_PCE
                    | CR4_OSFXSR
                    | CR4_OSXMMEXCPT
                    | CR4_UMIP
                    | CR4_LA57
                    | CR4_FSGSBASE
                    | CR4_PCIDE
                    | CR4_OSXSAVE
                    | CR4_SMEP
                    | CR4_SMAP
                    | CR4_PKE;

    /** IA32_EFER bits (SDM vol. 3A, 2.2.1). */
    public static final int EFER_SCE = 1;

    public static final int EFER_LME = 1 << 8;
    public static final int EFER_LMA = 1 << 10;
    public static final int EFER_NXE = 1 << 11;

    /** AMD's: FXSAVE and FXRSTOR of 64-bit code at level 0 leave out the XMM registers. */
    public static final int EFER_FFXSR = 1 << 14;

    /** {@link #mode}: default operand and address size; the low two bits. */
    public static final int MODE_16 = 0;

    public static final int MODE_32 = 1;
    public static final int MODE_64 = 2;
    public static final int MODE_SIZE = 3;

    /** {@link #mode}: the stack pointer is ESP (16- and 32-bit code only). */
    public static final int MODE_STACK_32 = 4;

    /** {@link #mode}: some of CS, SS, DS and ES is not a flat 4 GiB segment with full rights. */
    public static final int MODE_SEGMENTED = 8;

    /** Access rights of a segment, laid out as in a VMCS (SDM vol. 3C, table 25-2). */
    public static final int ACCESS_TYPE = 15;

    public static final int ACCESS_CODE = 8;

    /** Conforming code or expand-down data. */
    public static final int ACCESS_CONFORMING = 4;

    /** Readable code or writable data. */
    public static final int ACCESS_RW = 2;

    public static final int ACCESS_ACCESSED = 1;
    public static final int ACCESS_NOT_SYSTEM = 1 << 4;
    public static final int ACCESS_DPL_SHIFT = 5;
    public static final int ACCESS_PRESENT = 1 << 7;
    public static final int ACCESS_LONG = 1 << 13;
    public static final int ACCESS_BIG = 1 << 14;
    public static final int ACCESS_GRANULARITY = 1 << 15;
    public static final int ACCESS_UNUSABLE = 1 << 16;

    /** Kinds of access that breakpoints tell apart: DR7's R/W codes. */
    public static final int BREAK_EXECUTE = 0;

    public static final int BREAK_WRITE = 1;

    /** An I/O port, where CR4.DE is set. */
    public static final int BREAK_IO = 2;

    public static final int BREAK_READ = 3;

    /** {@link #pins} bits: events that wait for an instruction boundary. */
    public static final int PIN_INTR = 1;

    public static final int PIN_NMI = 2;
    public static final int PIN_SMI = 4;
    public static final int PIN_INIT = 8;

    /** No pin: a hypervisor wants to know when the guest can take an interrupt. */
    public static final int PIN_WINDOW = 16;

    /** No pin: a VM exit follows the instruction that has just retired, or is due at a time. */
    public static final int PIN_EXIT = 32;

    /** No pin: instructions run one by one, and a hypervisor looks in between. */
    public static final int PIN_STEP = 128;

    /** No pin: a virtual interrupt is pending. */
    public static final int PIN_VIRTUAL = 64;

    /** No pin: branches are recorded, for which instructions are executed one by one. */
    public static final int PIN_BRANCHES = 256;

    private static final int FLAT_CODE_64 = 0xa0fb;
    private static final int FLAT_DATA = 0xc0f3;

    /** Number in its machine, from 0; also its APIC ID. */
    public int number;

    /** Owner of ring 0. Set once, before anything runs. */
    public final Supervisor supervisor;

    /** Visible selectors, by segment register; {@link #LDTR} and {@link #TR} too. */
    public final int[] selector = new int[8];

    /** Hidden bases; in 64-bit mode only FS, GS and the system segments' count. */
    public final long[] segmentBase = new long[8];

    /** Hidden limits: offset of the last byte, 0 to 0xffffffff, as scaled by the G bit. */
    public final long[] segmentLimit = new long[8];

    /** Hidden access rights: {@link #ACCESS_TYPE} and so on. */
    public final int[] segmentAccess = new int[8];

    /**
     * What decoding and addressing depend on: {@link #MODE_16}, {@link #MODE_32} or {@link
     * #MODE_64}, with {@link #MODE_STACK_32} and {@link #MODE_SEGMENTED}. Kept by {@link
     * #updateMode}.
     */
    public int mode;

    /** Current privilege level. */
    public int cpl;

    public long cr0 = 0x80050033L;
    public long cr2;

    /** CR2 before the last page fault, to which a VM exit puts it back. */
    public long previousCr2;

    /** DR6 before the last {@link #debugFault}. */
    public long previousDebugStatus;

    /** What that was about: bits of DR6. */
    public long debugCause;

    public long cr4;
    public long xcr0 = 1;
    public long xss;
    public int pkru;

    /** IA32_EFER; write it through {@link #setEfer}. */
    public long efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;

    public long star;
    public long lstar;
    public long cstar;
    public long fmask;
    public int sysenterCs;
    public long sysenterEsp;
    public long sysenterEip;
    public long kernelGsBase;

    /** Shared by processors whose clocks are to agree; null for none. */
    public ObservedTime observedTime;

    /** Added to {@link #now} to give the TSC. */
    public long tscOffset;

    /** Linear address and limit (bytes - 1) of the GDT; limit -1 when there is none. */
    public long gdtBase;

    public int gdtLimit = -1;
    public long idtBase;
    public int idtLimit = -1;

    /** The local APIC, or null where none is attached. */
    public InterruptController interruptController;

    /** VMX for software in root operation, or null where CPUID does not announce it. */
    public VmxOperation vmx;

    /** CR0 bits that must be 1, as VMX operation has it. */
    public long cr0Required;

    /** The same of CR4. */
    public long cr4Required;

    /** VMX non-root operation, or null outside it. */
    public NonRoot nonRoot;

    /** Length in bytes of the instruction that the last fault belongs to; 0 if it was its fetch. */
    public int faultLength;

    /** What RDMSR and WRMSR reach; null where there are none. */
    public ModelSpecificRegisters msrs;

    /** CR4 bits that exist here, as CPUID must say; MOV to CR4 with any other raises #GP(0). */
    public long cr4Allowed = CR4_IMPLEMENTED;

    /** State components that XCR0 may name, as CPUID must say: all but PKRU. */
    public long xcr0Allowed = 7;

    /** XGETBV with ECX = 1 reads the components in use. */
    public boolean xgetbv1 = true;

    /** XRSTOR takes the compacted format, which came with XSAVEC. */
    public boolean compaction = true;

    /**
     * FERR#, which tells of x87 exceptions while CR0.NE is clear; null where it is not connected,
     * and then they raise #MF all the same.
     */
    public InterruptLine numericError;

    /** The I/O ports, or null where the supervisor answers for them. */
    public AddressSpace ports;

    /** Events that wait for an instruction boundary: {@link #PIN_INTR} and so on. */
    public int pins;

    /**
     * Count of retired instructions below which no interrupt is recognized (SDM vol. 3A, 7.8.3).
     */
    public long shadowUntil;

    /** The same for debug traps, which MOV SS and POP SS hold off. */
    public long debugShadowUntil;

    /** NMIs wait for the next IRET. */
    public boolean nmiBlocked;

    /** An NMI came while they were blocked. */
    public boolean nmiLatched;

    /** Starts by itself after INIT: the bootstrap processor (IA32_APIC_BASE.BSP). */
    public boolean bootstrap;

    /** Behaves as AMD's processors do where the vendors differ. */
    public boolean amd;

    /**
     * A null selector leaves base and limit of a segment register alone, which shows in FS and GS
     * of 64-bit code: AMD's up to family 17h, model 2Fh.
     */
    public boolean nullKeepsBase;

    /** Executes nothing until an event: HLT, MWAIT. */
    public boolean halted;

    /** Has shut down after a triple fault: executes nothing until reset. */
    public boolean shutdown;

    /** Executes nothing until a start-up IPI: after INIT. */
    public boolean waitsForStartup;

    /** DR0..DR7. */
    public final long[] debug = {0, 0, 0, 0, 0, 0, 0xffff0ff0L, 0x400};

    /** Data breakpoints that the instruction at hand has met, as DR6 bits. */
    public long dataBreakpoints;

    /** The same of MOV SS or POP SS, for the trap behind the next instruction. */
    public long heldBreakpoints;

    /** IA32_DEBUGCTL, and the branches that it has recorded. */
    public final BranchRecords branches = new BranchRecords(this);

    /** What MONITOR watches. */
    public final AddressMonitor monitor = new AddressMonitor(this);

    /** x87 and vector registers. */
    public final FpuState fpu = new FpuState();

    /** What RDRAND and RDSEED read. */
    public final RandomSource random = new RandomSource();

    /** IA32_TSC_AUX, which RDTSCP and RDPID read. */
    public int tscAux;

    /** Virtual nanoseconds, and TSC ticks, that passed while the processor did not run. */
    public long idleTime;

    /** Instructions at which translated code returns to the run loop. */
    public long limit;

    /** Machine address of the block that is being executed, or -1 while none can be restarted. */
    public long executing;

    /** Counts invalidations of decoded code, by whatever processor. */
    public long codeVersion;

    /** Which instruction of a region threw; see the engine's {@code RegionCompiler}. */
    public int tracePosition;

    /** The run loop is to return at the next block boundary; set by {@link #requestStop}. */
    public boolean stop;

    private final CpuFault fault = new CpuFault();

    /** A processor in 64-bit mode with flat segments, paging on. */
    public Cpu(PhysicalMemory ram, Supervisor supervisor) {
        super(ram);
        this.supervisor = supervisor;
        for (int segment = ES; segment <= GS; segment++) {
            segmentLimit[segment] = 0xffffffffL;
            segmentAccess[segment] = segment == CS ? FLAT_CODE_64 : FLAT_DATA;
        }
        segmentLimit[LDTR] = -1;
        segmentAccess[LDTR] = ACCESS_UNUSABLE;
        segmentAccess[TR] = ACCESS_UNUSABLE;
        updateMode();
    }

    /** Computes {@link #mode} anew, after a change of CS, SS, DS, ES, CR0, EFER or VM. */
    public void updateMode() {
        int cs = segmentAccess[CS];
        if ((efer & EFER_LMA) != 0 && (cs & ACCESS_LONG) != 0) {
            mode = MODE_64;
            return;
        }
        boolean flat = true;
        for (int segment = ES; segment <= DS; segment++) {
            flat &= segmentBase[segment] == 0 && segmentLimit[segment] == 0xffffffffL;
            if (segment != CS) {
                int rights = ACCESS_CODE | ACCESS_CONFORMING | ACCESS_RW | ACCESS_UNUSABLE;
                flat &= (segmentAccess[segment] & rights) == ACCESS_RW;
            }
        }
        mode =
                ((cs & ACCESS_BIG) != 0 ? MODE_32 : MODE_16)
                        | ((segmentAccess[SS] & ACCESS_BIG) != 0 ? MODE_STACK_32 : 0)
                        | (flat ? 0 : MODE_SEGMENTED);
    }

    /**
     * Fills a segment register, hidden part included.
     *
     * @param limit offset of the last byte, 0 to 0xffffffff
     * @param access as in {@link #segmentAccess}
     */
    public void setSegment(int segment, int sel, long base, long limit, int access) {
        fpu.settle(selector);
        selector[segment] = sel & 0xffff;
        segmentBase[segment] = base;
        segmentLimit[segment] = limit;
        segmentAccess[segment] = access;
        updateMode();
    }

    /** Linear address of the next instruction. */
    public long codeAddress() {
        return (mode & MODE_SIZE) == MODE_64 ? rip : segmentBase[CS] + rip & 0xffffffffL;
    }

    /**
     * Linear address of an operand, with the checks of its segment (SDM vol. 3A, 6.3 and 6.5).
     *
     * @param offset effective address, zero-extended
     * @param size bytes accessed, at least 1
     * @param write whether it is written
     * @throws CpuFault #SS(0) for the stack segment, #GP(0) for others
     */
    public long linear(int segment, long offset, int size, boolean write) {
        if ((mode & MODE_SIZE) == MODE_64) {
            return segment >= FS ? segmentBase[segment] + offset : offset;
        }
        int access = segmentAccess[segment];
        boolean code = (access & ACCESS_CODE) != 0;
        boolean ok = (access & ACCESS_UNUSABLE) == 0;
        if (!realMode() && !virtual8086()) {
            boolean rw = (access & ACCESS_RW) != 0;
            ok &= write ? rw && !code : rw || !code;
        }
        long last = offset + size - 1;
        if (!code && (access & ACCESS_CONFORMING) != 0) { // expand-down
            long top = (access & ACCESS_BIG) != 0 ? 0xffffffffL : 0xffff;
            ok &= offset > segmentLimit[segment] && last <= top;
        } else {
            ok &= last <= segmentLimit[segment];
        }
        if (!ok) {
            throw fault(segment == SS ? CpuFault.SS : CpuFault.GP, 0);
        }
        return segmentBase[segment] + offset & 0xffffffffL;
    }

    /**
     * Linear address of an operand of a string instruction, XLAT or the like, whose segment is DS
     * unless overridden; see {@link #linear}.
     *
     * @param override segment of the prefix, or -1
     */
    public long linearData(int override, long offset, int size, boolean write) {
        int segment = override < 0 ? DS : override;
        boolean flat = (mode & MODE_SEGMENTED) == 0 && segment != CS && segment < FS;
        return flat ? offset : linear(segment, offset, size, write);
    }

    /** Bits of RSP that are the stack pointer. */
    public long stackMask() {
        if ((mode & MODE_SIZE) == MODE_64) {
            return -1;
        }
        return (mode & MODE_STACK_32) != 0 ? 0xffffffffL : 0xffff;
    }

    /**
     * Linear address of a stack operand at an offset that {@link #stackMask} has been applied to.
     */
    public long linearStack(long offset, int size, boolean write) {
        return (mode & MODE_SEGMENTED) == 0 ? offset : linear(SS, offset, size, write);
    }

    /** Sets the stack pointer, leaving the bits of RSP alone that are not part of it. */
    public void setStackPointer(long sp) {
        long mask = stackMask();
        regs[RSP] = mask == 0xffff ? regs[RSP] & ~mask | sp & mask : sp & mask;
    }

    /**
     * Goes to a near branch target.
     *
     * @throws CpuFault #GP(0) beyond the code segment's limit or at a non-canonical address
     */
    public void branch(long target) {
        if ((mode & MODE_SIZE) == MODE_64 ? !canonical(target) : target > segmentLimit[CS]) {
            throw generalProtection();
        }
        rip = target;
    }

    /** Writes a debug register, whose reserved bits the caller has dealt with. */
    public void setDebug(int register, long value) {
        debug[register] = value;
        if (register != 6) {
            watchData();
        }
    }

    /** Whether any of DR0..DR3 is enabled in DR7. */
    public boolean breakpointsEnabled() {
        return (debug[7] & 0xff) != 0;
    }

    /**
     * Which enabled breakpoints an access meets (SDM vol. 3B, 18.2.4 and 18.2.5).
     *
     * @param kind {@link #BREAK_EXECUTE}, {@link #BREAK_WRITE}, {@link #BREAK_IO} or {@link
     *     #BREAK_READ}
     * @return bits 0 to 3 as in DR6
     */
    public long breakpoints(long address, int size, int kind) {
        long hits = 0;
        for (int i = 0; i < 4; i++) {
            int condition = (int) (debug[7] >> 16 + 4 * i) & 3;
            boolean execute = condition == BREAK_EXECUTE;
            boolean meant =
                    switch (condition) {
                        case BREAK_READ -> kind == BREAK_READ || kind == BREAK_WRITE;
                        case BREAK_IO -> kind == BREAK_IO && (cr4 & CR4_DE) != 0;
                        default -> kind == condition;
                    };
            if ((debug[7] >> 2 * i & 3) == 0 || !meant) {
                continue;
            }
            int code = (int) (debug[7] >> 18 + 4 * i) & 3;
            int length = execute ? 1 : code == 2 ? 8 : code + 1;
            long from = debug[i] & -length;
            if (from < address + size && address < from + length) {
                hits |= 1L << i;
            }
        }
        return hits;
    }

    /** Whether the processor runs in real-address mode. */
    public boolean realMode() {
        return (cr0 & CR0_PE) == 0;
    }

    /** Whether the processor runs in virtual-8086 mode. */
    public boolean virtual8086() {
        return (eflags & Flags.VM) != 0;
    }

    /** Whether IA-32e mode is active (64-bit or compatibility mode). */
    public boolean longMode() {
        return (efer & EFER_LMA) != 0;
    }

    /** Writes IA32_EFER, whose bits the caller has checked, and follows LME with LMA. */
    public void setEfer(long value) {
        efer = value & ~(long) EFER_LMA | efer & EFER_LMA;
        updateMode();
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

    /**
     * As {@link #now}, for software and devices to see: not before what another processor of the
     * machine has seen.
     */
    public long observeNow() {
        return observedTime == null ? now() : observedTime.observe(this);
    }

    /**
     * To be called before a store that something must follow before the next instruction: has the
     * instruction executed again on its own, unless it already is.
     */
    public void requireSingle() {
        if (executing >= 0 && !codeWatcher.single()) {
            throw CodeWriteFault.INSTANCE;
        }
    }

    /** Asks the run loop to return at the next block boundary. */
    public void requestStop() {
        stop = true;
        attend();
    }

    /** Lets translated code return to the run loop at the next block boundary. */
    public void attend() {
        limit = 0; // not less: translated code subtracts the count of instructions
    }

    /** Makes this processor's exception; the caller throws it. */
    public CpuFault fault(int vector, int errorCode) {
        fault.vector = vector;
        fault.errorCode = errorCode;
        fault.nonCanonical = false;
        return fault;
    }

    /**
     * #DB, with DR6 set.
     *
     * @param cause bits of DR6: breakpoints met, BD, BS or BT
     */
    public CpuFault debugFault(long cause) {
        previousDebugStatus = debug[6];
        debugCause = cause;
        debug[6] = debug[6] & ~15L | cause;
        return fault(CpuFault.DB, 0);
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
     * Loads a data segment register in the current mode: SDM vol. 2B, MOV, "loading a segment
     * register".
     *
     * @param segment {@link #ES}, {@link #SS}, {@link #DS}, {@link #FS} or {@link #GS}
     * @throws CpuFault #GP, #NP or #SS with the selector as error code
     */
    public void loadSegment(int segment, int sel) {
        SegmentLoader.load(this, segment, sel & 0xffff);
    }

    /**
     * Sets the accessed flag of a segment descriptor in its table, unless the supervisor owns the
     * tables.
     *
     * @param descriptor as {@link #descriptor} has read it
     * @return the descriptor with the flag set
     */
    public long markAccessed(int sel, long descriptor) {
        long marked = descriptor | 1L << 40;
        if (marked != descriptor && !supervisor.ownsDescriptors()) {
            long table = (sel & 4) != 0 ? segmentBase[LDTR] : gdtBase;
            storeSystem8(table + (sel & 0xfff8) + 5, (byte) (marked >>> 40));
        }
        return marked;
    }

    /** Offset of the last byte of the local descriptor table; -1 where there is none. */
    public long localTableLimit() {
        return (segmentAccess[LDTR] & ACCESS_UNUSABLE) != 0 ? -1 : segmentLimit[LDTR];
    }

    /** Holds interrupts off until one more instruction has retired: STI. */
    public void inhibitInterrupts() {
        shadowUntil = instructions + 1;
    }

    /** Holds interrupts and debug traps off until one more instruction has retired: MOV, POP SS. */
    public void inhibitDebug() {
        inhibitInterrupts();
        debugShadowUntil = shadowUntil;
    }

    /**
     * Reads a descriptor with supervisor rights from the GDT or LDT.
     *
     * @throws CpuFault #GP(selector) beyond the limit; #PF if the table is not mapped
     */
    public long descriptor(int sel) {
        boolean local = (sel & 4) != 0;
        long limit = local ? localTableLimit() : gdtLimit;
        int offset = sel & 0xfff8;
        if (offset + 7 > limit) {
            throw fault(CpuFault.GP, sel & 0xfffc);
        }
        return loadSystem64((local ? segmentBase[LDTR] : gdtBase) + offset);
    }
}
