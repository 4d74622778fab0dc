package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;

/** Reads and writes of I/O ports and who may make them (SDM vol. 1, 19.5). */
public final class PortAccess {
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

    /** IN: the value, zero-extended. */
    public static long in(Cpu c, int port, int size) {
        check(c, port, size);
        meetBreakpoints(c, port, size);
        return c.ports.read(port, size);
    }

    /** OUT. */
    public static void out(Cpu c, int port, long value, int size) {
        check(c, port, size);
        meetBreakpoints(c, port, size);
        c.ports.write(port, size, value);
    }

    private static void meetBreakpoints(Cpu c, int port, int size) {
        if (c.breakpointsEnabled()) {
            c.dataBreakpoints |= c.breakpoints(port, size, Cpu.BREAK_IO);
        }
    }
}
