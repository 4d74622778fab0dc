package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;

/**
 * What must hold before the operands of an x87, MMX, SSE or privileged instruction are looked at
 * (SDM vol. 3A, tables 15-1 and 17-1, and 6.9). The opcode tables name one of these per row in the
 * qualifier {@code fpu=}.
 */
public final class FpuChecks {
    /** Status word: an unmasked exception is pending. */
    private static final int ES = 0x80;

    private FpuChecks() {}

    /** Waiting x87 instructions: #NM if CR0.EM or TS, then #MF if an exception is pending. */
    public static void x87(Cpu c) {
        nowait(c);
        if ((c.fpu.status & ES) != 0) {
            pending(c);
        }
    }

    /** #MF, unless IGNNE# says to ignore exceptions that FERR# has told of. */
    private static void pending(Cpu c) {
        if (!c.fpu.ignored || (c.cr0 & Cpu.CR0_NE) != 0) {
            throw c.fault(CpuFault.MF, 0);
        }
    }

    /** Waiting x87 control instructions: as {@link #x87}, but they leave the pointers alone. */
    public static void control(Cpu c) {
        x87(c);
    }

    /** x87 instructions that do not wait (FNxxx): #NM if CR0.EM or TS. */
    public static void nowait(Cpu c) {
        if ((c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0) {
            throw c.fault(CpuFault.NM, 0);
        }
    }

    /** FWAIT: #NM only if both CR0.MP and TS, then #MF if an exception is pending. */
    public static void fwait(Cpu c) {
        if ((c.cr0 & (Cpu.CR0_MP | Cpu.CR0_TS)) == (Cpu.CR0_MP | Cpu.CR0_TS)) {
            throw c.fault(CpuFault.NM, 0);
        }
        if ((c.fpu.status & ES) != 0) {
            pending(c);
        }
    }

    /** MMX: #UD if CR0.EM, #NM if TS, then #MF if an x87 exception is pending. */
    public static void mmx(Cpu c) {
        if ((c.cr0 & Cpu.CR0_EM) != 0) {
            throw c.undefined();
        }
        x87(c);
    }

    /** SSE: #UD if CR0.EM or not CR4.OSFXSR, #NM if TS. */
    public static void sse(Cpu c) {
        if ((c.cr0 & Cpu.CR0_EM) != 0 || (c.cr4 & Cpu.CR4_OSFXSR) == 0) {
            throw c.undefined();
        }
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM, 0);
        }
    }

    /** Whether {@link #sse} passes. */
    public static boolean ssePasses(Cpu c) {
        return (c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) == 0 && (c.cr4 & Cpu.CR4_OSFXSR) != 0;
    }

    /** AVX: #UD unless CR4.OSXSAVE and XCR0 has SSE and AVX state, #NM if TS; EM is ignored. */
    public static void avx(Cpu c) {
        long needed = StateComponents.SSE | StateComponents.AVX;
        if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0 || (c.xcr0 & needed) != needed) {
            throw c.undefined();
        }
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM, 0);
        }
    }

    /** Whether {@link #avx} passes. */
    public static boolean avxPasses(Cpu c) {
        long needed = StateComponents.SSE | StateComponents.AVX;
        return (c.cr0 & Cpu.CR0_TS) == 0
                && (c.cr4 & Cpu.CR4_OSXSAVE) != 0
                && (c.xcr0 & needed) == needed;
    }

    /** SSE instructions that have an MMX operand: the checks of both. */
    public static void sseMmx(Cpu c) {
        sse(c);
        mmx(c);
    }

    /** Privileged instructions with a memory operand, which is not looked at in other rings. */
    public static void ring0(Cpu c) {
        c.requireRing0();
    }

    /** As {@link #ring0}, for those that protected mode alone has. */
    public static void protectedRing0(Cpu c) {
        if (c.realMode() || c.virtual8086()) {
            throw c.undefined();
        }
        c.requireRing0();
    }

    /** INVPCID: #UD where a hypervisor does not let its guest have it; then {@link #ring0}. */
    public static void invpcid(Cpu c) {
        NonRoot.requireEnabled(c, ExitReason.INVPCID);
        c.requireRing0();
    }

    /** VMX instructions: #UD outside VMX operation and protected or 64-bit mode. */
    public static void vmx(Cpu c) {
        if (c.vmx == null || !c.vmx.on || !protectedOr64(c)) {
            throw c.undefined();
        }
    }

    /** VMXON: #UD without CR4.VMXE and outside protected or 64-bit mode. */
    public static void vmxon(Cpu c) {
        if (c.vmx == null || (c.cr4 & Cpu.CR4_VMXE) == 0 || !protectedOr64(c)) {
            throw c.undefined();
        }
    }

    private static boolean protectedOr64(Cpu c) {
        boolean compatibility = c.longMode() && (c.mode & Cpu.MODE_SIZE) != Cpu.MODE_64;
        return !c.realMode() && !c.virtual8086() && !compatibility;
    }

    /** FXSAVE and FXRSTOR: #NM if CR0.EM or TS; they need no CR4.OSFXSR and do not wait. */
    public static void fxsave(Cpu c) {
        nowait(c);
    }

    /** XSAVES and XRSTORS: #UD without CR4.OSXSAVE, #NM if CR0.TS, #GP(0) above ring 0. */
    public static void xsaves(Cpu c) {
        ExtendedState.requirePrivileged(c);
    }
}
