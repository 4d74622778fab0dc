package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.system.FlagAccess;

/** Stack instructions (SDM vol. 1, 6.2). RSP changes only after the access. */
public final class Stack {
    private Stack() {}

    public static void push(Cpu c, long value, int operandSize) {
        long sp = c.regs[Cpu.RSP] - operandSize & c.stackMask();
        c.store(c.linearStack(sp, operandSize, true), value, operandSize);
        c.setStackPointer(sp);
    }

    public static long pop(Cpu c, int size) {
        long value = peek(c, 0, size);
        c.setStackPointer(c.regs[Cpu.RSP] + size);
        return value;
    }

    /** Reads the stack at a distance above the stack pointer, in bytes. */
    static long peek(Cpu c, int distance, int size) {
        long sp = c.regs[Cpu.RSP] + distance & c.stackMask();
        return c.load(c.linearStack(sp, size, false), size);
    }

    /** POP to memory: an address based on RSP is computed after RSP has moved. */
    public static void popMemory(Cpu c, long ea, int baseRegister, int size) {
        long value = peek(c, 0, size);
        c.store(baseRegister == Cpu.RSP ? ea + size : ea, value, size);
        c.setStackPointer(c.regs[Cpu.RSP] + size);
    }

    /**
     * PUSHA: AX, CX, DX, BX, the old SP, BP, SI and DI. With too little stack, 8086 programs get
     * #GP (SDM vol. 2B, PUSHA, exceptions).
     */
    public static void pusha(Cpu c, int size) {
        long old = c.regs[Cpu.RSP];
        long mask = c.stackMask();
        boolean odd = (old & mask) >= 7 && (old & mask) <= 15 && (old & 1) != 0;
        if (odd && (c.realMode() || c.virtual8086())) {
            throw c.generalProtection();
        }
        for (int i = 7; i >= 0; i--) { // all checks ahead of the first store
            long at = old - (i + 1L) * size & mask;
            c.checkWrite(c.linearStack(at, size, true), size);
        }
        for (int i = 0; i < 8; i++) {
            long at = old - (i + 1L) * size & mask;
            c.store(c.linearStack(at, size, true), i == Cpu.RSP ? old : c.regs[i], size);
        }
        c.setStackPointer(old - 8L * size);
    }

    /** POPA: the stored SP is skipped. */
    public static void popa(Cpu c, int size) {
        long[] values = new long[8];
        for (int i = 0; i < 8; i++) {
            values[i] = peek(c, (7 - i) * size, size);
        }
        for (int i = 0; i < 8; i++) {
            if (i != Cpu.RSP) {
                c.writeReg(i, values[i], size);
            }
        }
        c.setStackPointer(c.regs[Cpu.RSP] + 8L * size);
    }

    public static void pushSegment(Cpu c, int register, int size) {
        push(c, c.selector[register], size);
    }

    public static void popSegment(Cpu c, int register, int size) {
        long old = c.regs[Cpu.RSP];
        int mode = c.mode;
        int value = (int) peek(c, 0, size);
        c.loadSegment(register, value);
        if (register == Cpu.SS) {
            c.inhibitDebug();
        }
        long mask =
                (mode & Cpu.MODE_SIZE) != Cpu.MODE_64 && (mode & Cpu.MODE_STACK_32) == 0
                        ? 0xffff
                        : -1;
        c.regs[Cpu.RSP] = old & ~mask | old + size & mask;
    }

    public static void pushf(Cpu c, int size) {
        push(c, FlagAccess.image(c, size), size);
    }

    public static void popf(Cpu c, int size) {
        FlagAccess.requirePopf(c, size);
        FlagAccess.popf(c, peek(c, 0, size), size);
        c.setStackPointer(c.regs[Cpu.RSP] + size);
    }

    public static void enter(Cpu c, long bytes, long levels, int operandSize) {
        int size = operandSize;
        int depth = (int) levels & 31;
        long mask = c.stackMask();
        long sp = c.regs[Cpu.RSP] - size & mask;
        long bp = c.regs[Cpu.RBP];
        c.store(c.linearStack(sp, size, true), bp, size);
        long frame = c.regs[Cpu.RSP] & ~mask | sp; // a 16-bit stack leaves the rest of ESP alone
        for (int i = 1; i < depth; i++) {
            bp = bp - size & mask;
            sp = sp - size & mask;
            long link = c.load(c.linearStack(bp, size, false), size);
            c.store(c.linearStack(sp, size, true), link, size);
        }
        if (depth > 0) {
            sp = sp - size & mask;
            c.store(c.linearStack(sp, size, true), frame, size);
        }
        sp = sp - (bytes & 0xffff) & mask;
        c.checkWrite(c.linearStack(sp, size, true), size);
        c.writeReg(Cpu.RBP, frame, size);
        c.setStackPointer(sp);
    }

    public static void leave(Cpu c, int size) {
        long frame = c.regs[Cpu.RBP] & c.stackMask();
        long value = c.load(c.linearStack(frame, size, false), size);
        c.setStackPointer(frame + size);
        c.writeReg(Cpu.RBP, value, size);
    }
}
