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
        return PortAccess.in(c, number(port, opcode), Math.min(size, 4));
    }

    public static void out(Cpu c, long port, long value, int operandSize, int opcode) {
        int size = (opcode >> 8 & 1) == 0 ? 1 : Math.min(operandSize, 4);
        PortAccess.out(c, number(port, opcode), value, size);
    }

    private static int number(long port, int opcode) {
        return (int) port & ((opcode >> 8 & PORT_IN_DX) == 0 ? 0xff : 0xffff);
    }

    public static void ins(Cpu c, int size, int repeat, int addressSize, int length) {
        int port = (int) c.regs[Cpu.RDX] & 0xffff;
        PortAccess.check(c, port, size);
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
        long left = repeat == 0 ? 1 : zext(c.regs[Cpu.RCX], addressSize);
        for (int budget = PORTION; left != 0 && budget > 0; budget--) {
            long offset = zext(c.regs[Cpu.RSI], addressSize);
            long value = c.load(c.linearData(segment, offset, size, false), size);
            c.ports.write(port, size, value);
            left = step(c, Cpu.RSI, size, repeat, left, addressSize);
        }
        again(c, left, length);
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
