package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Descriptor;

/** Far JMP, CALL and RET (SDM vol. 1, 6.4, and vol. 3A, 6.8). */
public final class FarControl {
    private static final int TSS_16 = 1;
    private static final int CALL_GATE_16 = 4;
    private static final int TASK_GATE = 5;
    private static final int TSS = 9;
    private static final int CALL_GATE = 12;
    private static final int MAX_PARAMETERS = 31;

    private FarControl() {}

    /**
     * Far JMP.
     *
     * @param size operand size in bytes, that of {@code offset}
     */
    public static void jump(Cpu c, int selector, long offset, int size) {
        c.executing = -1;
        int sel = selector & 0xffff;
        long target = truncate(offset, size);
        if (c.realMode() || c.virtual8086()) {
            requireRealOffset(c, target);
            SystemSegments.setRealCode(c, sel);
            c.rip = target;
            return;
        }
        if ((sel & ~3) == 0) {
            throw c.generalProtection();
        }
        long d = c.descriptor(sel);
        if ((Descriptor.type(d) & 16) == 0) {
            throughSystem(c, sel, d, false);
            return;
        }
        SegmentImage code = direct(c, sel);
        code.requireInside(c, target);
        code.touch(c);
        code.enterCode(c, c.cpl);
        c.rip = target;
    }

    /** Far CALL; see {@link #jump}. */
    public static void call(Cpu c, int selector, long offset, int size) {
        c.executing = -1;
        int sel = selector & 0xffff;
        long target = truncate(offset, size);
        if (c.realMode() || c.virtual8086()) {
            requireRealOffset(c, target);
            StackView stack = StackView.current(c);
            stack.push(c.selector[Cpu.CS], size);
            stack.push(c.rip, size);
            stack.commit();
            SystemSegments.setRealCode(c, sel);
            c.rip = target;
            return;
        }
        if ((sel & ~3) == 0) {
            throw c.generalProtection();
        }
        long d = c.descriptor(sel);
        if ((Descriptor.type(d) & 16) == 0) {
            throughSystem(c, sel, d, true);
            return;
        }
        SegmentImage code = direct(c, sel);
        StackView stack = StackView.current(c);
        stack.push(c.selector[Cpu.CS], size);
        stack.push(c.rip, size);
        code.requireInside(c, target);
        code.touch(c);
        stack.commit();
        code.enterCode(c, c.cpl);
        c.rip = target;
    }

    /**
     * Far RET.
     *
     * @param bytes parameters to release
     */
    public static void ret(Cpu c, int bytes, int size) {
        c.executing = -1;
        StackView stack = StackView.current(c);
        long ip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        if (c.realMode() || c.virtual8086()) {
            requireRealOffset(c, ip);
            stack.release(bytes);
            stack.commit();
            SystemSegments.setRealCode(c, cs);
            c.rip = ip;
            return;
        }
        SegmentImage code = ReturnPath.code(c, cs);
        int cpl = cs & 3;
        stack.release(bytes);
        if (cpl == c.cpl) {
            code.requireInside(c, ip);
            code.touch(c);
            code.enterCode(c, cpl);
            stack.commit();
            c.rip = ip;
            return;
        }
        long sp = stack.pop(size);
        int ss = (int) stack.pop(size) & 0xffff;
        SegmentImage segment = ReturnPath.stack(c, code, ss, cpl);
        code.requireInside(c, ip);
        code.touch(c);
        segment.touch(c);
        code.enterCode(c, cpl);
        segment.enterStack(c);
        ReturnPath.setPointer(c, sp, size);
        StackView outer = StackView.current(c);
        outer.release(bytes);
        outer.commit();
        c.rip = ip;
        ReturnPath.dropData(c);
    }

    private static long truncate(long offset, int size) {
        return size == 8 ? offset : offset & (1L << 8 * size) - 1;
    }

    private static void requireRealOffset(Cpu c, long offset) {
        if (offset > (c.virtual8086() ? 0xffff : c.segmentLimit[Cpu.CS])) {
            throw c.generalProtection();
        }
    }

    /** A code segment that is jumped to or called without a gate: privilege stays. */
    private static SegmentImage direct(Cpu c, int sel) {
        SegmentImage code = SegmentImage.code(c, sel);
        long d = code.descriptor();
        int dpl = Descriptor.dpl(d);
        boolean fits = Descriptor.conforming(d) ? dpl <= c.cpl : (sel & 3) <= c.cpl && dpl == c.cpl;
        if (!fits) {
            throw c.fault(CpuFault.GP, sel & 0xfffc);
        }
        return code.requirePresent(c);
    }

    private static void throughSystem(Cpu c, int sel, long d, boolean call) {
        int type = Descriptor.type(d);
        boolean known =
                switch (type) {
                    case CALL_GATE -> !c.supervisor.ownsDescriptors();
                    case CALL_GATE_16, TASK_GATE, TSS_16, TSS ->
                            !c.longMode() && !c.supervisor.ownsDescriptors();
                    default -> false;
                };
        if (!known || Descriptor.dpl(d) < Math.max(c.cpl, sel & 3)) {
            throw c.fault(CpuFault.GP, sel & 0xfffc);
        }
        if (type == TSS || type == TSS_16) {
            TaskSwitch.direct(c, sel, call);
            return;
        }
        if (!Descriptor.present(d)) {
            throw c.fault(CpuFault.NP, sel & 0xfffc);
        }
        if (type == TASK_GATE) {
            TaskSwitch.direct(c, Descriptor.gateSelector(d), call);
        } else {
            throughGate(c, sel, d, call);
        }
    }

    private static void throughGate(Cpu c, int sel, long gate, boolean call) {
        boolean longMode = c.longMode();
        long offset = Descriptor.gateOffset(gate);
        int size = Descriptor.type(gate) == CALL_GATE ? 4 : 2;
        if (longMode) {
            long high = SystemSegments.secondHalf(c, sel);
            if ((high >>> 40 & 31) != 0) {
                throw c.fault(CpuFault.GP, sel & 0xfffc);
            }
            offset |= high << 32;
            size = 8;
        } else if (size == 2) {
            offset &= 0xffff;
        }
        SegmentImage code = SegmentImage.code(c, Descriptor.gateSelector(gate));
        long d = code.descriptor();
        int error = code.selector() & 0xfffc;
        int dpl = Descriptor.dpl(d);
        boolean conforming = Descriptor.conforming(d);
        boolean wrongLevel = dpl > c.cpl || !call && !conforming && dpl != c.cpl;
        if (wrongLevel || longMode && !code.is64()) {
            throw c.fault(CpuFault.GP, error);
        }
        code.requirePresent(c);
        if (call && !conforming && dpl < c.cpl) {
            inward(c, code, offset, size, (int) (gate >>> 32) & MAX_PARAMETERS);
            return;
        }
        StackView stack = StackView.current(c);
        if (call) {
            if (longMode) {
                stack = StackView.flat(c, stack.pointer(), c.cpl);
            }
            stack.push(c.selector[Cpu.CS], size);
            stack.push(c.rip, size);
        }
        code.requireInside(c, offset);
        code.touch(c);
        code.enterCode(c, c.cpl);
        commit(c, stack, longMode && call);
        c.rip = offset;
    }

    /** Through a call gate to a more privileged level, with a stack of its own. */
    private static void inward(Cpu c, SegmentImage code, long offset, int size, int parameters) {
        int cpl = Descriptor.dpl(code.descriptor());
        StackView old = StackView.current(c);
        StackView stack;
        SegmentImage ss;
        if (size == 8) {
            ss = new SegmentImage(cpl, 0);
            stack = StackView.flat(c, TaskState.pointer64(c, cpl), cpl);
        } else {
            ss = SegmentImage.stack(c, TaskState.stackSelector(c, cpl), cpl, CpuFault.TS);
            stack = StackView.segment(c, ss, TaskState.stackPointer(c, cpl), cpl);
        }
        code.requireInside(c, offset);
        stack.push(c.selector[Cpu.SS], size);
        stack.push(c.regs[Cpu.RSP], size);
        for (int i = size == 8 ? 0 : parameters; i > 0; i--) {
            stack.push(old.peek((i - 1) * size, size), size);
        }
        stack.push(c.selector[Cpu.CS], size);
        stack.push(c.rip, size);
        code.touch(c);
        ss.touch(c);
        code.enterCode(c, cpl);
        ss.enterStack(c);
        commit(c, stack, size == 8);
        c.rip = offset;
    }

    private static void commit(Cpu c, StackView stack, boolean flat) {
        if (flat) {
            c.regs[Cpu.RSP] = stack.pointer();
        } else {
            stack.commit();
        }
    }
}
