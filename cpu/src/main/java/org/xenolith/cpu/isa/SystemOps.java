package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/**
 * System instructions (SDM vol. 3A, 2.8). Ring 0 belongs to the supervisor, so privileged
 * instructions only ever raise #GP(0), through which it emulates them.
 */
public final class SystemOps {
    private SystemOps() {}

    public static void privileged(Cpu c) {
        throw c.generalProtection();
    }

    public static void privilegedOperand(Cpu c, long operand) {
        throw c.generalProtection();
    }

    public static long in(Cpu c, long port) {
        throw c.generalProtection();
    }

    public static void out(Cpu c, long port, long value) {
        throw c.generalProtection();
    }

    public static void cli(Cpu c) {
        requireIopl(c);
        c.eflags &= ~(long) Flags.IF;
    }

    public static void sti(Cpu c) {
        requireIopl(c);
        c.eflags |= Flags.IF;
    }

    private static void requireIopl(Cpu c) {
        if (c.cpl > ((int) (c.eflags >> 12) & 3)) {
            throw c.generalProtection();
        }
    }

    public static void cpuid(Cpu c) {
        c.supervisor.cpuid(c);
    }

    public static void rdtsc(Cpu c) {
        if ((c.cr4 & Cpu.CR4_TSD) != 0) {
            c.requireRing0();
        }
        long tsc = c.now();
        c.regs[Cpu.RAX] = tsc & 0xffffffffL;
        c.regs[Cpu.RDX] = tsc >>> 32;
    }

    public static void rdtscp(Cpu c) {
        rdtsc(c);
        c.regs[Cpu.RCX] = c.tscAux & 0xffffffffL;
    }

    public static long rdpid(Cpu c) {
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
        if (value << 16 >> 16 != value) {
            throw c.generalProtection();
        }
        c.segmentBase[segment] = value;
    }

    private static void requireFsgsbase(Cpu c) {
        if ((c.cr4 & Cpu.CR4_FSGSBASE) == 0) {
            throw c.undefined();
        }
    }

    public static long movFromSegment(Cpu c, int register) {
        if (register > Cpu.GS) {
            throw c.undefined();
        }
        return c.selector[register];
    }

    public static void movToSegment(Cpu c, int register, long selector) {
        if (register > Cpu.GS || register == Cpu.CS) {
            throw c.undefined();
        }
        c.loadSegment(register, (int) selector);
    }

    /** Stores limit and base; the processor does not offer UMIP. */
    public static void sgdt(Cpu c, long ea) {
        c.checkWrite(ea, 10);
        c.store16(ea, (short) c.gdtLimit);
        c.store64(ea + 2, c.gdtBase);
    }

    public static long sldt(Cpu c) {
        return 0;
    }

    public static long smsw(Cpu c) {
        return c.cr0;
    }

    public static void verr(Cpu c, long selector) {
        long d = dataOrCode(c, (int) selector);
        boolean code = (d >>> 43 & 1) != 0;
        boolean readable = !code || (d >>> 41 & 1) != 0;
        zero(c, d != 0 && readable);
    }

    public static void verw(Cpu c, long selector) {
        long d = dataOrCode(c, (int) selector);
        zero(c, d != 0 && (d >>> 43 & 1) == 0 && (d >>> 41 & 1) != 0);
    }

    public static long lar(Cpu c, long a, long selector) {
        long d = dataOrCode(c, (int) selector);
        zero(c, d != 0);
        return d == 0 ? a : d >>> 32 & 0xf0ff00;
    }

    public static long lsl(Cpu c, long a, long selector) {
        long d = dataOrCode(c, (int) selector);
        zero(c, d != 0);
        if (d == 0) {
            return a;
        }
        long limit = d & 0xffff | d >>> 32 & 0xf0000;
        return (d >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
    }

    /** The descriptor if it is a code or data segment visible at this privilege, else 0. */
    private static long dataOrCode(Cpu c, int selector) {
        int sel = selector & 0xffff;
        if ((sel & ~3) == 0) {
            return 0;
        }
        long d;
        try {
            d = c.descriptor(sel);
        } catch (CpuFault fault) {
            if (fault.vector == CpuFault.GP) {
                return 0;
            }
            throw fault;
        }
        boolean system = (d >>> 44 & 1) == 0;
        boolean conforming = (d >>> 42 & 3) == 3;
        int dpl = (int) (d >>> 45) & 3;
        boolean visible = conforming || Math.max(c.cpl, sel & 3) <= dpl;
        return system || !visible ? 0 : d;
    }

    private static void zero(Cpu c, boolean value) {
        Flags.setArithmetic(c, Flags.arithmetic(c) & ~Flags.ZF | (value ? Flags.ZF : 0));
    }
}
