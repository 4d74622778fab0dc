package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.system.ControlRegisterAccess;
import org.xenolith.cpu.system.TranslationInvalidation;

/**
 * Instructions on control registers, MSRs, protection keys and cached translations (SDM vol. 3A,
 * 2.8). Above privilege level 0 most raise #GP(0), through which a supervisor may emulate them.
 */
public final class ControlRegisterOps {
    private ControlRegisterOps() {}

    /**
     * MOV from a control register.
     *
     * @param registers number of the control register, and 16 times that of the general one
     */
    public static void movFromControl(Cpu c, int registers) {
        long value = ControlRegisterAccess.read(c, registers & 15, registers >> 4);
        c.writeReg(registers >> 4, value, width(c));
    }

    /** MOV to a control register; see {@link #movFromControl}. */
    public static void movToControl(Cpu c, int registers) {
        long value = Bits.zext(c.regs[registers >> 4], width(c));
        ControlRegisterAccess.write(c, registers & 15, value, registers >> 4);
    }

    private static int width(Cpu c) {
        return (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? 8 : 4;
    }

    /** SMSW: #GP(0) above ring 0 with CR4.UMIP. */
    public static long smsw(Cpu c) {
        if ((c.cr4 & Cpu.CR4_UMIP) != 0) {
            c.requireRing0();
        }
        return ControlRegisterAccess.statusWord(c);
    }

    /** LMSW: sets PE, MP, EM and TS of CR0, but cannot clear PE. */
    public static void lmsw(Cpu c, long word) {
        c.requireRing0();
        ControlRegisterAccess.loadStatusWord(c, word);
    }

    public static void clts(Cpu c) {
        c.requireRing0();
        ControlRegisterAccess.clearTaskSwitched(c);
    }

    /** INVD: there are no caches. */
    public static void invd(Cpu c) {
        c.requireRing0();
        NonRoot.always(c, ExitReason.INVD);
    }

    /** WBINVD and WBNOINVD: there are no caches. */
    public static void flushCaches(Cpu c) {
        c.requireRing0();
        NonRoot.check(c, ExitReason.WBINVD);
    }

    public static void invlpg(Cpu c, long ea) {
        c.requireRing0();
        NonRoot.check(c, ExitReason.INVLPG, ea);
        TranslationInvalidation.page(c, ea);
    }

    /** INVPCID: the type is in a register, what to drop in memory. */
    public static void invpcid(Cpu c, long type, long ea) {
        c.requireRing0();
        if (c.nonRoot != null && (c.nonRoot.exiting >>> ExitReason.INVLPG & 1) != 0) {
            throw c.nonRoot.exit(ExitReason.INVPCID, 0);
        }
        long kind = Bits.zext(type, width(c));
        long context = c.load64(ea);
        long address = c.load64(ea + 8);
        TranslationInvalidation.byContext(c, kind, context, address);
    }

    public static void stac(Cpu c) {
        setAc(c, true);
    }

    public static void clac(Cpu c) {
        setAc(c, false);
    }

    /** #UD above ring 0 or without SMAP. */
    private static void setAc(Cpu c, boolean set) {
        if (c.cpl != 0 || (c.cr4Allowed & Cpu.CR4_SMAP) == 0) {
            throw c.undefined();
        }
        c.eflags = set ? c.eflags | Flags.AC : c.eflags & ~(long) Flags.AC;
        c.privilegeChanged();
    }

    public static void rdpkru(Cpu c) {
        requireKeys(c);
        c.regs[Cpu.RAX] = c.pkru & 0xffffffffL;
        c.regs[Cpu.RDX] = 0;
    }

    /** WRPKRU: #GP(0) unless EDX is 0. */
    public static void wrpkru(Cpu c) {
        requireKeys(c);
        if ((int) c.regs[Cpu.RDX] != 0) {
            throw c.generalProtection();
        }
        StateComponents.setPkru(c, (int) c.regs[Cpu.RAX]);
    }

    /** #UD without CR4.PKE, #GP(0) unless ECX is 0. */
    private static void requireKeys(Cpu c) {
        if ((c.cr4 & Cpu.CR4_PKE) == 0) {
            throw c.undefined();
        }
        if ((int) c.regs[Cpu.RCX] != 0) {
            throw c.generalProtection();
        }
    }

    public static void swapgs(Cpu c) {
        c.requireRing0();
        long base = c.segmentBase[Cpu.GS];
        c.segmentBase[Cpu.GS] = c.kernelGsBase;
        c.kernelGsBase = base;
    }

    public static void rdmsr(Cpu c) {
        requireMsrs(c, false);
        int msr = (int) c.regs[Cpu.RCX];
        long value = virtualizes(c, msr, false) ? c.nonRoot.apic.readMsr(msr) : c.msrs.read(msr);
        c.regs[Cpu.RAX] = value & 0xffffffffL;
        c.regs[Cpu.RDX] = value >>> 32;
    }

    public static void wrmsr(Cpu c) {
        requireMsrs(c, true);
        long value = c.regs[Cpu.RAX] & 0xffffffffL | c.regs[Cpu.RDX] << 32;
        int msr = (int) c.regs[Cpu.RCX];
        if (virtualizes(c, msr, true)) {
            c.nonRoot.apic.writeMsr(msr, value);
        } else {
            c.msrs.write(msr, value);
        }
    }

    private static boolean virtualizes(Cpu c, int msr, boolean write) {
        return c.nonRoot != null
                && c.nonRoot.apic != null
                && c.nonRoot.apic.virtualizesMsr(msr, write);
    }

    private static void requireMsrs(Cpu c, boolean write) {
        c.requireRing0();
        if (c.nonRoot != null && c.nonRoot.interceptsMsr((int) c.regs[Cpu.RCX], write)) {
            throw c.nonRoot.exit(write ? ExitReason.WRMSR : ExitReason.RDMSR, 0);
        }
        if (c.msrs == null) {
            throw c.generalProtection();
        }
    }
}
