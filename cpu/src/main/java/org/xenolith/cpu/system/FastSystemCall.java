package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** SYSCALL, SYSRET, SYSENTER and SYSEXIT (SDM vol. 3A, 6.8.7 and 6.8.8). */
public final class FastSystemCall {
    private static final long FOUR_GIB = 0xffffffffL;
    private static final int CODE_64 = 0xa09b;
    private static final int CODE_32 = 0xc09b;
    private static final int DATA = 0xc093;
    private static final int DPL_3 = 3 << Cpu.ACCESS_DPL_SHIFT;

    /** DR6: single step. */
    private static final int DR6_BS = 1 << 14;

    /** Flags that SYSRET takes from R11. */
    private static final long RETURNED_FLAGS = 0x3c7fd7;

    private FastSystemCall() {}

    static void syscall(Cpu c) {
        boolean mode64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        if ((c.efer & Cpu.EFER_SCE) == 0 || !mode64 && !c.amd) {
            throw c.undefined();
        }
        if (!c.longMode()) {
            legacySyscall(c);
            return;
        }
        long flags = Flags.get(c) & ~(long) Flags.RF;
        c.regs[Cpu.RCX] = c.rip;
        c.regs[Cpu.R11] = flags;
        int cs = (int) (c.star >>> 32) & 0xfffc;
        Flags.set(c, flags & ~c.fmask);
        enter(c, cs, CODE_64, cs + 8);
        c.rip = mode64 ? c.lstar : c.cstar;
    }

    /** SYSCALL of AMD processors outside IA-32e mode. */
    private static void legacySyscall(Cpu c) {
        if (c.realMode()) {
            throw c.undefined();
        }
        int cs = (int) (c.star >>> 32) & 0xfffc;
        c.regs[Cpu.RCX] = c.rip;
        c.eflags &= ~(long) (Flags.VM | Flags.IF | Flags.RF);
        enter(c, cs, CODE_32, cs + 8);
        c.rip = c.star & FOUR_GIB;
    }

    /**
     * SYSRET. Where the target is not canonical, Intel's raises #GP(0) at level 0, AMD's at the
     * target, which is at level 3.
     *
     * @param size operand size: 8 returns to 64-bit mode
     */
    public static void sysret(Cpu c, int size) {
        boolean mode64 = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        if ((c.efer & Cpu.EFER_SCE) == 0 || !mode64 && !c.amd || c.realMode()) {
            throw c.undefined();
        }
        c.requireRing0();
        long target = c.regs[Cpu.RCX];
        int selector = (int) (c.star >>> 48);
        boolean stepped = (c.eflags & Flags.TF) != 0;
        if (size == 8 && !c.amd) {
            requireCanonical(c, target);
        }
        if (c.longMode()) {
            Flags.set(c, c.regs[Cpu.R11] & RETURNED_FLAGS & ~(long) Flags.RF);
        } else {
            c.eflags |= Flags.IF;
        }
        if (size == 8) {
            leaveSyscall(c, selector + 16, CODE_64, selector + 8);
            c.rip = target;
        } else {
            leaveSyscall(c, selector, CODE_32, selector + 8);
            c.rip = target & FOUR_GIB;
        }
        if (!stepped && (c.eflags & Flags.TF) != 0) { // unlike POPF's, its TF counts at once
            c.debug[6] |= DR6_BS;
            c.supervisor.exception(c, CpuFault.DB, 0);
        }
    }

    /** SYSENTER. */
    public static void sysenter(Cpu c) {
        if (c.amd && c.longMode()) {
            throw c.undefined();
        }
        if (c.realMode() || (c.sysenterCs & 0xfffc) == 0) {
            throw c.generalProtection();
        }
        int cs = c.sysenterCs & 0xfffc;
        c.eflags &= ~(long) (Flags.VM | Flags.IF | Flags.RF);
        boolean longMode = c.longMode();
        enter(c, cs, longMode ? CODE_64 : CODE_32, cs + 8);
        c.regs[Cpu.RSP] = longMode ? c.sysenterEsp : c.sysenterEsp & FOUR_GIB;
        c.rip = longMode ? c.sysenterEip : c.sysenterEip & FOUR_GIB;
    }

    /**
     * SYSEXIT.
     *
     * @param size operand size: 8 returns to 64-bit mode
     */
    public static void sysexit(Cpu c, int size) {
        if (c.realMode() || c.cpl != 0) {
            throw c.generalProtection();
        }
        if (c.amd && c.longMode()) {
            throw c.undefined();
        }
        if ((c.sysenterCs & 0xfffc) == 0) {
            throw c.generalProtection();
        }
        long rip = c.regs[Cpu.RDX];
        long rsp = c.regs[Cpu.RCX];
        if (size == 8) {
            requireCanonical(c, rip);
            requireCanonical(c, rsp);
            leave(c, c.sysenterCs + 32, CODE_64, c.sysenterCs + 40);
            c.rip = rip;
            c.regs[Cpu.RSP] = rsp;
        } else {
            leave(c, c.sysenterCs + 16, CODE_32, c.sysenterCs + 24);
            c.rip = rip & FOUR_GIB;
            c.regs[Cpu.RSP] = rsp & FOUR_GIB;
        }
    }

    private static void enter(Cpu c, int cs, int access, int ss) {
        c.cpl = 0;
        c.setSegment(Cpu.CS, cs & 0xfffc, 0, FOUR_GIB, access);
        c.setSegment(Cpu.SS, ss & 0xfffc, 0, FOUR_GIB, DATA);
        c.privilegeChanged();
    }

    /** AMD's SYSRET changes SS's selector only (APM vol. 3, SYSRET). */
    private static void leaveSyscall(Cpu c, int cs, int access, int ss) {
        long base = c.segmentBase[Cpu.SS];
        long limit = c.segmentLimit[Cpu.SS];
        int rights = c.segmentAccess[Cpu.SS];
        leave(c, cs, access, ss);
        if (c.amd) {
            c.setSegment(Cpu.SS, ss | 3, base, limit, rights | DPL_3);
        }
    }

    private static void leave(Cpu c, int cs, int access, int ss) {
        c.cpl = 3;
        c.setSegment(Cpu.CS, cs | 3, 0, FOUR_GIB, access | DPL_3);
        c.setSegment(Cpu.SS, ss | 3, 0, FOUR_GIB, DATA | DPL_3);
        c.privilegeChanged();
    }

    private static void requireCanonical(Cpu c, long address) {
        if (!c.canonical(address)) {
            throw c.generalProtection();
        }
    }
}
