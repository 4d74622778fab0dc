package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * CLI, STI, PUSHF and POPF, which depend on IOPL and on the virtual interrupt flag of the
 * virtual-8086 and protected-mode extensions (SDM vol. 3B, 21.3 and 21.4).
 */
public final class FlagAccess {
    private static final int USER_FLAGS =
            Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT | Flags.AC | Flags.ID;
    private static final int NEVER_PUSHED = Flags.VM | Flags.RF;

    private FlagAccess() {}

    /** CLI. */
    public static void clearInterrupt(Cpu c) {
        if (c.realMode() || c.cpl <= iopl(c)) {
            c.eflags &= ~(long) Flags.IF;
        } else if (virtual(c)) {
            c.eflags &= ~(long) Flags.VIF;
        } else {
            throw c.generalProtection();
        }
    }

    /** STI; the instruction after it still runs without interrupts. */
    public static void setInterrupt(Cpu c) {
        if (c.realMode() || c.cpl <= iopl(c)) {
            if ((c.eflags & Flags.IF) == 0) {
                c.inhibitInterrupts();
            }
            c.eflags |= Flags.IF;
        } else if (virtual(c) && (c.eflags & Flags.VIP) == 0) {
            c.eflags |= Flags.VIF;
        } else {
            throw c.generalProtection();
        }
    }

    /**
     * What PUSHF pushes.
     *
     * @param size operand size in bytes
     */
    public static long image(Cpu c, int size) {
        long flags = Flags.get(c) & ~(long) NEVER_PUSHED;
        if (c.virtual8086() && iopl(c) < 3) {
            if ((c.cr4 & Cpu.CR4_VME) == 0 || size != 2) {
                throw c.generalProtection();
            }
            boolean vif = (flags & Flags.VIF) != 0;
            return flags & ~(long) Flags.IF | Flags.IOPL | (vif ? Flags.IF : 0);
        }
        return flags;
    }

    /**
     * Fails as POPF would before it touches the stack.
     *
     * @param size operand size in bytes
     */
    public static void requirePopf(Cpu c, int size) {
        boolean limited = c.virtual8086() && iopl(c) < 3;
        if (limited && ((c.cr4 & Cpu.CR4_VME) == 0 || size != 2)) {
            throw c.generalProtection();
        }
    }

    /**
     * Sets the flags as POPF does. Call it before the stack pointer is written: it may fault.
     *
     * @param value what was popped
     * @param size operand size in bytes
     */
    public static void popf(Cpu c, long value, int size) {
        long changeable = USER_FLAGS;
        boolean limited = c.virtual8086() && iopl(c) < 3;
        if (limited) {
            requirePopf(c, size);
            requireNoPending(c, value);
        } else if (c.virtual8086()) {
            changeable |= Flags.IF;
        } else if (c.realMode() || c.cpl == 0) {
            changeable |= Flags.IOPL | Flags.IF;
        } else if (c.cpl <= iopl(c)) {
            changeable |= Flags.IF;
        }
        if (size == 2) {
            changeable &= 0xffff;
        }
        boolean alignment = ((Flags.get(c) ^ value) & changeable & Flags.AC) != 0;
        Flags.set(c, Flags.get(c) & ~changeable & ~(long) Flags.RF | value & changeable);
        if (limited) {
            setVirtualInterrupt(c, (value & Flags.IF) != 0);
        }
        if (alignment) {
            c.privilegeChanged();
        }
    }

    /** #GP(0) if the flags would let a pending virtual interrupt in, or trap each instruction. */
    static void requireNoPending(Cpu c, long value) {
        boolean pending = (c.eflags & Flags.VIP) != 0 && (value & Flags.IF) != 0;
        if (pending || (value & Flags.TF) != 0) {
            throw c.generalProtection();
        }
    }

    static void setVirtualInterrupt(Cpu c, boolean set) {
        c.eflags = set ? c.eflags | Flags.VIF : c.eflags & ~(long) Flags.VIF;
    }

    private static int iopl(Cpu c) {
        return (int) (c.eflags >> 12) & 3;
    }

    /** Whether CLI and STI act on VIF instead of IF. */
    private static boolean virtual(Cpu c) {
        return c.virtual8086()
                ? (c.cr4 & Cpu.CR4_VME) != 0
                : c.cpl == 3 && (c.cr4 & Cpu.CR4_PVI) != 0;
    }
}
