package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.sext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Addition, subtraction, comparison and the exchanging forms of them (SDM vol. 1, 7.3.2). */
public final class Arithmetic {
    private Arithmetic() {}

    public static long add(Cpu c, long a, long b, int size) {
        long r = sext(a + b, size);
        flags(c, Flags.ADD, a, b, r);
        return r;
    }

    public static long adc(Cpu c, long a, long b, int size) {
        long r = sext(a + b + Flags.carry(c), size);
        flags(c, Flags.ADD, a, b, r);
        return r;
    }

    public static long sub(Cpu c, long a, long b, int size) {
        long r = sext(a - b, size);
        flags(c, Flags.SUB, a, b, r);
        return r;
    }

    public static long sbb(Cpu c, long a, long b, int size) {
        long r = sext(a - b - Flags.carry(c), size);
        flags(c, Flags.SBB, a, b, r);
        return r;
    }

    public static void cmp(Cpu c, long a, long b, int size) {
        flags(c, Flags.SUB, a, b, sext(a - b, size));
    }

    public static long inc(Cpu c, long a, int size) {
        long r = sext(a + 1, size);
        flags(c, Flags.INC, a, Flags.carry(c), r);
        return r;
    }

    public static long dec(Cpu c, long a, int size) {
        long r = sext(a - 1, size);
        flags(c, Flags.DEC, a, Flags.carry(c), r);
        return r;
    }

    public static long neg(Cpu c, long a, int size) {
        return sub(c, 0, a, size);
    }

    /** Returns the sum and writes the old destination to the source register. */
    public static long xadd(Cpu c, long a, int source, int size) {
        long b = c.readReg(source, size);
        long r = sext(a + b, size);
        flags(c, Flags.ADD, a, b, r);
        c.writeReg(source, a, size);
        return r;
    }

    /** Compares the accumulator; memory is written in either case, as hardware does. */
    public static long cmpxchg(Cpu c, long a, long source, int size) {
        long accumulator = c.readReg(Cpu.RAX, size);
        flags(c, Flags.SUB, accumulator, a, sext(accumulator - a, size));
        if (accumulator == a) {
            return source;
        }
        c.writeReg(Cpu.RAX, a, size);
        return a;
    }

    /** A register destination is not even zero-extended if the comparison fails. */
    public static void cmpxchgRegister(Cpu c, int destination, int source, int size) {
        long a = c.readReg(destination, size);
        long accumulator = c.readReg(Cpu.RAX, size);
        flags(c, Flags.SUB, accumulator, a, sext(accumulator - a, size));
        if (accumulator == a) {
            c.writeReg(destination, c.readReg(source, size), size);
        } else {
            c.writeReg(Cpu.RAX, a, size);
        }
    }

    public static void cmpxchg8b(Cpu c, long ea) {
        long old = c.update64(ea);
        long[] r = c.regs;
        long expected = r[Cpu.RAX] & 0xffffffffL | r[Cpu.RDX] << 32;
        if (old == expected) {
            c.store64(ea, r[Cpu.RBX] & 0xffffffffL | r[Cpu.RCX] << 32);
        } else {
            r[Cpu.RAX] = old & 0xffffffffL;
            r[Cpu.RDX] = old >>> 32;
        }
        setZero(c, old == expected);
    }

    public static void cmpxchg16b(Cpu c, long ea) {
        if ((ea & 15) != 0) {
            throw c.generalProtection();
        }
        long low = c.update64(ea);
        long high = c.update64(ea + 8);
        long[] r = c.regs;
        boolean equal = low == r[Cpu.RAX] && high == r[Cpu.RDX];
        if (equal) {
            c.store64(ea, r[Cpu.RBX]);
            c.store64(ea + 8, r[Cpu.RCX]);
        } else {
            r[Cpu.RAX] = low;
            r[Cpu.RDX] = high;
        }
        setZero(c, equal);
    }

    private static void setZero(Cpu c, boolean zero) {
        Flags.setArithmetic(c, Flags.arithmetic(c) & ~Flags.ZF | (zero ? Flags.ZF : 0));
    }

    private static void flags(Cpu c, int kind, long a, long b, long r) {
        c.flagKind = kind;
        c.flagA = a;
        c.flagB = b;
        c.flagR = r;
    }
}
