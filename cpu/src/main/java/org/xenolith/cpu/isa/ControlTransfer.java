package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/**
 * Jumps, calls, returns and software interrupts (SDM vol. 1, 7.3.8). When one of these runs, {@code
 * rip} already is the next instruction.
 */
public final class ControlTransfer {
    private ControlTransfer() {}

    public static void jcc(Cpu c, long target, int cc) {
        if (Flags.test(c, cc)) {
            near(c, target);
        }
    }

    /** Goes to a target relative to RIP: only a code segment's limit can forbid that. */
    private static void near(Cpu c, long target) {
        if (c.mode >= Cpu.MODE_SEGMENTED) {
            c.branch(target);
        } else {
            c.rip = target;
        }
    }

    public static void jmp(Cpu c, long target) {
        near(c, target);
    }

    /** Indirect near JMP. */
    public static void jmpTo(Cpu c, long target, int operandSize) {
        c.branch(zext(target, operandSize));
    }

    public static void call(Cpu c, long target, int operandSize) {
        long back = c.rip;
        c.branch(zext(target, operandSize));
        Stack.push(c, back, operandSize);
    }

    public static void ret(Cpu c, int operandSize) {
        long target = zext(Stack.peek(c, 0, operandSize), operandSize);
        c.branch(target);
        c.setStackPointer(c.regs[Cpu.RSP] + operandSize);
    }

    public static void retAndPop(Cpu c, long bytes, int operandSize) {
        long target = zext(Stack.peek(c, 0, operandSize), operandSize);
        c.branch(target);
        c.setStackPointer(c.regs[Cpu.RSP] + operandSize + (bytes & 0xffff));
    }

    public static void loop(Cpu c, long target, int addressSize) {
        if (countDown(c, addressSize) != 0) {
            near(c, target);
        }
    }

    public static void loope(Cpu c, long target, int addressSize) {
        if (countDown(c, addressSize) != 0 && Flags.zf(c)) {
            near(c, target);
        }
    }

    public static void loopne(Cpu c, long target, int addressSize) {
        if (countDown(c, addressSize) != 0 && !Flags.zf(c)) {
            near(c, target);
        }
    }

    public static void jrcxz(Cpu c, long target, int addressSize) {
        if (zext(c.regs[Cpu.RCX], addressSize) == 0) {
            near(c, target);
        }
    }

    private static long countDown(Cpu c, int addressSize) {
        long count = zext(c.regs[Cpu.RCX] - 1, addressSize);
        c.writeReg(Cpu.RCX, count, addressSize);
        return count;
    }

    public static void int3(Cpu c) {
        c.supervisor.exception(c, CpuFault.BP, 0);
    }

    public static void icebp(Cpu c) {
        c.supervisor.exception(c, CpuFault.DB, 0);
    }

    public static void interrupt(Cpu c, long vector, int length) {
        c.supervisor.softwareInterrupt(c, (int) vector & 0xff, length);
    }

    public static void syscall(Cpu c) {
        c.supervisor.syscall(c);
    }

    /**
     * IRET to the same privilege level in 64-bit mode (SDM vol. 2A, IRET). A return to an outer
     * level needs CPL below 3 and a return to compatibility mode a 32-bit decoder: both raise
     * #GP(CS).
     */
    public static void iret(Cpu c, int size) {
        long sp = c.regs[Cpu.RSP];
        long rip = c.load(sp, size);
        int cs = (int) c.load(sp + size, size) & 0xffff;
        long flags = c.load(sp + 2L * size, size);
        long newSp = c.load(sp + 3L * size, size);
        int ss = (int) c.load(sp + 4L * size, size) & 0xffff;
        if ((c.eflags & Flags.NT) != 0 || (cs & ~3) == 0) {
            throw c.generalProtection();
        }
        int access = (int) (c.descriptor(cs) >>> 40);
        boolean code64 = (access & 0x98) == 0x98 && (access & 0x2000) != 0;
        if (!code64 || (cs & 3) != c.cpl) {
            throw c.fault(CpuFault.GP, cs & ~3);
        }
        if (rip << 16 >> 16 != rip) {
            throw c.generalProtection();
        }
        c.loadSegment(Cpu.SS, ss);
        c.selector[Cpu.CS] = cs;
        c.regs[Cpu.RSP] = newSp;
        c.rip = size == 8 ? rip : zext(rip, size);
        long changeable = 0x254dd5L | Flags.RF; // all but IF, IOPL, VM, VIF and VIP
        if (c.cpl <= ((int) (c.eflags >> 12) & 3)) {
            changeable |= Flags.IF;
        }
        Flags.set(c, Flags.get(c) & ~changeable | flags & changeable);
    }

    public static void ud2(Cpu c) {
        throw c.undefined();
    }
}
