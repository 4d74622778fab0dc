package org.xenolith.cpu.system;

import org.xenolith.cpu.bus.AddressSpace;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.InterruptController;
import org.xenolith.cpu.state.PageWalker;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/**
 * A processor at privilege level 0 with descriptor tables in RAM, all of which is mapped one to
 * one. Each interrupt handler is a HLT, so that the place where it stops tells the vector.
 */
final class NativeMachine implements InterruptController {
    static final int GDT = 0x2000;
    static final int IDT = 0x3000;
    static final int TSS = 0x4000;
    static final int TSS_2 = 0x5000;
    static final int LDT = 0x6000;
    static final int STACK_0 = 0x8000;
    static final int STACK_IST = 0x9000;
    static final int STACK_3 = 0xa000;
    static final int CODE = 0x10000;
    static final int HANDLERS = 0x20000;
    static final int USER = 0x30000;
    static final int RAM = 4 << 20;

    static final int CS_0 = 0x08;
    static final int DS_0 = 0x10;
    static final int CS_3_32 = 0x1b;
    static final int DS_3 = 0x23;
    static final int CS_3 = 0x2b;
    static final int TR = 0x30;
    static final int SPARE = 0x40;
    static final int SPARE_2 = 0x50;

    static final int SIGNATURE = 0x806e9;

    final PhysicalMemory ram = new PhysicalMemory(RAM);
    final NativeSupervisor supervisor =
            new NativeSupervisor(
                    c -> c.regs[Cpu.RAX] = SIGNATURE, c -> this.shutDowns++, SIGNATURE);
    final Cpu cpu = new Cpu(ram, supervisor);
    final Interpreter interpreter;
    final CodeCache cache;
    final Pins pins = new Pins(cpu);
    final Deque<Integer> pending = new ArrayDeque<>();
    final boolean wide;
    int shutDowns;
    private long root;

    private NativeMachine(boolean wide) {
        this(wide, null);
    }

    private NativeMachine(boolean wide, CpuModel model) {
        this.wide = wide;
        cache = model == null ? new CodeCache(ram) : new CodeCache(ram, model.opcodes());
        if (model != null) {
            model.configure(cpu);
        }
        interpreter = new Interpreter(cpu, cache);
        cpu.ports = new AddressSpace("port");
        cpu.interruptController = this;
        ProcessorReset.powerOn(cpu, SIGNATURE);
        tables();
    }

    /** 64-bit mode. */
    static NativeMachine long64() {
        return long64(null);
    }

    /** 64-bit mode of a processor model, or of one that has everything for null. */
    static NativeMachine long64(CpuModel model) {
        NativeMachine m = new NativeMachine(true, model);
        Cpu c = m.cpu;
        c.cr4 = Cpu.CR4_PAE;
        c.efer = Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_SCE | Cpu.EFER_NXE;
        c.cr0 = 0x80050033L;
        m.put(CS_0, 0x00af9b000000ffffL);
        m.put(CS_3, 0x00affb000000ffffL);
        m.put(TR, descriptor(TSS, 0x67, 0x89));
        m.put(TR + 8, 0);
        m.ram.put64(TSS + 4, STACK_0);
        m.ram.put64(TSS + 36, STACK_IST);
        m.map();
        m.start();
        return m;
    }

    /** 32-bit protected mode without paging. */
    static NativeMachine protected32() {
        return protected32(null);
    }

    /** 32-bit protected mode of a processor model, or of one that has everything for null. */
    static NativeMachine protected32(CpuModel model) {
        NativeMachine m = new NativeMachine(false, model);
        m.cpu.cr0 = 0x00050033;
        m.put(CS_0, 0x00cf9b000000ffffL);
        m.put(CS_3, 0x00cffb000000ffffL);
        m.put(TR, descriptor(TSS, 0x2067, 0x89));
        m.ram.put32(TSS + 4, STACK_0);
        m.ram.put32(TSS + 8, DS_0);
        m.ram.put16(TSS + 102, (short) 0x68);
        m.map();
        m.start();
        return m;
    }

    /** Real-address mode with the code at 1000:0000. */
    static NativeMachine real() {
        NativeMachine m = new NativeMachine(false);
        for (int vector = 0; vector < 256; vector++) {
            m.ram.put32(4L * vector, HANDLERS >> 4 << 16 | 16 * vector);
        }
        m.cpu.idtLimit = 0x3ff;
        m.cpu.setSegment(Cpu.CS, CODE >> 4, CODE, 0xffff, 0x9b);
        m.cpu.regs[Cpu.RSP] = STACK_0;
        return m;
    }

    /** Makes the page tables current, which map all RAM. */
    void map() {
        cpu.setCr3(root);
        cpu.updatePaging();
    }

    private void tables() {
        long next = RAM;
        long l4 = next -= 4096;
        long l3 = next -= 4096;
        long l2 = next -= 4096;
        int flags = PageWalker.PRESENT | PageWalker.WRITE | PageWalker.USER;
        ram.put64(l4, l3 | flags);
        ram.put64(l3, l2 | flags);
        for (int i = 0; i < RAM >> 21; i++) {
            ram.put64(l2 + 8L * i, (long) i << 21 | flags | PageWalker.PAGE_SIZE_BIT);
        }
        root = l4;
        map();
        put(DS_0, 0x00cf93000000ffffL);
        put(CS_3_32, 0x00cffb000000ffffL);
        put(DS_3, 0x00cff3000000ffffL);
        for (int vector = 0; vector < 256; vector++) {
            ram.put8(HANDLERS + 16L * vector, (byte) 0xf4);
        }
    }

    private void start() {
        Cpu c = cpu;
        c.gdtBase = GDT;
        c.gdtLimit = 0x7f;
        c.idtBase = IDT;
        c.idtLimit = 0xfff;
        for (int vector = 0; vector < 256; vector++) {
            gate(vector, 0x8e, CS_0, 0);
        }
        ring(0);
        SystemSegments.loadTaskRegister(c, TR);
    }

    /** Loads code and stack segments of a privilege level and a stack pointer. */
    void ring(int level) {
        Cpu c = cpu;
        c.cpl = level;
        int cs = level == 0 ? CS_0 : CS_3;
        int ss = level == 0 ? DS_0 : DS_3;
        new SegmentImage(cs, c.descriptor(cs)).enterCode(c, level);
        for (int segment : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            c.loadSegment(segment, ss);
        }
        c.regs[Cpu.RSP] = level == 0 ? STACK_0 - 0x100 : STACK_3;
    }

    void put(int selector, long descriptor) {
        ram.put64(GDT + (selector & 0xfff8), descriptor);
    }

    long get(int selector) {
        return ram.get64(GDT + (selector & 0xfff8));
    }

    static long descriptor(long base, int limit, int access) {
        return limit & 0xffffL
                | (base & 0xffffff) << 16
                | (long) access << 40
                | (long) (limit >> 16 & 15) << 48
                | (base >> 24 & 0xff) << 56;
    }

    /** A gate of the vector to its handler. */
    void gate(int vector, int access, int selector, int ist) {
        int offset = HANDLERS + 16 * vector;
        long low = gateBits(access, selector, offset) | (long) ist << 32;
        if (wide) {
            ram.put64(IDT + 16L * vector, low);
            ram.put64(IDT + 16L * vector + 8, 0);
        } else {
            ram.put64(IDT + 8L * vector, low);
        }
    }

    static long gateBits(int access, int selector, int offset) {
        return offset & 0xffffL
                | (long) selector << 16
                | (long) access << 40
                | (long) (offset >>> 16) << 48;
    }

    /** Runs code at {@link #CODE}, or {@link #USER} at level 3, until it halts. */
    void run(String hex) {
        place(cpu.cpl == 3 ? USER : CODE, hex);
        cpu.rip = cpu.cpl == 3 ? USER : cpu.realMode() ? 0 : CODE;
        go();
    }

    void place(int at, String hex) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        cache.beforeExternalWrite(at, code.length);
        ram.write(at, code, 0, code.length);
    }

    /** Runs on until HLT. */
    void go() {
        cpu.halted = false;
        interpreter.run(1000);
    }

    /** Vector of the handler that halted, or -1. */
    int vector() {
        long at = cpu.codeAddress() - 1 - HANDLERS;
        return cpu.halted && at >= 0 && at < 4096 && at % 16 == 0 ? (int) at / 16 : -1;
    }

    /** A word of the frame on the handler's stack. */
    long frame(int index) {
        long base = wide ? 0 : cpu.segmentBase[Cpu.SS];
        long at = base + cpu.regs[Cpu.RSP] + (wide ? 8L : 4L) * index;
        return wide ? ram.get64(at) : ram.get32(at) & 0xffffffffL;
    }

    void interrupt(int vector) {
        pending.add(vector);
        pins.signalInterrupt(true);
    }

    void flags(long value) {
        Flags.set(cpu, value);
    }

    @Override
    public int acknowledge() {
        int vector = pending.isEmpty() ? -1 : pending.remove();
        pins.signalInterrupt(!pending.isEmpty());
        return vector;
    }

    /** Nothing is in service: requests have no order here. */
    @Override
    public void endOfInterrupt() {}

    @Override
    public int taskPriority() {
        return 0;
    }

    @Override
    public void taskPriority(int priority) {}

    @Override
    public boolean ownsMsr(int msr) {
        return false;
    }

    @Override
    public long readMsr(int msr) {
        throw cpu.generalProtection();
    }

    @Override
    public void writeMsr(int msr, long value) {
        throw cpu.generalProtection();
    }
}
