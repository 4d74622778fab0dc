package org.xenolith.pv.trap.state;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.xen.hypercall.Errno;

/**
 * DR0 to DR7 as a PV guest may read and write them (SDM vol. 3B, 19.2), by hypercall or by an
 * emulated MOV. CR4.DE is not offered, so DR4 and DR5 always name DR6 and DR7.
 */
public final class DebugRegisters {
    private static final long DR6_ONES = 0xffff0ff0L;
    private static final long DR6_ZEROS = 1L << 12;
    private static final long DR7_ONES = 1L << 10;
    private static final long DR7_ZEROS = 1L << 11 | 1L << 12 | 1L << 14 | 1L << 15;
    private static final long DR7_GENERAL_DETECT = 1L << 13;
    private static final int RW_IO = 2;

    /** DR6.BS: a single step ended. */
    private static final long SINGLE_STEP = 1L << 14;

    private final Cpu cpu;

    DebugRegisters(Cpu cpu) {
        this.cpu = cpu;
    }

    /** Power-on values. */
    public void reset() {
        for (int i = 0; i < 4; i++) {
            cpu.debug[i] = 0;
        }
        cpu.debug[6] = DR6_ONES;
        cpu.setDebug(7, DR7_ONES);
    }

    /** Whether a register of this number exists. */
    public static boolean exists(int reg) {
        return reg >= 0 && reg <= 7;
    }

    /**
     * Reads a register.
     *
     * @param reg 0 to 7
     */
    public long get(int reg) {
        return cpu.debug[reg == 4 || reg == 5 ? reg + 2 : reg];
    }

    /** Notes in DR6 that a single step ended. */
    public void singleStepped() {
        cpu.debug[6] |= SINGLE_STEP;
    }

    /**
     * Writes a register.
     *
     * @return 0, -EPERM for a value that guests may not set, -EINVAL for reserved bits, -ENODEV if
     *     there is no such register
     */
    public long set(int reg, long value) {
        switch (reg) {
            case 0, 1, 2, 3 -> {
                if (!Addresses.allowed(value)) {
                    return -Errno.EPERM;
                }
                cpu.setDebug(reg, value);
            }
            case 4, 6 -> {
                if (value >>> 32 != 0) {
                    return -Errno.EINVAL;
                }
                cpu.debug[6] = (value | DR6_ONES) & ~DR6_ZEROS;
            }
            case 5, 7 -> {
                if (value >>> 32 != 0) {
                    return -Errno.EINVAL;
                }
                if ((value & DR7_GENERAL_DETECT) != 0 || usesIoBreakpoint(value)) {
                    return -Errno.EPERM;
                }
                cpu.setDebug(7, value & ~DR7_ZEROS | DR7_ONES);
            }
            default -> {
                return -Errno.ENODEV;
            }
        }
        return 0;
    }

    /**
     * Without CR4.DE the I/O kind of breakpoint is undefined, hence refused when any is enabled.
     */
    private static boolean usesIoBreakpoint(long dr7) {
        if ((dr7 & 0xff) == 0) {
            return false;
        }
        for (int shift = 16; shift < 32; shift += 4) {
            if ((dr7 >>> shift & 3) == RW_IO) {
                return true;
            }
        }
        return false;
    }
}
