package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/** AVX and AVX2 moves without an SSE counterpart: clears, broadcasts, inserts, masked moves. */
public final class AvxMove {

    private AvxMove() {}

    public static void vzeroall(Cpu c) {
        Arrays.fill(c.fpu.vec, 0, 4 * Vectors.visible(c), 0);
    }

    public static void vzeroupper(Cpu c) {
        for (int i = 0; i < Vectors.visible(c); i++) {
            c.fpu.vec[4 * i + 2] = 0;
            c.fpu.vec[4 * i + 3] = 0;
        }
    }

    // ---- broadcasts ----------------------------------------------------------------------------

    private static void broadcast(Cpu c, int d, long lane, int vl) {
        for (int i = 0; i < vl >> 3; i++) {
            c.fpu.vec[4 * d + i] = lane;
        }
    }

    public static void vpbroadcastb(Cpu c, int d, int w, int vl) {
        broadcast(c, d, (c.fpu.vec[4 * w] & 0xff) * 0x0101010101010101L, vl);
    }

    public static void vpbroadcastw(Cpu c, int d, int w, int vl) {
        broadcast(c, d, (c.fpu.vec[4 * w] & 0xffff) * 0x0001000100010001L, vl);
    }

    /** VPBROADCASTD, VBROADCASTSS. */
    public static void vpbroadcastd(Cpu c, int d, int w, int vl) {
        broadcast(c, d, (c.fpu.vec[4 * w] & 0xffffffffL) * 0x0000000100000001L, vl);
    }

    /** VPBROADCASTQ, VBROADCASTSD. */
    public static void vpbroadcastq(Cpu c, int d, int w, int vl) {
        broadcast(c, d, c.fpu.vec[4 * w], vl);
    }

    /** VBROADCASTF128, VBROADCASTI128. */
    public static void vbroadcast128(Cpu c, int d, int w) {
        long[] v = c.fpu.vec;
        Vectors.copyLow(v, d, w);
        v[4 * d + 2] = v[4 * d];
        v[4 * d + 3] = v[4 * d + 1];
    }

    // ---- halves --------------------------------------------------------------------------------

    /** VINSERTF128, VINSERTI128: x with the half imm[0] replaced by the low half of w. */
    public static void vinsert128(Cpu c, int d, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = v[4 * w + 1];
        System.arraycopy(v, 4 * x, v, 4 * d, 4);
        int at = 4 * d + 2 * (int) (imm & 1);
        v[at] = low;
        v[at + 1] = high;
    }

    /** VEXTRACTF128, VEXTRACTI128: the half imm[0] of x. */
    public static void vextract128(Cpu c, int d, int x, long imm) {
        long[] v = c.fpu.vec;
        int at = 4 * x + 2 * (int) (imm & 1);
        v[4 * d] = v[at];
        v[4 * d + 1] = v[at + 1];
        v[4 * d + 2] = 0;
        v[4 * d + 3] = 0;
    }

    /** VPERM2F128, VPERM2I128: each half is one of four, or zero. */
    public static void vperm2x128(Cpu c, int d, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < 2; i++) {
            int control = (int) imm >> 4 * i;
            int from = 4 * ((control & 2) == 0 ? x : w) + 2 * (control & 1);
            boolean zero = (control & 8) != 0;
            v[Vectors.RESULT + 2 * i] = zero ? 0 : v[from];
            v[Vectors.RESULT + 2 * i + 1] = zero ? 0 : v[from + 1];
        }
        Vectors.commit(c, d, 32);
    }

    // ---- permutations --------------------------------------------------------------------------

    /** VPERMQ, VPERMPD: any lane for each. */
    public static void vpermq(Cpu c, int d, int w, long imm) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < 4; i++) {
            v[Vectors.RESULT + i] = v[4 * w + (int) (imm >> 2 * i & 3)];
        }
        Vectors.commit(c, d, 32);
    }

    /** VPERMD, VPERMPS: any doubleword of w for each, chosen by x. */
    public static void vpermd(Cpu c, int d, int x, int w) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < 4; i++) {
            long order = v[4 * x + i];
            long low = anyDword(v, 4 * w, (int) order);
            v[Vectors.RESULT + i] = low | anyDword(v, 4 * w, (int) (order >> 32)) << 32;
        }
        Vectors.commit(c, d, 32);
    }

    private static long anyDword(long[] v, int at, int n) {
        return v[at + (n >> 1 & 3)] >>> 32 * (n & 1) & 0xffffffffL;
    }

    /** VPERMILPS with a register of controls. */
    public static void vpermilps(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    int order = 0;
                    for (int i = 0; i < 4; i++) {
                        order |= (int) (v[b + (i >> 1)] >>> 32 * (i & 1) & 3) << 2 * i;
                    }
                    SseShuffle.shuffleDwords(v, to, a, a, order);
                });
    }

    /** VPERMILPD with a register of controls, which stand in bit 1. */
    public static void vpermilpd(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    long low = v[a + (int) (v[b] >> 1 & 1)];
                    v[to + 1] = v[a + (int) (v[b + 1] >> 1 & 1)];
                    v[to] = low;
                });
    }

    /** VPERMILPD with immediate controls. */
    public static void vpermilpdImm(Cpu c, int d, int w, long imm, int vl) {
        SseShuffle.shufpd(c, d, w, w, imm, vl);
    }

    // ---- masked moves: only elements whose mask has its top bit set are touched ----------------

    /** VMASKMOVPS, VPMASKMOVD load. */
    public static void maskLoadDwords(
            Cpu c, int d, int mask, long offset, int vl, int memorySegment) {
        long[] v = c.fpu.vec;
        Arrays.fill(v, Vectors.RESULT, Vectors.RESULT + 4, 0);
        for (int i = 0; i < vl >> 2; i++) {
            if (dwordSelected(v, mask, i)) {
                long value =
                        c.load32(element(c, memorySegment, offset + 4 * i, 4, false)) & 0xffffffffL;
                v[Vectors.RESULT + (i >> 1)] |= value << 32 * (i & 1);
            }
        }
        Vectors.commit(c, d, vl);
    }

    /** VMASKMOVPD, VPMASKMOVQ load. */
    public static void maskLoadQuads(
            Cpu c, int d, int mask, long offset, int vl, int memorySegment) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i++) {
            v[Vectors.RESULT + i] =
                    v[4 * mask + i] < 0
                            ? c.load64(element(c, memorySegment, offset + 8 * i, 8, false))
                            : 0;
        }
        Vectors.commit(c, d, vl);
    }

    /** VMASKMOVPS, VPMASKMOVD store. */
    public static void maskStoreDwords(
            Cpu c, long offset, int mask, int x, int vl, int memorySegment) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 2; i++) {
            if (dwordSelected(v, mask, i)) {
                c.checkWrite(element(c, memorySegment, offset + 4 * i, 4, true), 4);
            }
        }
        for (int i = 0; i < vl >> 2; i++) {
            if (dwordSelected(v, mask, i)) {
                long at = element(c, memorySegment, offset + 4 * i, 4, true);
                c.store32(at, (int) (v[4 * x + (i >> 1)] >> 32 * (i & 1)));
            }
        }
    }

    /** VMASKMOVPD, VPMASKMOVQ store. */
    public static void maskStoreQuads(
            Cpu c, long offset, int mask, int x, int vl, int memorySegment) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i++) {
            if (v[4 * mask + i] < 0) {
                c.checkWrite(element(c, memorySegment, offset + 8 * i, 8, true), 8);
            }
        }
        for (int i = 0; i < vl >> 3; i++) {
            if (v[4 * mask + i] < 0) {
                long at = element(c, memorySegment, offset + 8 * i, 8, true);
                c.store64(at, v[4 * x + i]);
            }
        }
    }

    private static long element(Cpu c, int segment, long offset, int size, boolean write) {
        return segment < 0 ? offset : c.linear(segment, offset, size, write);
    }

    private static boolean dwordSelected(long[] v, int mask, int i) {
        return v[4 * mask + (i >> 1)] << 32 * (~i & 1) < 0;
    }
}
