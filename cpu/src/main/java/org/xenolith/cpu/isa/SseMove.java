package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Vectors.halves;
import static org.xenolith.cpu.isa.Vectors.lanes;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Registers;

/**
 * SSE and AVX data movement. Registers are given by index into {@code FpuState.vec}; a memory
 * operand is the scratch register, so that a load is a copy from it (its upper bytes are zero) and
 * a store a copy to it.
 */
public final class SseMove {
    private static final long LOW_DWORD = 0xffffffffL;

    private SseMove() {}

    /** All bits: MOVAPS, MOVDQU and the like; also any load or store of memory. */
    public static void vecCopy(Cpu c, int d, int s, int vl) {
        lanes(c, d, s, vl, a -> a);
    }

    /** MOVQ: the low quadword, the upper one becomes zero. */
    public static void vecMovq(Cpu c, int d, int s) {
        long[] v = c.fpu.vec;
        v[4 * d] = v[4 * s];
        v[4 * d + 1] = 0;
    }

    /** MOVSS between registers: the low doubleword of w, the others of x. */
    public static void movssReg(Cpu c, int d, int x, int w) {
        long[] v = c.fpu.vec;
        v[4 * d] = v[4 * x] & ~LOW_DWORD | v[4 * w] & LOW_DWORD;
        v[4 * d + 1] = v[4 * x + 1];
    }

    /** Low quadword of w, high quadword of x: MOVSD between registers, MOVLPS load. */
    public static void vecLowToLow(Cpu c, int d, int x, int w) {
        long[] v = c.fpu.vec;
        long high = v[4 * x + 1];
        v[4 * d] = v[4 * w];
        v[4 * d + 1] = high;
    }

    /** Low quadword of x, then that of w: MOVHPS load, MOVLHPS. */
    public static void vecLowToHigh(Cpu c, int d, int x, int w) {
        long[] v = c.fpu.vec;
        long high = v[4 * w];
        v[4 * d] = v[4 * x];
        v[4 * d + 1] = high;
    }

    /** High quadword of w, then that of x: MOVHPS store, MOVHLPS. */
    public static void vecHighToLow(Cpu c, int d, int x, int w) {
        long[] v = c.fpu.vec;
        long low = v[4 * w + 1];
        v[4 * d + 1] = v[4 * x + 1];
        v[4 * d] = low;
    }

    public static void movddup(Cpu c, int d, int s, int vl) {
        halves(
                c,
                d,
                s,
                s,
                vl,
                (v, to, from, w) -> {
                    v[to + 1] = v[from];
                    v[to] = v[from];
                });
    }

    public static void movsldup(Cpu c, int d, int s, int vl) {
        lanes(c, d, s, vl, a -> (a & LOW_DWORD) * 0x100000001L);
    }

    public static void movshdup(Cpu c, int d, int s, int vl) {
        lanes(c, d, s, vl, a -> (a >>> 32) * 0x100000001L);
    }

    /** MOVD from a general register or memory. */
    public static void movdToVec(Cpu c, int x, long e) {
        c.fpu.vec[4 * x] = e & LOW_DWORD;
        c.fpu.vec[4 * x + 1] = 0;
    }

    /** MOVQ from a general register or memory. */
    public static void movqToVec(Cpu c, int x, long e) {
        c.fpu.vec[4 * x] = e;
        c.fpu.vec[4 * x + 1] = 0;
    }

    /** MOVD and MOVQ to a general register or memory. */
    public static long movFromVec(Cpu c, int x) {
        return c.fpu.vec[4 * x];
    }

    public static long movmskps(Cpu c, int s, int vl) {
        long bits = 0;
        for (int i = (vl >> 3) - 1; i >= 0; i--) {
            long lane = c.fpu.vec[4 * s + i];
            bits = bits << 2 | lane >>> 31 & 1 | lane >>> 63 << 1;
        }
        return bits;
    }

    public static long movmskpd(Cpu c, int s, int vl) {
        long bits = 0;
        for (int i = (vl >> 3) - 1; i >= 0; i--) {
            bits = bits << 1 | c.fpu.vec[4 * s + i] >>> 63;
        }
        return bits;
    }

    /** PMOVMSKB from a vector register. */
    public static long vecPmovmskb(Cpu c, int s, int vl) {
        long bits = 0;
        for (int i = (vl >> 3) - 1; i >= 0; i--) {
            bits = bits << 8 | Packed.byteMask(c.fpu.vec[4 * s + i]);
        }
        return bits;
    }

    /**
     * MASKMOVDQU: the bytes of {@code x} that the mask selects go to DS:RDI. All sixteen must be
     * writable, which the SDM leaves to the processor.
     */
    public static void maskmovdqu(Cpu c, int x, int mask, int addressSize, int segment) {
        long[] v = c.fpu.vec;
        long bits = Packed.byteMask(v[4 * mask]) | Packed.byteMask(v[4 * mask + 1]) << 8;
        long at = destination(c, addressSize, segment, 16);
        c.checkWrite(at, 16);
        storeBytes(c, at, v[4 * x], v[4 * x + 1], (int) bits);
    }

    /** Where MASKMOVDQU and MASKMOVQ store to; {@code segment} is the override or -1. */
    static long destination(Cpu c, int addressSize, int segment, int size) {
        long offset = Bits.zext(c.regs[Registers.RDI], addressSize);
        return c.linearData(segment, offset, size, true);
    }

    /** Stores the bytes of high:low whose bit in {@code bits} is set. */
    static void storeBytes(Cpu c, long at, long low, long high, int bits) {
        for (int i = 0; i < 16; i++) {
            if ((bits >> i & 1) != 0) {
                c.store8(at + i, (byte) ((i < 8 ? low : high) >> 8 * (i & 7)));
            }
        }
    }
}
