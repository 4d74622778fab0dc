package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/** SSE4.1: blends, sign and zero extension, and what else has no scalar counterpart. */
public final class SseBlend {
    private SseBlend() {}

    private static void put(Cpu c, int x, long low, long high) {
        c.fpu.vec[4 * x] = low;
        c.fpu.vec[4 * x + 1] = high;
    }

    // ---- blends: a set selector bit takes the element of w -------------------------------------

    private static void select(Cpu c, int x, int w, long lowMask, long highMask) {
        long[] v = c.fpu.vec;
        v[4 * x] = Packed.select(lowMask, v[4 * w], v[4 * x]);
        v[4 * x + 1] = Packed.select(highMask, v[4 * w + 1], v[4 * x + 1]);
    }

    /** PBLENDVB; the selector is the top bit of each byte of XMM0, as in the next two. */
    public static void pblendvb(Cpu c, int x, int w) {
        byTopBits(c, x, w, Packed.B);
    }

    public static void blendvps(Cpu c, int x, int w) {
        byTopBits(c, x, w, Packed.D);
    }

    public static void blendvpd(Cpu c, int x, int w) {
        select(c, x, w, c.fpu.vec[0] >> 63, c.fpu.vec[1] >> 63);
    }

    private static void byTopBits(Cpu c, int x, int w, long top) {
        long low = Packed.spread(c.fpu.vec[0] & top, top);
        select(c, x, w, low, Packed.spread(c.fpu.vec[1] & top, top));
    }

    public static void blendps(Cpu c, int x, int w, long imm) {
        select(c, x, w, mask((int) imm, 2), mask((int) imm >> 2, 2));
    }

    public static void blendpd(Cpu c, int x, int w, long imm) {
        select(c, x, w, mask((int) imm, 1), mask((int) imm >> 1, 1));
    }

    public static void pblendw(Cpu c, int x, int w, long imm) {
        select(c, x, w, mask((int) imm, 4), mask((int) imm >> 4, 4));
    }

    /** Spreads the low {@code count} bits over that many equal parts of a lane. */
    private static long mask(int bits, int count) {
        int width = 64 / count;
        long r = 0;
        for (int i = 0; i < count; i++) {
            if ((bits >> i & 1) != 0) {
                r |= -1L >>> 64 - width << i * width;
            }
        }
        return r;
    }

    /** PTEST: ZF from w and x, CF from w and not x. */
    public static void ptest(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        boolean zero = (v[4 * x] & v[4 * w] | v[4 * x + 1] & v[4 * w + 1]) == 0;
        boolean covered = (~v[4 * x] & v[4 * w] | ~v[4 * x + 1] & v[4 * w + 1]) == 0;
        Flags.setArithmetic(c, (zero ? Flags.ZF : 0) | (covered ? Flags.CF : 0));
    }

    // ---- extensions ----------------------------------------------------------------------------

    /** Widens elements of {@code from} bits at the low end of {@code w} to {@code to} bits. */
    private static void extend(Cpu c, int x, int w, int from, int to, boolean signed) {
        long source = c.fpu.vec[4 * w];
        int perLane = 64 / to;
        long low = extendLane(source, from, to, signed);
        long high = extendLane(source >>> from * perLane, from, to, signed);
        put(c, x, low, high);
    }

    private static long extendLane(long source, int from, int to, boolean signed) {
        long r = 0;
        for (int i = 0; i < 64 / to; i++) {
            long top = source << 64 - from * (i + 1);
            long value = signed ? top >> 64 - from : top >>> 64 - from;
            r |= to == 64 ? value : (value & (1L << to) - 1) << i * to;
        }
        return r;
    }

    public static void pmovsxbw(Cpu c, int x, int w) {
        extend(c, x, w, 8, 16, true);
    }

    public static void pmovsxbd(Cpu c, int x, int w) {
        extend(c, x, w, 8, 32, true);
    }

    public static void pmovsxbq(Cpu c, int x, int w) {
        extend(c, x, w, 8, 64, true);
    }

    public static void pmovsxwd(Cpu c, int x, int w) {
        extend(c, x, w, 16, 32, true);
    }

    public static void pmovsxwq(Cpu c, int x, int w) {
        extend(c, x, w, 16, 64, true);
    }

    public static void pmovsxdq(Cpu c, int x, int w) {
        extend(c, x, w, 32, 64, true);
    }

    public static void pmovzxbw(Cpu c, int x, int w) {
        extend(c, x, w, 8, 16, false);
    }

    public static void pmovzxbd(Cpu c, int x, int w) {
        extend(c, x, w, 8, 32, false);
    }

    public static void pmovzxbq(Cpu c, int x, int w) {
        extend(c, x, w, 8, 64, false);
    }

    public static void pmovzxwd(Cpu c, int x, int w) {
        extend(c, x, w, 16, 32, false);
    }

    public static void pmovzxwq(Cpu c, int x, int w) {
        extend(c, x, w, 16, 64, false);
    }

    public static void pmovzxdq(Cpu c, int x, int w) {
        extend(c, x, w, 32, 64, false);
    }

    // ---- sums and minima across elements -------------------------------------------------------

    /** MPSADBW: eight sums of differences of four bytes, sliding over x. */
    public static void mpsadbw(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        int block = (int) imm & 3;
        long fixed = v[4 * w + (block >> 1)] >>> 32 * (block & 1) & 0xffffffffL;
        int start = (int) imm & 4;
        long low = 0;
        long high = 0;
        for (int i = 0; i < 8; i++) {
            long window = SseShift.bytesFrom(v[4 * x], v[4 * x + 1], 0, start + i) & 0xffffffffL;
            long sum = Packed.sumOfDifferences(window, fixed);
            if (i < 4) {
                low |= sum << 16 * i;
            } else {
                high |= sum << 16 * (i - 4);
            }
        }
        put(c, x, low, high);
    }

    /** PHMINPOSUW: the smallest word and its position. */
    public static void phminposuw(Cpu c, int x, int w) {
        long best = -1;
        for (int i = 7; i >= 0; i--) {
            long word = c.fpu.vec[4 * w + (i >> 2)] >>> 16 * (i & 3) & 0xffff;
            if (best < 0 || word <= (best & 0xffff)) {
                best = word | (long) i << 16;
            }
        }
        put(c, x, best, 0);
    }
}
