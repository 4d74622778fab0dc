package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** IRET in all modes (SDM vol. 2A, IRET; vol. 3B, 21.2 and 21.3). */
public final class InterruptReturn {
    private static final int USER_FLAGS =
            Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT | Flags.AC | Flags.ID;

    private InterruptReturn() {}

    /**
     * Returns.
     *
     * @param size operand size: 2, 4 or 8 bytes
     */
    public static void iret(Cpu c, int size) {
        if (c.realMode()) {
            real(c, size);
        } else if (c.virtual8086()) {
            virtual8086(c, size);
        } else if ((c.eflags & Flags.NT) != 0) {
            if (c.longMode()) {
                throw c.generalProtection();
            }
            TaskSwitch.returnToCaller(c);
        } else {
            guarded(c, size);
        }
        EventRecognition.unblockNmi(c);
    }

    private static void real(Cpu c, int size) {
        StackView stack = StackView.current(c);
        long ip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        long flags = stack.pop(size);
        if (ip > c.segmentLimit[Cpu.CS]) {
            throw c.generalProtection();
        }
        stack.commit();
        SystemSegments.setRealCode(c, cs);
        c.rip = ip;
        write(c, flags, (long) USER_FLAGS | Flags.IF | Flags.IOPL, size);
    }

    private static void virtual8086(Cpu c, int size) {
        boolean virtual = (c.eflags & Flags.IOPL) != Flags.IOPL;
        if (virtual && ((c.cr4 & Cpu.CR4_VME) == 0 || size != 2)) {
            throw c.generalProtection();
        }
        StackView stack = StackView.current(c);
        long ip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        long flags = stack.pop(size);
        if (ip > 0xffff) {
            throw c.generalProtection();
        }
        if (virtual) {
            FlagAccess.requireNoPending(c, flags);
        }
        stack.commit();
        SystemSegments.setRealCode(c, cs);
        c.rip = ip;
        write(c, flags, virtual ? USER_FLAGS : (long) USER_FLAGS | Flags.IF, size);
        if (virtual) {
            FlagAccess.setVirtualInterrupt(c, (flags & Flags.IF) != 0);
        }
    }

    private static void guarded(Cpu c, int size) {
        boolean from64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        StackView stack = StackView.current(c);
        long ip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        long flags = stack.pop(size);
        if (size == 4 && (flags & Flags.VM) != 0 && c.cpl == 0 && !c.longMode()) {
            toVirtual8086(c, stack, ip, cs, flags);
            return;
        }
        SegmentImage code = ReturnPath.code(c, cs);
        int cpl = cs & 3;
        boolean outer = cpl > c.cpl;
        code.requireInside(c, ip);
        long changeable = changeable(c);
        if (outer || from64) {
            long sp = stack.pop(size);
            int ss = (int) stack.pop(size) & 0xffff;
            SegmentImage segment = ReturnPath.stack(c, code, ss, cpl);
            code.touch(c);
            segment.touch(c);
            code.enterCode(c, cpl);
            segment.enterStack(c);
            ReturnPath.setPointer(c, sp, size);
        } else {
            code.touch(c);
            code.enterCode(c, cpl);
            stack.commit();
        }
        c.rip = ip;
        write(c, flags, changeable, size);
        if (outer) {
            ReturnPath.dropData(c);
        }
    }

    private static void toVirtual8086(Cpu c, StackView stack, long ip, int cs, long flags) {
        long sp = stack.pop(4);
        int ss = (int) stack.pop(4);
        int es = (int) stack.pop(4);
        int ds = (int) stack.pop(4);
        int fs = (int) stack.pop(4);
        int gs = (int) stack.pop(4);
        if (ip > 0xffff) {
            throw c.generalProtection();
        }
        Flags.set(c, flags & 0x3fffff);
        c.cpl = 3;
        int[] selectors = {es, cs, ss, ds, fs, gs};
        for (int segment = Cpu.ES; segment <= Cpu.GS; segment++) {
            int selector = selectors[segment] & 0xffff;
            c.setSegment(segment, selector, (long) selector << 4, 0xffff, SegmentImage.ACCESS_8086);
        }
        c.regs[Cpu.RSP] = sp;
        c.rip = ip;
        c.privilegeChanged();
    }

    private static long changeable(Cpu c) {
        long mask = USER_FLAGS;
        if (c.cpl <= ((int) (c.eflags >> 12) & 3)) {
            mask |= Flags.IF;
        }
        if (c.cpl == 0) {
            mask |= Flags.IOPL | Flags.VIF | Flags.VIP;
        }
        return mask;
    }

    private static void write(Cpu c, long flags, long changeable, int size) {
        long mask = size == 2 ? changeable & 0xffff : changeable | Flags.RF;
        Flags.set(c, Flags.get(c) & ~mask | flags & mask);
        c.privilegeChanged();
    }
}
