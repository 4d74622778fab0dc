package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.StateComponents.ALL;
import static org.xenolith.cpu.isa.StateComponents.AVX;
import static org.xenolith.cpu.isa.StateComponents.SSE;
import static org.xenolith.cpu.isa.StateComponents.X87;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.state.NonRoot;
import org.xenolith.cpu.state.Registers;

/** XSAVE and its kin, and the register that governs them (SDM vol. 1, chapter 13). */
public final class ExtendedState {
    private static final int XSTATE_BV_AT = 512;
    private static final int XCOMP_BV_AT = 520;

    /** XCOMP_BV: the area is compacted. */
    private static final long COMPACTED = 1L << 63;

    private static final int DEFAULT_MXCSR = 0x1f80;

    private ExtendedState() {}

    /** #UD unless CR4.OSXSAVE, #NM if CR0.TS, #GP unless aligned to 64 bytes. */
    private static void check(Cpu c, long ea) {
        requireOsxsave(c);
        requireClearTs(c);
        FxState.requireAligned(c, ea, 63);
    }

    /** XSAVES and XRSTORS, which are for ring 0, before they look at their operand. */
    static void requirePrivileged(Cpu c) {
        NonRoot.requireEnabled(c, ExitReason.XSAVES);
        requireOsxsave(c);
        requireClearTs(c);
        c.requireRing0();
    }

    private static void requireOsxsave(Cpu c) {
        if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
            throw c.undefined();
        }
    }

    private static void requireClearTs(Cpu c) {
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM, 0);
        }
    }

    /** RFBM: what EDX:EAX asks for. */
    private static long requested(Cpu c) {
        return mask(c) & c.xcr0;
    }

    private static long mask(Cpu c) {
        return c.regs[Registers.RAX] & 0xffffffffL | c.regs[Registers.RDX] << 32;
    }

    // ---- XSAVE, XSAVEOPT, XSAVEC, XSAVES
    // -------------------------------------------------------------

    public static void xsave(Cpu c, long ea, int rexW) {
        check(c, ea);
        long components = requested(c);
        saveStandard(c, ea, rexW != 0, components, components);
    }

    /** XSAVEOPT leaves out components in their initial state; it never counts on earlier saves. */
    public static void xsaveopt(Cpu c, long ea, int rexW) {
        check(c, ea);
        long components = requested(c);
        saveStandard(c, ea, rexW != 0, components, components & StateComponents.inUse(c));
    }

    private static void saveStandard(Cpu c, long ea, boolean wide, long components, long written) {
        c.checkWrite(ea, StateComponents.size(components));
        long header = c.load64(ea + XSTATE_BV_AT);
        StateComponents.save(c, ea, wide, written, ALL);
        if ((components & (SSE | AVX)) != 0) {
            FxState.storeMxcsr(c, ea);
        }
        long used = components & StateComponents.inUse(c);
        c.store64(ea + XSTATE_BV_AT, header & ~components | used);
    }

    /** XSAVEC: the compacted format, without components in their initial state. */
    public static void xsavec(Cpu c, long ea, int rexW) {
        check(c, ea);
        saveCompacted(c, ea, rexW != 0, requested(c));
    }

    /** XSAVES: as XSAVEC, with the supervisor components of IA32_XSS. */
    public static void xsaves(Cpu c, long ea, int rexW) {
        FxState.requireAligned(c, ea, 63);
        saveCompacted(c, ea, rexW != 0, mask(c) & (c.xcr0 | c.xss));
    }

    private static void saveCompacted(Cpu c, long ea, boolean wide, long components) {
        c.checkWrite(ea, StateComponents.compactedSize(components));
        long written = components & inUseWithMxcsr(c);
        StateComponents.save(c, ea, wide, written, components);
        if ((written & SSE) != 0) {
            FxState.storeMxcsr(c, ea);
        }
        c.store64(ea + XSTATE_BV_AT, written);
        c.store64(ea + XCOMP_BV_AT, components | COMPACTED);
    }

    /** XINUSE as the compacted format and XGETBV have it: MXCSR belongs to SSE. */
    private static long inUseWithMxcsr(Cpu c) {
        long used = StateComponents.inUse(c);
        return c.fpu.mxcsr != DEFAULT_MXCSR ? used | SSE : used;
    }

    // ---- XRSTOR, XRSTORS -----------------------------------------------------------------------

    public static void xrstor(Cpu c, long ea, int rexW) {
        check(c, ea);
        FxState.checkRead(c, ea, StateComponents.BASE_SIZE);
        long header = c.load64(ea + XSTATE_BV_AT);
        long layout = c.load64(ea + XCOMP_BV_AT);
        if (layout < 0 && c.compaction) {
            restoreCompacted(c, ea, rexW != 0, requested(c), c.xcr0);
            return;
        }
        // the standard format ignores all from byte 24 of the header on
        requireZero(c, layout | c.load64(ea + XCOMP_BV_AT + 8) | header & ~c.xcr0);
        long components = requested(c);
        long loaded = components & header;
        FxState.checkRead(c, ea, StateComponents.size(loaded));
        if ((components & (SSE | AVX)) != 0) {
            loadMxcsr(c, ea);
        }
        StateComponents.load(c, ea, rexW != 0, loaded, ALL);
        StateComponents.initialize(c, components & ~header);
    }

    /** XRSTORS: the compacted format only, with the supervisor components of IA32_XSS. */
    public static void xrstors(Cpu c, long ea, int rexW) {
        FxState.requireAligned(c, ea, 63);
        FxState.checkRead(c, ea, StateComponents.BASE_SIZE);
        long enabled = c.xcr0 | c.xss;
        if (c.load64(ea + XCOMP_BV_AT) >= 0) {
            throw c.generalProtection();
        }
        restoreCompacted(c, ea, rexW != 0, mask(c) & enabled, enabled);
    }

    /**
     * #GP for components that are not enabled or that XCOMP_BV lacks, and for reserved bits (SDM
     * vol. 1, 13.8.2 and 13.12).
     */
    private static void restoreCompacted(
            Cpu c, long ea, boolean wide, long components, long enabled) {
        long header = c.load64(ea + XSTATE_BV_AT);
        long layout = c.load64(ea + XCOMP_BV_AT) & ~COMPACTED;
        long reserved = layout & ~enabled | header & ~layout;
        for (int i = 16; i < 64; i += 8) {
            reserved |= c.load64(ea + XSTATE_BV_AT + i);
        }
        requireZero(c, reserved);
        long loaded = components & header;
        FxState.checkRead(c, ea, StateComponents.compactedSize(layout));
        if ((loaded & SSE) != 0) {
            loadMxcsr(c, ea);
        } else if ((components & SSE) != 0) {
            c.fpu.mxcsr = DEFAULT_MXCSR;
        }
        StateComponents.load(c, ea, wide, loaded, layout);
        StateComponents.initialize(c, components & ~header);
    }

    private static void loadMxcsr(Cpu c, long ea) {
        int mxcsr = FxState.mxcsr(c, ea);
        SseControl.checkMxcsr(c, mxcsr);
        c.fpu.mxcsr = mxcsr;
    }

    private static void requireZero(Cpu c, long reserved) {
        if (reserved != 0) {
            throw c.generalProtection();
        }
    }

    // ---- XCR0 ----------------------------------------------------------------------------------

    /** XGETBV: XCR0, or with ECX = 1, where CPUID announces that, the components in use. */
    public static void xgetbv(Cpu c) {
        requireOsxsave(c);
        int index = (int) c.regs[Registers.RCX];
        if (index != 0 && (index != 1 || !c.xgetbv1)) {
            throw c.generalProtection();
        }
        long value = index == 0 ? c.xcr0 : c.xcr0 & inUseWithMxcsr(c);
        c.regs[Registers.RAX] = value & 0xffffffffL;
        c.regs[Registers.RDX] = value >>> 32;
    }

    /**
     * Whether XCR0 may have this value: x87 always, AVX only with SSE.
     *
     * @param allowed components that CPUID announces
     */
    public static boolean validXcr0(long value, long allowed) {
        return (value & X87) != 0
                && (value & ~allowed) == 0
                && ((value & AVX) == 0 || (value & SSE) != 0);
    }

    /** XSETBV: #GP outside ring 0, for another register than XCR0, or for a value not allowed. */
    public static void xsetbv(Cpu c) {
        requireOsxsave(c);
        c.requireRing0();
        NonRoot.always(c, ExitReason.XSETBV);
        setExtendedControl(c);
    }

    /** What XSETBV does where it is allowed, to a register that may not exist or take the value. */
    public static void setExtendedControl(Cpu c) {
        long value = mask(c);
        if ((int) c.regs[Registers.RCX] != 0 || !validXcr0(value, c.xcr0Allowed)) {
            throw c.generalProtection();
        }
        c.xcr0 = value;
    }
}
