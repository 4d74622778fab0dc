package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * Near jumps, calls and returns (SDM vol. 1, 7.3.8). When one of these runs, {@code rip} already is
 * the next instruction.
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

    public static void ud2(Cpu c) {
        throw c.undefined();
    }
}
