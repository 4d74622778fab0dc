package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;

/** MOV to and from DR0 to DR7 (SDM vol. 3B, 19.2). */
public final class DebugRegisters {
    /** Value of DR6 after reset. */
    static final long DR6_RESET = 0xffff0ff0L;

    /** Value of DR7 after reset. */
    static final long DR7_RESET = 0x400;

    private static final long DR6_BD = 1 << 13;
    private static final long DR7_GD = 1 << 13;
    private static final long DR6_WRITABLE = 0xe00f;
    private static final long DR7_WRITABLE = 0xffff23ffL;

    private DebugRegisters() {}

    /** Reads a register; #UD for 8 and above, and for 4 and 5 with CR4.DE. */
    public static long read(Cpu c, int register) {
        return c.debug[check(c, register)];
    }

    /** Writes a register; #GP(0) if a high half of DR6 or DR7 would not be zero. */
    public static void write(Cpu c, int register, long value) {
        int index = check(c, register);
        if (index >= 6 && value >>> 32 != 0) {
            throw c.generalProtection();
        }
        c.setDebug(
                index,
                switch (index) {
                    case 6 -> value & DR6_WRITABLE | DR6_RESET;
                    case 7 -> value & DR7_WRITABLE | DR7_RESET;
                    default -> value;
                });
    }

    private static int check(Cpu c, int register) {
        boolean alias = register == 4 || register == 5;
        if (register > 7 || alias && (c.cr4 & Cpu.CR4_DE) != 0) {
            throw c.undefined();
        }
        c.requireRing0();
        if ((c.debug[7] & DR7_GD) != 0) {
            throw c.debugFault(DR6_BD);
        }
        return alias ? register + 2 : register;
    }

    /** A debug exception is about to be delivered: its handler may touch the registers. */
    static void enterHandler(Cpu c) {
        c.debug[7] &= ~DR7_GD;
        c.branches.debugException();
    }
}
