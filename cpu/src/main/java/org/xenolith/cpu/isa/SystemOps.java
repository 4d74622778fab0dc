package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.system.DebugRegisters;
import org.xenolith.cpu.system.FastSystemCall;
import org.xenolith.cpu.system.FlagAccess;

/**
 * System instructions (SDM vol. 3A, 2.8). Where the supervisor owns ring 0, privileged ones only
 * ever raise #GP(0), through which it emulates them.
 */
public final class SystemOps {
    /** Exit qualification: from the debug register. */
    private static final int DEBUG_FROM = 1 << 4;

    private SystemOps() {}

    /** RDPMC: #GP(0) above ring 0 without CR4.PCE, and where there is no such counter. */
    public static void rdpmc(Cpu c) {
        if ((c.cr4 & Cpu.CR4_PCE) == 0) {
            c.requireRing0();
        }
        NonRoot.check(c, ExitReason.RDPMC);
        if (c.msrs == null) {
            throw c.generalProtection();
        }
        long value = c.msrs.counter((int) c.regs[Cpu.RCX]);
        c.regs[Cpu.RAX] = value & 0xffffffffL;
        c.regs[Cpu.RDX] = value >>> 32;
    }

    /** RSM: #UD, since there is no system-management mode to return from. */
    public static void rsm(Cpu c) {
        throw c.undefined();
    }

    public static void cli(Cpu c) {
        FlagAccess.clearInterrupt(c);
    }

    public static void sti(Cpu c) {
        FlagAccess.setInterrupt(c);
    }

    /** HLT: the run loop goes on when an event has come. */
    public static void hlt(Cpu c) {
        c.requireRing0();
        NonRoot.check(c, ExitReason.HLT);
        c.monitor.disarm();
        c.halted = true;
        c.requestStop();
    }

    public static void movFromDebug(Cpu c, int registers) {
        interceptDebug(c, registers, DEBUG_FROM);
        long value = DebugRegisters.read(c, registers & 15);
        c.writeReg(registers >> 4, value, debugSize(c));
    }

    public static void movToDebug(Cpu c, int registers) {
        interceptDebug(c, registers, 0);
        long value = Bits.zext(c.regs[registers >> 4], debugSize(c));
        DebugRegisters.write(c, registers & 15, value);
    }

    /** The exit comes behind the check of the privilege level, and before DR7.GD counts. */
    private static void interceptDebug(Cpu c, int registers, int direction) {
        if (c.nonRoot != null && c.cpl == 0 && (registers & 8) == 0) {
            int general = (registers & 0xf0) << 4;
            NonRoot.check(c, ExitReason.MOV_DR, registers & 7 | direction | general);
        }
    }

    private static int debugSize(Cpu c) {
        return (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? 8 : 4;
    }

    public static void sysret(Cpu c, int operandSize) {
        FastSystemCall.sysret(c, operandSize);
    }

    /** SYSENTER; #UD where the supervisor owns ring 0 and offers no entry to it. */
    public static void sysenter(Cpu c) {
        if (c.supervisor.ownsDescriptors()) {
            throw c.undefined();
        }
        FastSystemCall.sysenter(c);
    }

    public static void sysexit(Cpu c, int operandSize) {
        FastSystemCall.sysexit(c, operandSize);
    }

    public static void cpuid(Cpu c) {
        NonRoot.always(c, ExitReason.CPUID);
        c.supervisor.cpuid(c);
    }

    public static void rdtsc(Cpu c) {
        if ((c.cr4 & Cpu.CR4_TSD) != 0) {
            c.requireRing0();
        }
        NonRoot.check(c, ExitReason.RDTSC);
        readTsc(c);
    }

    private static void readTsc(Cpu c) {
        long tsc = c.observeNow() + c.tscOffset;
        c.regs[Cpu.RAX] = tsc & 0xffffffffL;
        c.regs[Cpu.RDX] = tsc >>> 32;
    }

    public static void rdtscp(Cpu c) {
        NonRoot.requireEnabled(c, ExitReason.RDTSCP);
        if ((c.cr4 & Cpu.CR4_TSD) != 0) {
            c.requireRing0();
        }
        NonRoot.check(c, ExitReason.RDTSCP);
        readTsc(c);
        c.regs[Cpu.RCX] = c.tscAux & 0xffffffffL;
    }

    /** RDPID, which a guest without RDTSCP does not have either. */
    public static long rdpid(Cpu c) {
        NonRoot.requireEnabled(c, ExitReason.RDTSCP);
        return c.tscAux & 0xffffffffL;
    }

    public static long rdfsbase(Cpu c) {
        return segmentBase(c, Cpu.FS);
    }

    public static long rdgsbase(Cpu c) {
        return segmentBase(c, Cpu.GS);
    }

    private static long segmentBase(Cpu c, int segment) {
        requireFsgsbase(c);
        return c.segmentBase[segment];
    }

    public static void wrfsbase(Cpu c, long base, int size) {
        setSegmentBase(c, Cpu.FS, base, size);
    }

    public static void wrgsbase(Cpu c, long base, int size) {
        setSegmentBase(c, Cpu.GS, base, size);
    }

    /** #GP unless the address is canonical. */
    private static void setSegmentBase(Cpu c, int segment, long base, int size) {
        requireFsgsbase(c);
        long value = Bits.zext(base, size);
        if (!c.canonical(value)) {
            throw c.generalProtection();
        }
        c.segmentBase[segment] = value;
    }

    private static void requireFsgsbase(Cpu c) {
        if ((c.cr4 & Cpu.CR4_FSGSBASE) == 0) {
            throw c.undefined();
        }
    }
}
