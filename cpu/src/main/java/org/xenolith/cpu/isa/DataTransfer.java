package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.sext;
import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** Moves, extensions, conversions and exchanges (SDM vol. 1, 7.3.1). */
public final class DataTransfer {
    private DataTransfer() {}

    public static long mov(Cpu c, long source) {
        return source;
    }

    /** The source comes sign-extended from its own size. */
    public static long movsx(Cpu c, long source) {
        return source;
    }

    public static long movzx8(Cpu c, long source) {
        return source & 0xff;
    }

    public static long movzx16(Cpu c, long source) {
        return source & 0xffff;
    }

    public static long movbe(Cpu c, long source, int size) {
        return sext(Long.reverseBytes(source) >>> 64 - 8 * size, size);
    }

    public static long bswap(Cpu c, long a, int size) {
        return size == 8
                ? Long.reverseBytes(a)
                : size == 4 ? Integer.reverseBytes((int) a) : 0; // 16 bits: undefined, reads 0
    }

    /** The destination register is written in either case: 4-byte forms clear the upper half. */
    public static long cmov(Cpu c, long a, long source, int cc) {
        return Flags.test(c, cc) ? source : a;
    }

    public static long setcc(Cpu c, int cc) {
        return Flags.test(c, cc) ? 1 : 0;
    }

    public static long xchg(Cpu c, long a, int register, int size) {
        long b = c.readReg(register, size);
        c.writeReg(register, a, size);
        return b;
    }

    public static long xchgAccumulator(Cpu c, long a, long accumulator, int size) {
        c.writeReg(Cpu.RAX, a, size);
        return accumulator;
    }

    public static void cbw(Cpu c, int size) {
        c.writeReg(Cpu.RAX, c.readReg(Cpu.RAX, size / 2), size);
    }

    public static void cwd(Cpu c, int size) {
        c.writeReg(Cpu.RDX, c.readReg(Cpu.RAX, size) >> 63, size);
    }

    public static void xlat(Cpu c, int addressSize, int segment) {
        long offset = zext(c.regs[Cpu.RBX] + (c.regs[Cpu.RAX] & 0xff), addressSize);
        c.writeReg(Cpu.RAX, c.load8(c.linearData(segment, offset, 1, false)), 1);
    }

    public static void nop(Cpu c) {}

    public static void nopOperand(Cpu c, long address) {}

    public static void nopRegister(Cpu c, long value) {}

    /** CLFLUSH faults as a load would and has no other effect here. */
    public static void clflush(Cpu c, long ea) {
        c.load8(ea);
    }
}
