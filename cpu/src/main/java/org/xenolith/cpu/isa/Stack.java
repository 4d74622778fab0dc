package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Stack instructions of 64-bit mode (SDM vol. 1, 6.2). RSP changes only after the access. */
public final class Stack {
    private static final long POPF_USER =
            Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT | Flags.AC | Flags.ID;

    private Stack() {}

    public static void push(Cpu c, long value, int operandSize) {
        long sp = c.regs[Cpu.RSP] - operandSize;
        c.store(sp, value, operandSize);
        c.regs[Cpu.RSP] = sp;
    }

    public static long pop(Cpu c, int size) {
        long sp = c.regs[Cpu.RSP];
        long value = c.load(sp, size);
        c.regs[Cpu.RSP] = sp + size;
        return value;
    }

    /** POP to memory: an address based on RSP is computed after RSP has moved. */
    public static void popMemory(Cpu c, long ea, int baseRegister, int size) {
        long sp = c.regs[Cpu.RSP];
        long value = c.load(sp, size);
        c.store(baseRegister == Cpu.RSP ? ea + size : ea, value, size);
        c.regs[Cpu.RSP] = sp + size;
    }

    public static void pushSegment(Cpu c, int register, int size) {
        push(c, c.selector[register], size);
    }

    public static void popSegment(Cpu c, int register, int size) {
        long sp = c.regs[Cpu.RSP];
        c.loadSegment(register, (int) c.load(sp, size));
        c.regs[Cpu.RSP] = sp + size;
    }

    public static void pushf(Cpu c, int size) {
        push(c, Flags.get(c) & ~(long) (Flags.VM | Flags.RF), size);
    }

    public static void popf(Cpu c, int size) {
        long value = pop(c, size);
        long changeable = POPF_USER;
        int iopl = (int) (c.eflags >> 12) & 3;
        if (c.cpl == 0) {
            changeable |= Flags.IOPL | Flags.IF;
        } else if (c.cpl <= iopl) {
            changeable |= Flags.IF;
        }
        if (size == 2) {
            changeable &= 0xffff;
        }
        Flags.set(c, Flags.get(c) & ~changeable & ~(long) Flags.RF | value & changeable);
    }

    public static void enter(Cpu c, long bytes, long levels, int operandSize) {
        int size = operandSize;
        int depth = (int) levels & 31;
        long sp = c.regs[Cpu.RSP] - size;
        long bp = c.regs[Cpu.RBP];
        c.store(sp, bp, size);
        long frame = sp;
        for (int i = 1; i < depth; i++) {
            bp -= size;
            sp -= size;
            c.store(sp, c.load(bp, size), size);
        }
        if (depth > 0) {
            sp -= size;
            c.store(sp, frame, size);
        }
        sp -= bytes & 0xffff;
        c.checkWrite(sp, size);
        c.writeReg(Cpu.RBP, frame, size);
        c.regs[Cpu.RSP] = sp;
    }

    public static void leave(Cpu c, int size) {
        long frame = c.regs[Cpu.RBP];
        long value = c.load(frame, size);
        c.regs[Cpu.RSP] = frame + size;
        c.writeReg(Cpu.RBP, value, size);
    }
}
