package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/**
 * Control registers as instructions reach them: {@link ControlRegisters}, and before it what VMX
 * non-root operation makes of the access (SDM vol. 3C, 26.1.3 and 26.3).
 */
public final class ControlRegisterAccess {
    private static final int TYPE_FROM = 1 << 4;
    private static final int TYPE_CLTS = 2 << 4;
    private static final int TYPE_LMSW = 3 << 4;
    private static final int GENERAL_SHIFT = 8;
    private static final int SOURCE_SHIFT = 16;

    private ControlRegisterAccess() {}

    /**
     * MOV from a control register.
     *
     * @param general number of the general register, for the exit's qualification
     */
    public static long read(Cpu c, int register, int general) {
        long value = ControlRegisters.read(c, register);
        NonRoot n = c.nonRoot;
        if (n == null) {
            return value;
        }
        if (register == 3 && n.cr3Store || register == 8 && n.cr8Store) {
            throw exit(n, register | TYPE_FROM | general << GENERAL_SHIFT);
        }
        return switch (register) {
            case 0 -> value & ~n.cr0Mask | n.cr0Shadow & n.cr0Mask;
            case 4 -> value & ~n.cr4Mask | n.cr4Shadow & n.cr4Mask;
            case 8 -> shadowsTaskPriority(n) ? n.apic.taskPriority() : value;
            default -> value;
        };
    }

    private static boolean shadowsTaskPriority(NonRoot n) {
        return n.apic != null && n.apic.shadowsTaskPriority;
    }

    /** MOV to a control register; see {@link #read}. */
    public static void write(Cpu c, int register, long value, int general) {
        NonRoot n = c.nonRoot;
        if (n == null) {
            ControlRegisters.write(c, register, value);
            return;
        }
        ControlRegisters.requireAccess(c, register);
        boolean exits =
                switch (register) {
                    case 0 -> ((value ^ n.cr0Shadow) & n.cr0Mask) != 0;
                    case 3 -> n.cr3Load && n.interceptsCr3(value);
                    case 4 -> ((value ^ n.cr4Shadow) & n.cr4Mask) != 0;
                    case 8 -> n.cr8Load;
                    default -> false;
                };
        if (exits) {
            throw exit(n, register | general << GENERAL_SHIFT);
        }
        if (register == 8 && shadowsTaskPriority(n)) {
            ControlRegisters.requirePriority(c, value);
            n.apic.taskPriority((int) value);
            return;
        }
        long written =
                switch (register) {
                    case 0 -> value & ~n.cr0Mask | c.cr0 & n.cr0Mask;
                    case 4 -> value & ~n.cr4Mask | c.cr4 & n.cr4Mask;
                    default -> value;
                };
        ControlRegisters.write(c, register, written);
    }

    /** SMSW: CR0 as the present software sees it. */
    public static long statusWord(Cpu c) {
        NonRoot n = c.nonRoot;
        return n == null ? c.cr0 : c.cr0 & ~n.cr0Mask | n.cr0Shadow & n.cr0Mask;
    }

    /** LMSW: sets PE, MP, EM and TS of CR0, but cannot clear PE. */
    public static void loadStatusWord(Cpu c, long word) {
        NonRoot n = c.nonRoot;
        long loaded = Cpu.CR0_MP | Cpu.CR0_EM | Cpu.CR0_TS | word & Cpu.CR0_PE;
        if (n != null) {
            long differs = (word ^ n.cr0Shadow) & n.cr0Mask & loaded;
            if (differs != 0) {
                throw exit(n, TYPE_LMSW | (word & 0xffff) << SOURCE_SHIFT);
            }
            loaded &= ~n.cr0Mask;
        }
        ControlRegisters.write(c, 0, c.cr0 & ~loaded | word & loaded);
    }

    /** CLTS. */
    public static void clearTaskSwitched(Cpu c) {
        NonRoot n = c.nonRoot;
        if (n != null && (n.cr0Mask & Cpu.CR0_TS) != 0) {
            if ((n.cr0Shadow & Cpu.CR0_TS) != 0) {
                throw exit(n, TYPE_CLTS);
            }
            return;
        }
        c.cr0 &= ~(long) Cpu.CR0_TS;
    }

    private static RuntimeException exit(NonRoot n, long qualification) {
        return n.exit(ExitReason.CONTROL_REGISTER, qualification);
    }
}
