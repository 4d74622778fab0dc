package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Bitwise operations and flag instructions (SDM vol. 1, 7.3.5 and 7.3.14). */
public final class Logic {
    private Logic() {}

    public static long and(Cpu c, long a, long b) {
        Flags.logic(c, a & b);
        return a & b;
    }

    public static long or(Cpu c, long a, long b) {
        Flags.logic(c, a | b);
        return a | b;
    }

    public static long xor(Cpu c, long a, long b) {
        Flags.logic(c, a ^ b);
        return a ^ b;
    }

    public static long not(Cpu c, long a) {
        return ~a;
    }

    public static void test(Cpu c, long a, long b) {
        Flags.logic(c, a & b);
    }

    public static void clc(Cpu c) {
        Flags.setCarry(c, 0);
    }

    public static void stc(Cpu c) {
        Flags.setCarry(c, 1);
    }

    public static void cmc(Cpu c) {
        Flags.setCarry(c, Flags.carry(c) ^ 1);
    }

    public static void cld(Cpu c) {
        c.eflags &= ~(long) Flags.DF;
    }

    public static void std(Cpu c) {
        c.eflags |= Flags.DF;
    }

    public static void lahf(Cpu c) {
        int flags = Flags.arithmetic(c) & 0xd5 | 2;
        c.regs[Cpu.RAX] = c.regs[Cpu.RAX] & ~0xff00L | (long) flags << 8;
    }

    public static void sahf(Cpu c) {
        int ah = (int) (c.regs[Cpu.RAX] >> 8) & 0xd5;
        Flags.setArithmetic(c, Flags.arithmetic(c) & Flags.OF | ah);
    }
}
