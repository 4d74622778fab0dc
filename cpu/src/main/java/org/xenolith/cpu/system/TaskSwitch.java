package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;

/**
 * Hardware task switches with 16- and 32-bit task-state segments (SDM vol. 3A, 8.3). What is
 * checked after the task register has been loaded faults in the new task.
 */
final class TaskSwitch {
    private static final int TSS_16 = 1;
    private static final int TSS_32 = 9;
    private static final int BUSY = 2;
    private static final int LDT = 2;
    private static final int LIMIT_16 = 0x2b;
    private static final int LIMIT_32 = 0x67;
    private static final int CR3 = 28;
    private static final int EIP = 32;
    private static final int REGISTERS = 40;
    private static final int SELECTORS = 72;
    private static final int LDT_SELECTOR = 96;
    private static final int TRAP = 100;
    private static final int IP_16 = 14;
    private static final int REGISTERS_16 = 18;
    private static final int SELECTORS_16 = 34;
    private static final int LDT_SELECTOR_16 = 42;
    private static final long DR6_BT = 1 << 15;
    private static final int DR7_LOCAL = 0x155;

    // what asks for a task switch, in the qualification of a VM exit (SDM vol. 3C, table 28-2)
    private static final long BY_CALL = 0;
    private static final long BY_RETURN = 1;
    private static final long BY_JUMP = 2;
    private static final long BY_EVENT = 3;
    private static final int SOURCE_SHIFT = 30;

    private enum Cause {
        JUMP,
        CALL,
        RETURN
    }

    private final Cpu cpu;
    private final Cause cause;
    private final int selector;
    private final long descriptor;
    private final boolean new32;
    private final long base;

    /** What the new TSS holds, read before anything changes. */
    private final long[] registers = new long[8];

    private final int[] selectors = new int[6];
    private long newCr3;
    private long newFlags;
    private long newIp;
    private int newLdt;
    private boolean trap;

    private TaskSwitch(Cpu cpu, Cause cause, int selector, long descriptor) {
        this.cpu = cpu;
        this.cause = cause;
        this.selector = selector;
        this.descriptor = descriptor;
        this.new32 = (Descriptor.type(descriptor) & 8) != 0;
        this.base = Descriptor.base(descriptor);
    }

    /** JMP or CALL to a TSS or through a task gate. */
    static void direct(Cpu c, int selector, boolean call) {
        long d = available(c, selector, CpuFault.GP, CpuFault.GP, false);
        intercept(c, selector, call ? BY_CALL : BY_JUMP);
        new TaskSwitch(c, call ? Cause.CALL : Cause.JUMP, selector, d).run();
    }

    /** An interrupt or exception through a task gate. */
    static void interrupt(Cpu c, int selector, Event event) {
        long d = available(c, selector, CpuFault.GP, CpuFault.GP, false);
        intercept(c, selector, BY_EVENT);
        TaskSwitch task = new TaskSwitch(c, Cause.CALL, selector, d);
        task.switchState(event.fault());
        if (event.hasCode()) {
            StackView stack = StackView.current(c);
            stack.push(event.code(), task.new32 ? 4 : 2);
            stack.commit();
        }
        task.requireEntry();
    }

    /** IRET with NT set. */
    static void returnToCaller(Cpu c) {
        c.executing = -1;
        int selector = c.loadSystem16(c.segmentBase[Cpu.TR] & 0xffffffffL) & 0xffff;
        long d = available(c, selector, CpuFault.TS, CpuFault.TS, true);
        intercept(c, selector, BY_RETURN);
        new TaskSwitch(c, Cause.RETURN, selector, d).run();
    }

    /** VMX non-root operation exits instead, once the new task's descriptor has been checked. */
    private static void intercept(Cpu c, int selector, long source) {
        if (c.nonRoot != null) {
            throw c.nonRoot.exit(ExitReason.TASK_SWITCH, selector | source << SOURCE_SHIFT);
        }
    }

    private static long available(Cpu c, int selector, int table, int type, boolean busy) {
        int error = selector & 0xfffc;
        if ((selector & 0xfffc) == 0) {
            throw c.fault(table, 0);
        }
        long d = SystemSegments.systemDescriptor(c, selector, table);
        int wanted = busy ? BUSY : 0;
        int found = Descriptor.type(d);
        if (found != (TSS_16 | wanted) && found != (TSS_32 | wanted)) {
            throw c.fault(type, error);
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        boolean is32 = (found & 8) != 0;
        if (Descriptor.limit(d) < (is32 ? LIMIT_32 : LIMIT_16)) {
            throw c.fault(CpuFault.TS, error);
        }
        return d;
    }

    /** Faults behind the switch belong to the new task, whose registers are in place by then. */
    private void run() {
        try {
            switchState(false);
            requireEntry();
        } catch (CpuFault fault) {
            if (cpu.selector[Cpu.TR] != selector) {
                throw fault;
            }
            cpu.supervisor.exception(cpu, fault.vector, fault.errorCode);
        }
    }

    private void switchState(boolean restart) {
        read();
        save(restart);
        Cpu c = cpu;
        int oldSelector = c.selector[Cpu.TR];
        if (cause != Cause.CALL) {
            long old = c.descriptor(oldSelector & ~4);
            SystemSegments.writeBusy(c, oldSelector, old, false);
        }
        if (cause == Cause.CALL) {
            c.storeSystem16(linear(0), (short) oldSelector);
            newFlags |= Flags.NT;
        }
        if (cause != Cause.RETURN) {
            SystemSegments.writeBusy(c, selector, descriptor, true);
        }
        int access = Descriptor.access(descriptor) | BUSY;
        c.setSegment(Cpu.TR, selector, base, Descriptor.limit(descriptor), access);
        c.cr0 |= Cpu.CR0_TS;
        load();
    }

    // ---- the segments in memory ----------------------------------------------------------------

    private long linear(int offset) {
        return base + offset & 0xffffffffL;
    }

    private void read() {
        for (int i = 0; i < 8; i++) {
            registers[i] = new32 ? word32(REGISTERS + 4 * i) : word16(REGISTERS_16 + 2 * i);
        }
        if (new32) {
            newCr3 = word32(CR3);
            newIp = word32(EIP);
            newFlags = word32(EIP + 4);
            newLdt = word16(LDT_SELECTOR);
            trap = (word16(TRAP) & 1) != 0;
        } else {
            newIp = word16(IP_16);
            newFlags = word16(IP_16 + 2);
            newLdt = word16(LDT_SELECTOR_16);
        }
        for (int segment = Cpu.ES; segment <= (new32 ? Cpu.GS : Cpu.DS); segment++) {
            selectors[segment] =
                    word16(new32 ? SELECTORS + 4 * segment : SELECTORS_16 + 2 * segment);
        }
        cpu.storeSystem16(linear(0), cpu.loadSystem16(linear(0))); // fails while it still may
    }

    private long word32(int offset) {
        return cpu.loadSystem32(linear(offset)) & 0xffffffffL;
    }

    private int word16(int offset) {
        return cpu.loadSystem16(linear(offset)) & 0xffff;
    }

    private void save(boolean restart) {
        Cpu c = cpu;
        long at = c.segmentBase[Cpu.TR];
        boolean old32 = (c.segmentAccess[Cpu.TR] & 8) != 0;
        long flags = Flags.get(c) & ~(long) Flags.RF | (restart ? Flags.RF : 0);
        if (cause == Cause.RETURN) {
            flags &= ~(long) Flags.NT;
        }
        if ((c.segmentAccess[Cpu.TR] & Cpu.ACCESS_UNUSABLE) != 0
                || c.segmentLimit[Cpu.TR] < (old32 ? 0x5f : 0x29)) {
            throw c.fault(CpuFault.TS, c.selector[Cpu.TR] & 0xfffc);
        }
        if (old32) {
            c.storeSystem32(at + EIP & 0xffffffffL, (int) c.rip);
            c.storeSystem32(at + EIP + 4 & 0xffffffffL, (int) flags);
        } else {
            c.storeSystem16(at + IP_16 & 0xffffffffL, (short) c.rip);
            c.storeSystem16(at + IP_16 + 2 & 0xffffffffL, (short) flags);
        }
        for (int i = 0; i < 8; i++) {
            if (old32) {
                c.storeSystem32(at + REGISTERS + 4 * i & 0xffffffffL, (int) c.regs[i]);
            } else {
                c.storeSystem16(at + REGISTERS_16 + 2 * i & 0xffffffffL, (short) c.regs[i]);
            }
        }
        for (int segment = Cpu.ES; segment <= (old32 ? Cpu.GS : Cpu.DS); segment++) {
            int offset = old32 ? SELECTORS + 4 * segment : SELECTORS_16 + 2 * segment;
            c.storeSystem16(at + offset & 0xffffffffL, (short) c.selector[segment]);
        }
    }

    // ---- the new task --------------------------------------------------------------------------

    private void load() {
        Cpu c = cpu;
        if (new32 && (c.cr0 & Cpu.CR0_PG) != 0) {
            ControlRegisters.switchRoot(c, newCr3);
        }
        for (int i = 0; i < 8; i++) {
            // A 16-bit TSS leaves ones in the upper halves: not in the SDM, but test386.asm's
            // author
            // has seen it on processors.
            c.regs[i] = new32 ? registers[i] : 0xffff0000L | registers[i];
        }
        Flags.set(c, newFlags & 0x3fffff);
        c.rip = newIp;
        c.setDebug(7, c.debug[7] & ~(long) DR7_LOCAL);
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            c.setSegment(segment, selectors[segment], 0, 0, Cpu.ACCESS_UNUSABLE);
        }
        c.setSegment(Cpu.LDTR, newLdt, 0, -1, Cpu.ACCESS_UNUSABLE);
        c.cpl = c.virtual8086() ? 3 : selectors[Cpu.CS] & 3;
        c.privilegeChanged();
        loadLdt();
        if (c.virtual8086()) {
            for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
                int sel = selectors[segment];
                c.setSegment(segment, sel, (long) sel << 4, 0xffff, SegmentImage.ACCESS_8086);
            }
        } else {
            loadCode();
            SegmentImage ss = SegmentImage.stack(c, selectors[Cpu.SS], c.cpl, CpuFault.TS);
            ss.touch(c);
            ss.enterStack(c);
            for (int segment : new int[] {Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS}) {
                loadData(segment);
            }
        }
    }

    private void loadLdt() {
        int error = newLdt & 0xfffc;
        if (error == 0) {
            return;
        }
        long d = SystemSegments.systemDescriptor(cpu, newLdt, CpuFault.TS);
        if (Descriptor.type(d) != LDT || !Descriptor.present(d)) {
            throw cpu.fault(CpuFault.TS, error);
        }
        cpu.setSegment(
                Cpu.LDTR, newLdt, Descriptor.base(d), Descriptor.limit(d), Descriptor.access(d));
    }

    private void loadCode() {
        int cs = selectors[Cpu.CS];
        int error = cs & 0xfffc;
        SegmentImage code;
        try {
            code = SegmentImage.code(cpu, cs);
        } catch (CpuFault fault) {
            throw fault.vector == CpuFault.GP ? cpu.fault(CpuFault.TS, error) : fault;
        }
        int dpl = Descriptor.dpl(code.descriptor());
        int rpl = cs & 3;
        boolean fits = Descriptor.conforming(code.descriptor()) ? dpl <= rpl : dpl == rpl;
        if (!fits) {
            throw cpu.fault(CpuFault.TS, error);
        }
        code.requirePresent(cpu).touch(cpu);
        code.enterCode(cpu, rpl);
    }

    private void loadData(int segment) {
        try {
            cpu.loadSegment(segment, selectors[segment]);
        } catch (CpuFault fault) {
            throw fault.vector == CpuFault.GP ? cpu.fault(CpuFault.TS, fault.errorCode) : fault;
        }
    }

    /** The new task's first instruction must lie in its code segment; its T flag traps. */
    private void requireEntry() {
        if (cpu.rip > cpu.segmentLimit[Cpu.CS]) {
            throw cpu.generalProtection();
        }
        if (trap) {
            throw cpu.debugFault(DR6_BT);
        }
    }
}
