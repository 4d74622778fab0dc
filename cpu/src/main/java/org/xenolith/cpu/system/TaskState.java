package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** What the current task-state segment says (SDM vol. 3A, 8.2 and 8.7). */
final class TaskState {
    private static final int TYPE_32 = 8;
    private static final int IO_MAP_BASE = 102;
    private static final int REDIRECTION_BYTES = 32;

    private TaskState() {}

    /**
     * Stack pointer of a privilege level in IA-32e mode.
     *
     * @param index 0 to 2 for RSP0 to RSP2, 4 to 10 for IST1 to IST7 plus 3
     */
    static long pointer64(Cpu c, int index) {
        int offset = 4 + 8 * index;
        requireInside(c, offset + 7);
        return c.loadSystem64(c.segmentBase[Cpu.TR] + offset);
    }

    /** ESP or SP of privilege level 0 to 2. */
    static long stackPointer(Cpu c, int level) {
        if (is32(c)) {
            requireInside(c, 8 * level + 11);
            return c.loadSystem32(at(c, 4 + 8 * level)) & 0xffffffffL;
        }
        requireInside(c, 4 * level + 5);
        return c.loadSystem16(at(c, 2 + 4 * level)) & 0xffff;
    }

    /** SS of privilege level 0 to 2. */
    static int stackSelector(Cpu c, int level) {
        int offset = is32(c) ? 8 + 8 * level : 4 + 4 * level;
        requireInside(c, offset + 1);
        return c.loadSystem16(at(c, offset)) & 0xffff;
    }

    /** Whether the I/O permission bitmap allows an access of {@code size} bytes. */
    static boolean allowsPort(Cpu c, int port, int size) {
        if (!is32(c) || c.segmentLimit[Cpu.TR] < IO_MAP_BASE + 1) {
            return false;
        }
        int map = c.loadSystem16(at(c, IO_MAP_BASE)) & 0xffff;
        int offset = map + (port >>> 3);
        if (offset + 1 > c.segmentLimit[Cpu.TR]) {
            return false;
        }
        int bits = c.loadSystem16(at(c, offset)) & 0xffff;
        return (bits >>> (port & 7) & (1 << size) - 1) == 0;
    }

    /**
     * Whether the interrupt redirection bitmap sends INT {@code vector} of a virtual-8086 task to
     * the task's own handler (SDM vol. 3B, 21.3.3).
     */
    static boolean redirects(Cpu c, int vector) {
        if (!is32(c) || c.segmentLimit[Cpu.TR] < IO_MAP_BASE + 1) {
            return false;
        }
        int map = c.loadSystem16(at(c, IO_MAP_BASE)) & 0xffff;
        int offset = map - REDIRECTION_BYTES + (vector >>> 3);
        if (offset < 0 || offset > c.segmentLimit[Cpu.TR]) {
            return false;
        }
        return (c.loadSystem8(at(c, offset)) >>> (vector & 7) & 1) == 0;
    }

    private static boolean is32(Cpu c) {
        return (c.segmentAccess[Cpu.TR] & TYPE_32) != 0
                && (c.segmentAccess[Cpu.TR] & Cpu.ACCESS_UNUSABLE) == 0;
    }

    private static void requireInside(Cpu c, int last) {
        boolean usable = (c.segmentAccess[Cpu.TR] & Cpu.ACCESS_UNUSABLE) == 0;
        if (!usable || last > c.segmentLimit[Cpu.TR]) {
            throw c.fault(CpuFault.TS, c.selector[Cpu.TR] & 0xfffc);
        }
    }

    private static long at(Cpu c, int offset) {
        long va = c.segmentBase[Cpu.TR] + offset;
        return c.longMode() ? va : va & 0xffffffffL;
    }
}
