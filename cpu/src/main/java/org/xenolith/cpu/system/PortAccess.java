package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/** Reads and writes of I/O ports and who may make them (SDM vol. 1, 19.5). */
public final class PortAccess {
    /** Exit qualification for I/O instructions (SDM vol. 3C, table 28-5). */
    public static final int IN = 1 << 3;

    public static final int STRING = 1 << 4;
    public static final int REP = 1 << 5;
    public static final int IMMEDIATE = 1 << 6;

    private PortAccess() {}

    /**
     * Checks privilege and the I/O permission bitmap.
     *
     * @param size bytes: 1, 2 or 4
     * @throws org.xenolith.cpu.state.CpuFault #GP(0) if the access is not allowed
     */
    public static void check(Cpu c, int port, int size) {
        boolean guarded = !c.realMode();
        int iopl = (int) (c.eflags >> 12) & 3;
        if (guarded && (c.cpl > iopl || c.virtual8086()) && !TaskState.allowsPort(c, port, size)) {
            throw c.generalProtection();
        }
        if (c.ports == null) { // the supervisor answers for the ports
            throw c.generalProtection();
        }
    }

    /**
     * Throws the VM exit that an I/O instruction causes, if any.
     *
     * @param flags of the exit's qualification: {@link #IN}, {@link #STRING}, {@link #REP}, {@link
     *     #IMMEDIATE}
     * @param linear address of the operand of INS or OUTS
     */
    public static void intercept(
            Cpu c, int port, int size, int flags, int information, long linear) {
        NonRoot n = c.nonRoot;
        if (n != null && n.interceptsPorts(port, size)) {
            long qualification = size - 1 | flags | (long) port << 16;
            throw n.exit(ExitReason.IO_INSTRUCTION, qualification, information, linear);
        }
    }

    /** IN: the value, zero-extended. */
    public static long in(Cpu c, int port, int size, boolean immediate) {
        check(c, port, size);
        intercept(c, port, size, IN | (immediate ? IMMEDIATE : 0), 0, 0);
        meetBreakpoints(c, port, size);
        return c.ports.read(port, size);
    }

    /** OUT. */
    public static void out(Cpu c, int port, long value, int size, boolean immediate) {
        check(c, port, size);
        intercept(c, port, size, immediate ? IMMEDIATE : 0, 0, 0);
        meetBreakpoints(c, port, size);
        c.ports.write(port, size, value);
    }

    private static void meetBreakpoints(Cpu c, int port, int size) {
        if (c.breakpointsEnabled()) {
            c.dataBreakpoints |= c.breakpoints(port, size, Cpu.BREAK_IO);
        }
    }
}
