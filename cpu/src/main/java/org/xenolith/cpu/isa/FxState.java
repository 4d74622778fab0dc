package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;

/**
 * FXSAVE and FXRSTOR, and the region of 512 bytes that they share with XSAVE (SDM vol. 1, 10.5).
 */
public final class FxState {
    private static final int MXCSR_AT = 24;
    private static final int ST_AT = 32;
    private static final int XMM_AT = 160;
    private static final int SIZE = 416;

    private FxState() {}

    public static void fxsave(Cpu c, long ea, int rexW) {
        requireAligned(c, ea, 15);
        c.checkWrite(ea, SIZE);
        storeX87(c, ea, rexW != 0);
        storeMxcsr(c, ea);
        if (!fast(c)) {
            storeXmm(c, ea);
        }
    }

    /** Leaves out the XMM registers: EFER.FFXSR (APM vol. 2, 11.4.4). */
    private static boolean fast(Cpu c) {
        return (c.efer & Cpu.EFER_FFXSR) != 0
                && c.cpl == 0
                && (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64;
    }

    public static void fxrstor(Cpu c, long ea, int rexW) {
        requireAligned(c, ea, 15);
        checkRead(c, ea, SIZE);
        int mxcsr = mxcsr(c, ea);
        SseControl.checkMxcsr(c, mxcsr);
        c.fpu.mxcsr = mxcsr;
        loadX87(c, ea, rexW != 0);
        if (!fast(c)) {
            loadXmm(c, ea);
        }
    }

    static void requireAligned(Cpu c, long ea, int mask) {
        if ((ea & mask) != 0) {
            throw c.generalProtection();
        }
    }

    /** Faults where any byte of a range of up to two pages cannot be read. */
    static void checkRead(Cpu c, long ea, int length) {
        c.load8(ea);
        c.load8(ea + length - 1);
    }

    static void storeX87(Cpu c, long ea, boolean wide) {
        FpuState f = X87Pointers.settled(c);
        boolean hidden = X87Pointers.hidden(f);
        c.store64(
                ea,
                f.control & 0xffffL
                        | (f.status & 0xffffL) << 16
                        | abridgedTag(f) << 32
                        | (hidden ? 0 : f.lastOpcode & 0x7ffL) << 48);
        c.store64(ea + 8, hidden ? 0 : pointer(f.lastIp, X87Pointers.cs(f), wide));
        c.store64(ea + 16, hidden ? 0 : pointer(f.lastDp, X87Pointers.ds(f), wide));
        for (int i = 0; i < 8; i++) {
            int r = (f.status >> 11) + i & 7;
            c.store64(ea + ST_AT + 16 * i, f.significand[r]);
            c.store64(ea + ST_AT + 16 * i + 8, f.signExponent[r] & 0xffff);
        }
    }

    /** An offset of 64 bits, or one of 32 bits and its selector. */
    private static long pointer(long offset, int selector, boolean wide) {
        return wide ? offset : offset & 0xffffffffL | (long) selector << 32;
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

    static void loadX87(Cpu c, long ea, boolean wide) {
        FpuState f = c.fpu;
        f.forget();
        long head = c.load64(ea);
        f.control = X87State.controlWord((int) head & 0xffff);
        f.status = (int) (head >>> 16) & 0xffff;
        f.lastOpcode = (int) (head >>> 48) & 0x7ff;
        f.lastIp = wide ? c.load64(ea + 8) : c.load32(ea + 8) & 0xffffffffL;
        f.lastCs = wide ? 0 : c.load16(ea + 12) & 0xffff;
        f.lastDp = wide ? c.load64(ea + 16) : c.load32(ea + 16) & 0xffffffffL;
        f.lastDs = wide ? 0 : c.load16(ea + 20) & 0xffff;
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

    static void storeMxcsr(Cpu c, long ea) {
        c.store32(ea + MXCSR_AT, c.fpu.mxcsr);
        c.store32(ea + MXCSR_AT + 4, SseControl.MXCSR_MASK);
    }

    static int mxcsr(Cpu c, long ea) {
        return c.load32(ea + MXCSR_AT);
    }

    static void storeXmm(Cpu c, long ea) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.store64(ea + XMM_AT + 16 * i, c.fpu.vec[FpuState.LANES * i]);
            c.store64(ea + XMM_AT + 16 * i + 8, c.fpu.vec[FpuState.LANES * i + 1]);
        }
    }

    static void loadXmm(Cpu c, long ea) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.fpu.vec[FpuState.LANES * i] = c.load64(ea + XMM_AT + 16 * i);
            c.fpu.vec[FpuState.LANES * i + 1] = c.load64(ea + XMM_AT + 16 * i + 8);
        }
    }
}
