package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

import java.util.function.LongUnaryOperator;

/** SSE4.1: blends, sign and zero extension, and what else has no scalar counterpart. */
public final class SseBlend {
    private SseBlend() {}

    // ---- blends: a set selector bit takes the element of w -------------------------------------

    /** PBLENDVB; the selector is the top bit of each byte of {@code mask}, as in the next two. */
    public static void pblendvb(Cpu c, int d, int x, int w, int mask, int vl) {
        byTopBits(c, d, x, w, mask, vl, a -> Packed.spread(a & Packed.B, Packed.B));
    }

    public static void blendvps(Cpu c, int d, int x, int w, int mask, int vl) {
        byTopBits(c, d, x, w, mask, vl, a -> Packed.spread(a & Packed.D, Packed.D));
    }

    public static void blendvpd(Cpu c, int d, int x, int w, int mask, int vl) {
        byTopBits(c, d, x, w, mask, vl, a -> a >> 63);
    }

    private static void byTopBits(
            Cpu c, int d, int x, int w, int mask, int vl, LongUnaryOperator spread) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i++) {
            long selector = spread.applyAsLong(v[4 * mask + i]);
            v[4 * d + i] = Packed.select(selector, v[4 * w + i], v[4 * x + i]);
        }
    }

    /** BLENDPS, VPBLENDD. */
    public static void blendps(Cpu c, int d, int x, int w, long imm, int vl) {
        byImmediate(c, d, x, w, (int) imm, 2, vl);
    }

    public static void blendpd(Cpu c, int d, int x, int w, long imm, int vl) {
        byImmediate(c, d, x, w, (int) imm, 1, vl);
    }

    /** Both halves use the same eight bits. */
    public static void pblendw(Cpu c, int d, int x, int w, long imm, int vl) {
        byImmediate(c, d, x, w, (int) (imm & 0xff) * 0x101, 4, vl);
    }

    /** With {@code count} selector bits for each lane. */
    private static void byImmediate(Cpu c, int d, int x, int w, int bits, int count, int vl) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i++) {
            long selector = mask(bits >> i * count, count);
            v[4 * d + i] = Packed.select(selector, v[4 * w + i], v[4 * x + i]);
        }
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
    public static void ptest(Cpu c, int x, int w, int vl) {
        test(c, x, w, vl, -1);
    }

    /** VTESTPS: PTEST of the sign bits. */
    public static void vtestps(Cpu c, int x, int w, int vl) {
        test(c, x, w, vl, Packed.D);
    }

    public static void vtestpd(Cpu c, int x, int w, int vl) {
        test(c, x, w, vl, 1L << 63);
    }

    private static void test(Cpu c, int x, int w, int vl, long bits) {
        long[] v = c.fpu.vec;
        long common = 0;
        long extra = 0;
        for (int i = 0; i < vl >> 3; i++) {
            common |= v[4 * x + i] & v[4 * w + i];
            extra |= ~v[4 * x + i] & v[4 * w + i];
        }
        boolean zero = (common & bits) == 0;
        boolean covered = (extra & bits) == 0;
        Flags.explicit(c, covered ? 1 : 0, zero ? Flags.ZF : 0);
    }

    // ---- extensions ----------------------------------------------------------------------------

    /** Makes each lane of {@code bits} bits from the low end of {@code w}, more of which follow. */
    private static void extend(Cpu c, int d, int w, int vl, int bits, LongUnaryOperator widen) {
        long[] v = c.fpu.vec;
        long low = v[4 * w];
        long high = v[4 * w + 1];
        for (int i = 0; i < vl >> 3; i++) {
            int at = i * bits;
            v[4 * d + i] = widen.applyAsLong(at < 64 ? low >>> at : high >>> at - 64);
        }
    }

    private static long signedBytesToWords(long a) {
        long words = Packed.bytesToWords(a & 0xffffffffL);
        long signs = words & 0x0080008000800080L;
        return words | (signs << 9) - (signs << 1);
    }

    public static void pmovsxbw(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, SseBlend::signedBytesToWords);
    }

    public static void pmovsxbd(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 16, a -> Packed.dwords((byte) a, (byte) (a >> 8)));
    }

    public static void pmovsxbq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 8, a -> (byte) a);
    }

    public static void pmovsxwd(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, a -> Packed.dwords((short) a, (short) (a >> 16)));
    }

    public static void pmovsxwq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 16, a -> (short) a);
    }

    public static void pmovsxdq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, a -> (int) a);
    }

    public static void pmovzxbw(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, a -> Packed.bytesToWords(a & 0xffffffffL));
    }

    public static void pmovzxbd(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 16, a -> a & 0xff | (a & 0xff00) << 24);
    }

    public static void pmovzxbq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 8, a -> a & 0xff);
    }

    public static void pmovzxwd(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, a -> a & 0xffff | (a & 0xffff0000L) << 16);
    }

    public static void pmovzxwq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 16, a -> a & 0xffff);
    }

    public static void pmovzxdq(Cpu c, int d, int w, int vl) {
        extend(c, d, w, vl, 32, a -> a & 0xffffffffL);
    }

    // ---- sums and minima across elements -------------------------------------------------------

    /** MPSADBW: in each half eight sums of differences of four bytes, sliding over x. */
    public static void mpsadbw(Cpu c, int d, int x, int w, long imm, int vl) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i += 2) {
            slide(v, 4 * d + i, 4 * x + i, 4 * w + i, (int) imm >> 3 * (i >> 1));
        }
    }

    private static void slide(long[] v, int d, int x, int w, int control) {
        long fixed = SseShuffle.dword(v, w, control);
        int start = control & 4;
        long low = 0;
        long high = 0;
        for (int i = 0; i < 8; i++) {
            long window = SseShift.bytesFrom(v[x], v[x + 1], 0, start + i) & 0xffffffffL;
            long sum = Packed.sumOfDifferences(window, fixed);
            if (i < 4) {
                low |= sum << 16 * i;
            } else {
                high |= sum << 16 * (i - 4);
            }
        }
        v[d] = low;
        v[d + 1] = high;
    }

    /** PHMINPOSUW: the smallest word and its position. */
    public static void phminposuw(Cpu c, int d, int w) {
        long best = -1;
        for (int i = 7; i >= 0; i--) {
            long word = c.fpu.vec[4 * w + (i >> 2)] >>> 16 * (i & 3) & 0xffff;
            if (best < 0 || word <= (best & 0xffff)) {
                best = word | (long) i << 16;
            }
        }
        c.fpu.vec[4 * d] = best;
        c.fpu.vec[4 * d + 1] = 0;
    }
}
