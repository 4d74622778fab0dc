package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;
import org.xenolith.cpu.state.Flags;

/**
 * Delivers one interrupt or exception through the guest's interrupt table (SDM vol. 3A, 7.12 to
 * 7.14, vol. 3B, 21.1.4 and 21.3). {@code cpu.rip} is the address to return to. A fault on the way
 * leaves all registers as they were, unless it arises in a new task.
 */
final class EventDelivery {
    private static final int GATE_TASK = 5;
    private static final int GATE_INTERRUPT_16 = 6;
    private static final int GATE_TRAP_16 = 7;
    private static final int GATE_INTERRUPT = 14;
    private static final int GATE_TRAP = 15;
    private static final int IDT_ERROR = 2;
    private static final int VIRTUAL_FLAGS_SHIFT = 10; // from IF to VIF
    private static final int CLEARED = Flags.TF | Flags.NT | Flags.RF | Flags.VM;

    private EventDelivery() {}

    static void deliver(Cpu c, Event event) {
        c.executing = -1;
        try {
            if (c.realMode()) {
                real(c, event, c.idtBase, c.idtLimit, Flags.get(c));
            } else if (c.virtual8086() && event.source() == Event.Source.INT) {
                virtualInterrupt(c, event);
            } else {
                guarded(c, event);
            }
        } catch (CpuFault fault) {
            switch (fault.vector) {
                case CpuFault.TS, CpuFault.NP, CpuFault.SS, CpuFault.GP ->
                        fault.errorCode |= event.external();
                default -> {}
            }
            throw fault;
        }
    }

    // ---- 8086 style ----------------------------------------------------------------------------

    private static void real(Cpu c, Event event, long table, int limit, long pushed) {
        int vector = event.vector();
        if (4 * vector + 3 > limit) {
            throw c.fault(CpuFault.GP, vector << 3 | IDT_ERROR);
        }
        int entry = c.loadSystem32(table + 4L * vector & 0xffffffffL);
        StackView stack = StackView.current(c);
        stack.push(pushed, 2);
        stack.push(c.selector[Cpu.CS], 2);
        stack.push(c.rip, 2);
        stack.commit();
        SystemSegments.setRealCode(c, entry >>> 16);
        c.rip = entry & 0xffff;
        int cleared =
                c.virtual8086()
                        ? Flags.TF | Flags.RF | Flags.NT
                        : Flags.IF | Flags.TF | Flags.AC | Flags.RF;
        c.eflags &= ~(long) cleared;
        c.privilegeChanged();
    }

    private static void virtualInterrupt(Cpu c, Event event) {
        int iopl = (int) (c.eflags >> 12) & 3;
        boolean own = (c.cr4 & Cpu.CR4_VME) != 0 && TaskState.redirects(c, event.vector());
        if (!own) {
            if (iopl < 3) {
                throw c.generalProtection();
            }
            guarded(c, event);
            return;
        }
        long flags = Flags.get(c);
        if (iopl == 3) {
            real(c, event, 0, 0xffff, flags);
            c.eflags &= ~(long) Flags.IF;
        } else {
            long virtual = (flags & Flags.VIF) >> VIRTUAL_FLAGS_SHIFT;
            real(c, event, 0, 0xffff, flags & ~(long) Flags.IF | virtual | Flags.IOPL);
            c.eflags &= ~(long) Flags.VIF;
        }
    }

    // ---- through a gate ------------------------------------------------------------------------

    private static void guarded(Cpu c, Event event) {
        boolean longMode = c.longMode();
        int vector = event.vector();
        int entrySize = longMode ? 16 : 8;
        int error = vector << 3 | IDT_ERROR;
        if (entrySize * vector + entrySize - 1 > c.idtLimit) {
            throw c.fault(CpuFault.GP, error);
        }
        long at = c.idtBase + (long) entrySize * vector;
        long gate = c.loadSystem64(longMode ? at : at & 0xffffffffL);
        long high = longMode ? c.loadSystem64(at + 8) : 0;
        int type = Descriptor.type(gate);
        boolean known =
                switch (type) {
                    case GATE_INTERRUPT, GATE_TRAP -> true;
                    case GATE_TASK, GATE_INTERRUPT_16, GATE_TRAP_16 -> !longMode;
                    default -> false;
                };
        if (!known || event.software() && Descriptor.dpl(gate) < c.cpl) {
            throw c.fault(CpuFault.GP, error);
        }
        if (!Descriptor.present(gate)) {
            throw c.fault(CpuFault.NP, error);
        }
        if (type == GATE_TASK) {
            TaskSwitch.interrupt(c, Descriptor.gateSelector(gate), event);
            return;
        }
        SegmentImage code = SegmentImage.code(c, Descriptor.gateSelector(gate));
        long target = code.descriptor();
        int selectorError = code.selector() & 0xfffc;
        if (Descriptor.dpl(target) > c.cpl || longMode && !code.is64()) {
            throw c.fault(CpuFault.GP, selectorError);
        }
        code.requirePresent(c);
        int cpl = Descriptor.conforming(target) ? c.cpl : Descriptor.dpl(target);
        if (c.virtual8086() && cpl != 0) {
            throw c.fault(CpuFault.GP, selectorError);
        }
        long offset = Descriptor.gateOffset(gate);
        if (longMode) {
            long rip = offset | high << 32;
            enter64(c, event, code, cpl, rip, (int) (gate >>> 32) & 7);
        } else {
            enter32(c, event, code, cpl, type >= GATE_INTERRUPT ? offset : offset & 0xffff, type);
        }
        int cleared = CLEARED | ((type & 1) == 0 ? Flags.IF : 0);
        Flags.set(c, Flags.get(c) & ~(long) cleared);
        c.updateMode();
        c.privilegeChanged();
    }

    private static void enter64(
            Cpu c, Event event, SegmentImage code, int cpl, long rip, int interruptStack) {
        boolean inner = cpl < c.cpl;
        long sp = c.regs[Cpu.RSP];
        if (interruptStack != 0) {
            sp = TaskState.pointer64(c, interruptStack + 3);
        } else if (inner) {
            sp = TaskState.pointer64(c, cpl);
        }
        code.requireInside(c, rip);
        StackView stack = StackView.flat(c, sp, cpl);
        stack.align16();
        stack.push(c.selector[Cpu.SS], 8);
        stack.push(c.regs[Cpu.RSP], 8);
        stack.push(pushedFlags(c, event), 8);
        stack.push(c.selector[Cpu.CS], 8);
        stack.push(c.rip, 8);
        if (event.hasCode()) {
            stack.push(event.code() & 0xffffffffL, 8);
        }
        code.touch(c);
        code.enterCode(c, cpl);
        if (inner) {
            new SegmentImage(cpl, 0).enterStack(c);
        }
        c.regs[Cpu.RSP] = stack.pointer();
        c.rip = rip;
    }

    private static void enter32(
            Cpu c, Event event, SegmentImage code, int cpl, long eip, int type) {
        int size = type >= GATE_INTERRUPT ? 4 : 2;
        boolean inner = cpl < c.cpl;
        boolean from8086 = c.virtual8086();
        SegmentImage ss = null;
        StackView stack;
        if (inner) {
            int selector = TaskState.stackSelector(c, cpl);
            ss = SegmentImage.stack(c, selector, cpl, CpuFault.TS);
            stack = StackView.segment(c, ss, TaskState.stackPointer(c, cpl), cpl);
        } else {
            stack = StackView.current(c);
        }
        code.requireInside(c, eip);
        if (from8086) {
            stack.push(c.selector[Cpu.GS], size);
            stack.push(c.selector[Cpu.FS], size);
            stack.push(c.selector[Cpu.DS], size);
            stack.push(c.selector[Cpu.ES], size);
        }
        if (inner) {
            stack.push(c.selector[Cpu.SS], size);
            stack.push(c.regs[Cpu.RSP], size);
        }
        stack.push(pushedFlags(c, event), size);
        stack.push(c.selector[Cpu.CS], size);
        stack.push(c.rip, size);
        if (event.hasCode()) {
            stack.push(event.code(), size);
        }
        code.touch(c);
        if (ss != null) {
            ss.touch(c);
        }
        if (from8086) {
            c.eflags &= ~(long) Flags.VM;
            for (int segment : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
                c.setSegment(segment, 0, 0, 0, Cpu.ACCESS_UNUSABLE);
            }
        }
        code.enterCode(c, cpl);
        if (ss != null) {
            ss.enterStack(c);
        }
        stack.commit();
        c.rip = eip;
    }

    /** RF is set in the image of a fault, so that the restarted instruction does not trap again. */
    static long pushedFlags(Cpu c, Event event) {
        return Flags.get(c) & ~(long) Flags.RF | (event.fault() ? Flags.RF : 0);
    }
}
