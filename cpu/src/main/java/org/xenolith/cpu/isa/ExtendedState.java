package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.FpuState;
import org.xenolith.cpu.state.Registers;

import java.util.Arrays;

/**
 * FXSAVE, XSAVE and their kin (SDM vol. 1, 10.5 and chapter 13) for the x87 and SSE components, in
 * the standard format.
 *
 * <p>The x87 pointers are 64 bits wide in all forms: the selectors of the 32-bit form read zero, as
 * on processors that deprecate FCS and FDS. SSE is always saved by FXSAVE, whatever EFER.FFXSR.
 */
public final class ExtendedState {
    /** XCR0 bit and state component of the x87 registers. */
    public static final long X87 = 1;

    /** XCR0 bit and state component of XMM0..15 and MXCSR. */
    public static final long SSE = 2;

    /** State components that this processor has. */
    public static final long SUPPORTED = X87 | SSE;

    /** Bytes of the legacy region plus the header. */
    public static final int XSAVE_SIZE = 576;

    private static final int MXCSR_AT = 24;
    private static final int ST_AT = 32;
    private static final int XMM_AT = 160;
    private static final int LEGACY_SIZE = 416;
    private static final int XSTATE_BV_AT = 512;

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
        for (int i = 0; i < 16; i++) {
            c.store64(ea + XMM_AT + 16 * i, c.fpu.vec[FpuState.LANES * i]);
            c.store64(ea + XMM_AT + 16 * i + 8, c.fpu.vec[FpuState.LANES * i + 1]);
        }
    }

    private static void loadXmm(Cpu c, long ea) {
        for (int i = 0; i < 16; i++) {
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

    public static void xsave(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        c.checkWrite(ea, XSAVE_SIZE);
        long components = requested(c);
        long header = c.load64(ea + XSTATE_BV_AT);
        save(c, ea, rexW != 0, components);
        c.store64(ea + XSTATE_BV_AT, header & ~components | components & inUse(c));
    }

    /** XSAVEOPT leaves out components in their initial state; it never counts on earlier saves. */
    public static void xsaveopt(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        c.checkWrite(ea, XSAVE_SIZE);
        long components = requested(c);
        long header = c.load64(ea + XSTATE_BV_AT);
        save(c, ea, rexW != 0, components & inUse(c));
        if ((components & SSE) != 0) {
            storeMxcsr(c, ea);
        }
        c.store64(ea + XSTATE_BV_AT, header & ~components | components & inUse(c));
    }

    private static void save(Cpu c, long ea, boolean wide, long components) {
        if ((components & X87) != 0) {
            storeX87(c, ea, wide);
        }
        if ((components & SSE) != 0) {
            storeMxcsr(c, ea);
            storeXmm(c, ea);
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
        for (int i = 0; i < 16; i++) {
            if ((f.vec[FpuState.LANES * i] | f.vec[FpuState.LANES * i + 1]) != 0) {
                used |= SSE;
            }
        }
        return used;
    }

    public static void xrstor(Cpu c, long ea, int rexW) {
        checkXsave(c, ea);
        checkRead(c, ea, XSAVE_SIZE);
        long header = c.load64(ea + XSTATE_BV_AT);
        long reserved = 0;
        for (int i = 8; i < 64; i += 8) {
            // XCOMP_BV and the reserved bytes up to 23; the rest is ignored by the standard form
            reserved |= i < 24 ? c.load64(ea + XSTATE_BV_AT + i) : 0;
        }
        if (reserved != 0 || (header & ~c.xcr0) != 0) {
            throw c.generalProtection();
        }
        long components = requested(c);
        int mxcsr = c.load32(ea + MXCSR_AT);
        if ((components & SSE) != 0) {
            SseControl.checkMxcsr(c, mxcsr);
            c.fpu.mxcsr = mxcsr;
            if ((header & SSE) != 0) {
                loadXmm(c, ea);
            } else {
                clearXmm(c.fpu);
            }
        }
        if ((components & X87) != 0) {
            if ((header & X87) != 0) {
                loadX87(c, ea, rexW != 0);
            } else {
                X87State.initialize(c.fpu);
                Arrays.fill(c.fpu.significand, 0);
                Arrays.fill(c.fpu.signExponent, 0);
            }
        }
    }

    private static void clearXmm(FpuState f) {
        for (int i = 0; i < 16; i++) {
            f.vec[FpuState.LANES * i] = 0;
            f.vec[FpuState.LANES * i + 1] = 0;
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

    /** XSETBV: #GP outside ring 0, for another register than XCR0, or without the x87 bit. */
    public static void xsetbv(Cpu c) {
        requireOsxsave(c);
        c.requireRing0();
        long value = c.regs[Registers.RAX] & 0xffffffffL | c.regs[Registers.RDX] << 32;
        boolean valid = (value & X87) != 0 && (value & ~SUPPORTED) == 0;
        if ((int) c.regs[Registers.RCX] != 0 || !valid) {
            throw c.generalProtection();
        }
        c.xcr0 = value;
    }
}
