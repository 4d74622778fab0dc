package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.FpuState;
import org.xenolith.cpu.state.Registers;

import java.util.Arrays;

/**
 * FXSAVE, XSAVE and their kin (SDM vol. 1, 10.5 and chapter 13) for the x87, SSE and AVX
 * components.
 *
 * <p>The x87 pointers are 64 bits wide in all forms: the selectors of the 32-bit form read zero, as
 * on processors that deprecate FCS and FDS. SSE is always saved by FXSAVE, whatever EFER.FFXSR.
 */
public final class ExtendedState {
    /** XCR0 bit and state component of the x87 registers. */
    public static final long X87 = 1;

    /** XCR0 bit and state component of XMM0..15 and MXCSR. */
    public static final long SSE = 2;

    /** XCR0 bit and state component of the upper halves of YMM0..15. */
    public static final long AVX = 4;

    /** State components that this processor has. */
    public static final long SUPPORTED = X87 | SSE | AVX;

    /** Bytes of the legacy region plus the header; where the AVX component starts. */
    public static final int XSAVE_SIZE = 576;

    /** Bytes of the AVX component. */
    public static final int AVX_SIZE = 256;

    private static final int MXCSR_AT = 24;
    private static final int ST_AT = 32;
    private static final int XMM_AT = 160;
    private static final int LEGACY_SIZE = 416;
    private static final int XSTATE_BV_AT = 512;
    private static final int XCOMP_BV_AT = 520;

    /** XCOMP_BV: the area is compacted. */
    private static final long COMPACTED = 1L << 63;

    private static final int DEFAULT_MXCSR = 0x1f80;

    private ExtendedState() {}

    // ---- FXSAVE, FXRSTOR -----------------------------------------------------------------------

    public static void fxsave(Cpu c, long ea, int rexW) {
        requireAligned(c, ea, 15);
        c.checkWrite(ea, LEGACY_SIZE);
        storeX87(c, ea, rexW != 0);
        storeMxcsr(c, ea);
        storeXmm(c, ea);
    }

    public static void fxrstor(Cpu c, long ea, int rexW) {
        requireAligned(c, ea, 15);
        checkRead(c, ea, LEGACY_SIZE);
        int mxcsr = c.load32(ea + MXCSR_AT);
        SseControl.checkMxcsr(c, mxcsr);
        c.fpu.mxcsr = mxcsr;
        loadX87(c, ea, rexW != 0);
        loadXmm(c, ea);
    }

    private static void requireAligned(Cpu c, long ea, int mask) {
        if ((ea & mask) != 0) {
            throw c.generalProtection();
        }
    }

    /** Faults where any byte of a range of up to two pages cannot be read. */
    private static void checkRead(Cpu c, long ea, int length) {
        c.load8(ea);
        c.load8(ea + length - 1);
    }

    private static void storeX87(Cpu c, long ea, boolean wide) {
        FpuState f = c.fpu;
        c.store64(
                ea,
                f.control & 0xffffL
                        | (f.status & 0xffffL) << 16
                        | abridgedTag(f) << 32
                        | (long) (f.lastOpcode & 0x7ff) << 48);
        c.store64(ea + 8, wide ? f.lastIp : f.lastIp & 0xffffffffL);
        c.store64(ea + 16, wide ? f.lastDp : f.lastDp & 0xffffffffL);
        for (int i = 0; i < 8; i++) {
            int r = (f.status >> 11) + i & 7;
            c.store64(ea + ST_AT + 16 * i, f.significand[r]);
            c.store64(ea + ST_AT + 16 * i + 8, f.signExponent[r] & 0xffff);
        }
    }

    /** One bit per register: not empty. */
    private static long abridgedTag(FpuState f) {
        int bits = 0;
        for (int r = 0; r < 8; r++) {
            if ((f.tag >> 2 * r & 3) != 3) {
                bits |= 1 << r;
            }
        }
        return bits;
    }

    private static void loadX87(Cpu c, long ea, boolean wide) {
        FpuState f = c.fpu;
        long head = c.load64(ea);
        f.control = X87State.controlWord((int) head & 0xffff);
        f.status = (int) (head >>> 16) & 0xffff;
        f.lastOpcode = (int) (head >>> 48) & 0x7ff;
        f.lastIp = wide ? c.load64(ea + 8) : c.load32(ea + 8) & 0xffffffffL;
        f.lastDp = wide ? c.load64(ea + 16) : c.load32(ea + 16) & 0xffffffffL;
        for (int i = 0; i < 8; i++) {
            int r = (f.status >> 11) + i & 7;
            f.significand[r] = c.load64(ea + ST_AT + 16 * i);
            f.signExponent[r] = c.load16(ea + ST_AT + 16 * i + 8) & 0xffff;
        }
        f.tag = 0;
        for (int r = 0; r < 8; r++) {
            f.tag |= (head >>> 32 + r & 1) != 0 ? 0 : 3 << 2 * r;
        }
        X87State.updateSummary(f);
    }

    private static void storeMxcsr(Cpu c, long ea) {
        c.store32(ea + MXCSR_AT, c.fpu.mxcsr);
        c.store32(ea + MXCSR_AT + 4, SseControl.MXCSR_MASK);
    }

    private static void storeXmm(Cpu c, long ea) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.store64(ea + XMM_AT + 16 * i, c.fpu.vec[FpuState.LANES * i]);
            c.store64(ea + XMM_AT + 16 * i + 8, c.fpu.vec[FpuState.LANES * i + 1]);
        }
    }

    private static void loadXmm(Cpu c, long ea) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.fpu.vec[FpuState.LANES * i] = c.load64(ea + XMM_AT + 16 * i);
            c.fpu.vec[FpuState.LANES * i + 1] = c.load64(ea + XMM_AT + 16 * i + 8);
        }
    }

    // ---- XSAVE, XRSTOR -------------------------------------------------------------------------

    /** #UD unless CR4.OSXSAVE, #NM if CR0.TS, #GP unless aligned to 64 bytes. */
    private static void checkXsave(Cpu c, long ea) {
        requireOsxsave(c);
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM, 0);
        }
        requireAligned(c, ea, 63);
    }

    private static void requireOsxsave(Cpu c) {
        if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
            throw c.undefined();
        }
    }

    private static long requested(Cpu c) {
        long mask = c.regs[Registers.RAX] & 0xffffffffL | c.regs[Registers.RDX] << 32;
        return mask & c.xcr0;
    }

    /** Bytes of an area with these components, in either format. */
    public static int areaSize(long components) {
        return (components & AVX) != 0 ? XSAVE_SIZE + AVX_SIZE : XSAVE_SIZE;
    }

    public static void xsave(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        long components = requested(c);
        saveStandard(c, ea, rexW != 0, components, components);
    }

    /** XSAVEOPT leaves out components in their initial state; it never counts on earlier saves. */
    public static void xsaveopt(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        long components = requested(c);
        saveStandard(c, ea, rexW != 0, components, components & inUse(c));
    }

    private static void saveStandard(Cpu c, long ea, boolean wide, long components, long written) {
        c.checkWrite(ea, areaSize(components));
        long header = c.load64(ea + XSTATE_BV_AT);
        save(c, ea, wide, written);
        if ((components & (SSE | AVX)) != 0) {
            storeMxcsr(c, ea);
        }
        c.store64(ea + XSTATE_BV_AT, header & ~components | components & inUse(c));
    }

    /**
     * XSAVEC: the compacted format, which with these components differs from the standard one in
     * the header only.
     */
    public static void xsavec(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        long components = requested(c);
        c.checkWrite(ea, areaSize(components));
        long written = components & inUse(c);
        if (c.fpu.mxcsr != DEFAULT_MXCSR) {
            written |= components & SSE;
        }
        save(c, ea, rexW != 0, written);
        if ((written & SSE) != 0) {
            storeMxcsr(c, ea);
        }
        c.store64(ea + XSTATE_BV_AT, written);
        c.store64(ea + XCOMP_BV_AT, components | COMPACTED);
    }

    private static void save(Cpu c, long ea, boolean wide, long components) {
        if ((components & X87) != 0) {
            storeX87(c, ea, wide);
        }
        if ((components & SSE) != 0) {
            storeXmm(c, ea);
        }
        if ((components & AVX) != 0) {
            for (int i = 0; i < Vectors.visible(c); i++) {
                c.store64(ea + XSAVE_SIZE + 16 * i, c.fpu.vec[FpuState.LANES * i + 2]);
                c.store64(ea + XSAVE_SIZE + 16 * i + 8, c.fpu.vec[FpuState.LANES * i + 3]);
            }
        }
    }

    /** XINUSE: components that are not in their initial state. */
    private static long inUse(Cpu c) {
        FpuState f = c.fpu;
        long used = 0;
        if (f.control != 0x37f
                || f.status != 0
                || f.tag != 0xffff
                || f.lastOpcode != 0
                || (f.lastIp | f.lastDp) != 0) {
            used |= X87;
        }
        for (int r = 0; r < 8; r++) {
            if (f.significand[r] != 0 || f.signExponent[r] != 0) {
                used |= X87;
            }
        }
        for (int i = 0; i < Vectors.visible(c); i++) {
            if ((f.vec[FpuState.LANES * i] | f.vec[FpuState.LANES * i + 1]) != 0) {
                used |= SSE;
            }
            if ((f.vec[FpuState.LANES * i + 2] | f.vec[FpuState.LANES * i + 3]) != 0) {
                used |= AVX;
            }
        }
        return used;
    }

    public static void xrstor(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        checkRead(c, ea, XSAVE_SIZE);
        long header = c.load64(ea + XSTATE_BV_AT);
        long layout = c.load64(ea + XCOMP_BV_AT);
        boolean compacted = layout < 0;
        checkHeader(c, ea, header, layout);
        long components = requested(c);
        long loaded = components & header;
        checkRead(c, ea, areaSize(loaded));
        int mxcsr = c.load32(ea + MXCSR_AT);
        if (((compacted ? loaded & SSE : components & (SSE | AVX))) != 0) {
            SseControl.checkMxcsr(c, mxcsr);
            c.fpu.mxcsr = mxcsr;
        } else if ((components & SSE) != 0) {
            c.fpu.mxcsr = DEFAULT_MXCSR;
        }
        if ((components & SSE) != 0) {
            if ((loaded & SSE) != 0) {
                loadXmm(c, ea);
            } else {
                clearLanes(c, 0);
            }
        }
        if ((components & AVX) != 0) {
            if ((loaded & AVX) != 0) {
                loadUpper(c, ea + XSAVE_SIZE);
            } else {
                clearLanes(c, 2);
            }
        }
        if ((components & X87) != 0) {
            if ((loaded & X87) != 0) {
                loadX87(c, ea, rexW != 0);
            } else {
                X87State.initialize(c.fpu);
                Arrays.fill(c.fpu.significand, 0);
                Arrays.fill(c.fpu.signExponent, 0);
            }
        }
    }

    /**
     * #GP for components that XCR0 (or XCOMP_BV) lacks and for reserved bits (SDM vol. 1, 13.8).
     */
    private static void checkHeader(Cpu c, long ea, long header, long layout) {
        boolean compacted = layout < 0;
        // the standard format ignores all from byte 24 of the header on
        long reserved = compacted ? layout & ~COMPACTED & ~c.xcr0 | header & ~layout : layout;
        for (int i = 16; i < (compacted ? 64 : 24); i += 8) {
            reserved |= c.load64(ea + XSTATE_BV_AT + i);
        }
        if (reserved != 0 || (header & ~c.xcr0) != 0) {
            throw c.generalProtection();
        }
    }

    private static void loadUpper(Cpu c, long from) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.fpu.vec[FpuState.LANES * i + 2] = c.load64(from + 16 * i);
            c.fpu.vec[FpuState.LANES * i + 3] = c.load64(from + 16 * i + 8);
        }
    }

    /** Clears two lanes of all visible registers. */
    private static void clearLanes(Cpu c, int first) {
        FpuState f = c.fpu;
        for (int i = 0; i < Vectors.visible(c); i++) {
            f.vec[FpuState.LANES * i + first] = 0;
            f.vec[FpuState.LANES * i + first + 1] = 0;
        }
    }

    // ---- XCR0 ----------------------------------------------------------------------------------

    /** XGETBV: XCR0, or with ECX = 1 the components in use. */
    public static void xgetbv(Cpu c) {
        requireOsxsave(c);
        int index = (int) c.regs[Registers.RCX];
        if (index != 0 && index != 1) {
            throw c.generalProtection();
        }
        long value = index == 0 ? c.xcr0 : c.xcr0 & inUse(c);
        c.regs[Registers.RAX] = value & 0xffffffffL;
        c.regs[Registers.RDX] = value >>> 32;
    }

    /** Whether XCR0 may have this value: x87 always, AVX only with SSE. */
    public static boolean validXcr0(long value) {
        return (value & X87) != 0
                && (value & ~SUPPORTED) == 0
                && ((value & AVX) == 0 || (value & SSE) != 0);
    }

    /** XSETBV: #GP outside ring 0, for another register than XCR0, or without the x87 bit. */
    public static void xsetbv(Cpu c) {
        requireOsxsave(c);
        c.requireRing0();
        long value = c.regs[Registers.RAX] & 0xffffffffL | c.regs[Registers.RDX] << 32;
        boolean valid = validXcr0(value);
        if ((int) c.regs[Registers.RCX] != 0 || !valid) {
            throw c.generalProtection();
        }
        c.xcr0 = value;
    }
}
