package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Bits.zext;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.system.PortAccess;

/**
 * Port input and output (SDM vol. 1, 19.3). A repeated INS or OUTS runs in portions of at most
 * {@value #PORTION} elements, as {@link Strings} does.
 */
public final class Ports {
    private static final int PORTION = 512;

    /** Bit of the opcodes E4 to EF: the port is in DX. */
    private static final int PORT_IN_DX = 8;

    private Ports() {}

    public static long in(Cpu c, long port, int size, int opcode) {
        return PortAccess.in(c, number(port, opcode), Math.min(size, 4), immediate(opcode));
    }

    public static void out(Cpu c, long port, long value, int operandSize, int opcode) {
        int size = (opcode >> 8 & 1) == 0 ? 1 : Math.min(operandSize, 4);
        PortAccess.out(c, number(port, opcode), value, size, immediate(opcode));
    }

    private static boolean immediate(int opcode) {
        return (opcode >> 8 & PORT_IN_DX) == 0;
    }

    private static int number(long port, int opcode) {
        return (int) port & ((opcode >> 8 & PORT_IN_DX) == 0 ? 0xff : 0xffff);
    }

    public static void ins(Cpu c, int size, int repeat, int addressSize, int length) {
        int port = (int) c.regs[Cpu.RDX] & 0xffff;
        PortAccess.check(c, port, size);
        if (c.nonRoot != null) {
            intercept(c, port, size, repeat, addressSize, Cpu.ES, PortAccess.IN);
        }
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        for (int budget = PORTION; left != 0 && budget > 0; budget--) {
            long offset = zext(c.regs[Cpu.RDI], addressSize);
            long to = c.linear(Cpu.ES, offset, size, true);
            c.checkWrite(to, size); // ahead of the read, which may have side effects
            c.store(to, c.ports.read(port, size), size);
            left = step(c, Cpu.RDI, size, repeat, left, addressSize);
        }
        again(c, left, length);
    }

    public static void outs(Cpu c, int size, int repeat, int addressSize, int segment, int length) {
        int port = (int) c.regs[Cpu.RDX] & 0xffff;
        PortAccess.check(c, port, size);
        if (c.nonRoot != null) {
            int from = segment < 0 ? Cpu.DS : segment;
            intercept(c, port, size, repeat, addressSize, from, 0);
        }
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        for (int budget = PORTION; left != 0 && budget > 0; budget--) {
            long offset = zext(c.regs[Cpu.RSI], addressSize);
            long value = c.load(c.linearData(segment, offset, size, false), size);
            c.ports.write(port, size, value);
            left = step(c, Cpu.RSI, size, repeat, left, addressSize);
        }
        again(c, left, length);
    }

    /** The exit of INS or OUTS; the segment's limits have no say in the address that it gives. */
    private static void intercept(
            Cpu c, int port, int size, int repeat, int addressSize, int segment, int direction) {
        int register = direction == PortAccess.IN ? Cpu.RDI : Cpu.RSI;
        boolean wide = (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
        long base = wide && segment < Cpu.FS ? 0 : c.segmentBase[segment];
        long linear = base + zext(c.regs[register], addressSize);
        int flags = direction | PortAccess.STRING | (repeat == 0 ? 0 : PortAccess.REP);
        int information = (addressSize >> 2) << 7 | segment << 15;
        PortAccess.intercept(
                c, port, size, flags, information, wide ? linear : linear & 0xffffffffL);
    }

    private static long step(
            Cpu c, int register, int size, int repeat, long left, int addressSize) {
        int step = (c.eflags & Flags.DF) == 0 ? size : -size;
        c.writeReg(register, c.regs[register] + step, addressSize);
        if (repeat != 0) {
            c.writeReg(Cpu.RCX, left - 1, addressSize);
        }
        return left - 1;
    }

    private static void again(Cpu c, long left, int length) {
        if (left != 0) {
            c.rip -= length;
        }
    }
}
