package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/** SSE and SSE2 arithmetic, packed and scalar, in single and double precision. */
public final class SseArithmetic {
    private static final long LOW_DWORD = 0xffffffffL;

    private SseArithmetic() {}

    private static void scalarDouble(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        long r = SseFloat.quick(c, op, v[4 * x], v[4 * w]);
        if (r == SseFloat.SLOW) {
            int old = SseFloat.begin(c);
            r = SseFloat.slow(c, op, v[4 * x], v[4 * w]);
            SseFloat.end(c, old);
        }
        v[4 * x] = r;
    }

    private static void packedDouble(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        long low = SseFloat.quick(c, op, v[4 * x], v[4 * w]);
        long high = SseFloat.quick(c, op, v[4 * x + 1], v[4 * w + 1]);
        if (low == SseFloat.SLOW || high == SseFloat.SLOW) {
            int old = SseFloat.begin(c);
            low = SseFloat.slow(c, op, v[4 * x], v[4 * w]);
            high = SseFloat.slow(c, op, v[4 * x + 1], v[4 * w + 1]);
            SseFloat.end(c, old);
        }
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    private static void scalarFloat(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        int r = SseFloat.quick(c, op, (int) v[4 * x], (int) v[4 * w]);
        if (r == SseFloat.SLOW_FLOAT) {
            int old = SseFloat.begin(c);
            r = SseFloat.slow(c, op, (int) v[4 * x], (int) v[4 * w]);
            SseFloat.end(c, old);
        }
        v[4 * x] = v[4 * x] & ~LOW_DWORD | r & LOW_DWORD;
    }

    private static void packedFloat(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        long low = quickPair(c, op, v[4 * x], v[4 * w]);
        long high = quickPair(c, op, v[4 * x + 1], v[4 * w + 1]);
        if (low == SseFloat.SLOW || high == SseFloat.SLOW) {
            int old = SseFloat.begin(c);
            low = slowPair(c, op, v[4 * x], v[4 * w]);
            high = slowPair(c, op, v[4 * x + 1], v[4 * w + 1]);
            SseFloat.end(c, old);
        }
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    /** Two elements, or {@link SseFloat#SLOW}, whose upper half is a NaN. */
    private static long quickPair(Cpu c, int op, long a, long b) {
        int low = SseFloat.quick(c, op, (int) a, (int) b);
        int high = SseFloat.quick(c, op, (int) (a >> 32), (int) (b >> 32));
        boolean no = low == SseFloat.SLOW_FLOAT || high == SseFloat.SLOW_FLOAT;
        return no ? SseFloat.SLOW : Packed.dwords(low, high);
    }

    private static long slowPair(Cpu c, int op, long a, long b) {
        int low = SseFloat.slow(c, op, (int) a, (int) b);
        return Packed.dwords(low, SseFloat.slow(c, op, (int) (a >> 32), (int) (b >> 32)));
    }

    // ---- horizontal, and alternating signs -----------------------------------------------------

    public static void haddpd(Cpu c, int x, int w) {
        horizontalDouble(c, SseFloat.ADD, x, w);
    }

    public static void hsubpd(Cpu c, int x, int w) {
        horizontalDouble(c, SseFloat.SUB, x, w);
    }

    private static void horizontalDouble(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        long low = SseFloat.slow(c, op, v[4 * x], v[4 * x + 1]);
        long high = SseFloat.slow(c, op, v[4 * w], v[4 * w + 1]);
        SseFloat.end(c, old);
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    public static void haddps(Cpu c, int x, int w) {
        horizontalFloat(c, SseFloat.ADD, x, w);
    }

    public static void hsubps(Cpu c, int x, int w) {
        horizontalFloat(c, SseFloat.SUB, x, w);
    }

    private static void horizontalFloat(Cpu c, int op, int x, int w) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        long low = neighbours(c, op, v[4 * x], v[4 * x + 1]);
        long high = neighbours(c, op, v[4 * w], v[4 * w + 1]);
        SseFloat.end(c, old);
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    private static long neighbours(Cpu c, int op, long a, long b) {
        int low = SseFloat.slow(c, op, (int) a, (int) (a >> 32));
        return Packed.dwords(low, SseFloat.slow(c, op, (int) b, (int) (b >> 32)));
    }

    public static void addsubpd(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        long low = SseFloat.slow(c, SseFloat.SUB, v[4 * x], v[4 * w]);
        long high = SseFloat.slow(c, SseFloat.ADD, v[4 * x + 1], v[4 * w + 1]);
        SseFloat.end(c, old);
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    public static void addsubps(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        long low = subAdd(c, v[4 * x], v[4 * w]);
        long high = subAdd(c, v[4 * x + 1], v[4 * w + 1]);
        SseFloat.end(c, old);
        v[4 * x] = low;
        v[4 * x + 1] = high;
    }

    private static long subAdd(Cpu c, long a, long b) {
        int low = SseFloat.slow(c, SseFloat.SUB, (int) a, (int) b);
        int high = SseFloat.slow(c, SseFloat.ADD, (int) (a >> 32), (int) (b >> 32));
        return Packed.dwords(low, high);
    }

    // ---- dot products --------------------------------------------------------------------------

    public static void dpps(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        int p0 = product(c, v[4 * x], v[4 * w], imm >> 4);
        int p1 = product(c, v[4 * x] >> 32, v[4 * w] >> 32, imm >> 5);
        int p2 = product(c, v[4 * x + 1], v[4 * w + 1], imm >> 6);
        int p3 = product(c, v[4 * x + 1] >> 32, v[4 * w + 1] >> 32, imm >> 7);
        old = SseFloat.step(c, old);
        int low = SseFloat.slow(c, SseFloat.ADD, p0, p1);
        int high = SseFloat.slow(c, SseFloat.ADD, p2, p3);
        old = SseFloat.step(c, old);
        int sum = SseFloat.slow(c, SseFloat.ADD, low, high);
        SseFloat.end(c, old);
        v[4 * x] = Packed.dwords((imm & 1) != 0 ? sum : 0, (imm & 2) != 0 ? sum : 0);
        v[4 * x + 1] = Packed.dwords((imm & 4) != 0 ? sum : 0, (imm & 8) != 0 ? sum : 0);
    }

    private static int product(Cpu c, long a, long b, long wanted) {
        return (wanted & 1) == 0 ? 0 : SseFloat.slow(c, SseFloat.MUL, (int) a, (int) b);
    }

    public static void dppd(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        long low = 0;
        long high = 0;
        if ((imm & 0x10) != 0) {
            low = SseFloat.slow(c, SseFloat.MUL, v[4 * x], v[4 * w]);
        }
        if ((imm & 0x20) != 0) {
            high = SseFloat.slow(c, SseFloat.MUL, v[4 * x + 1], v[4 * w + 1]);
        }
        old = SseFloat.step(c, old);
        long sum = SseFloat.slow(c, SseFloat.ADD, low, high);
        SseFloat.end(c, old);
        v[4 * x] = (imm & 1) != 0 ? sum : 0;
        v[4 * x + 1] = (imm & 2) != 0 ? sum : 0;
    }

    // ---- approximations ------------------------------------------------------------------------

    /**
     * Approximate reciprocal. Hardware promises a relative error of at most 1.5 * 2^-12 and differs
     * by maker; here the result is the correctly rounded one, so that all hosts agree.
     */
    private static int reciprocal(int bits) {
        float x = Float.intBitsToFloat(bits);
        if (x != x) {
            return bits | 1 << 22;
        }
        if ((bits & 0x7f800000) == 0) {
            return bits & 1 << 31 | 0x7f800000;
        }
        int r = Float.floatToRawIntBits((float) (1.0 / x));
        return (r & 0x7f800000) == 0 ? r & 1 << 31 : r;
    }

    /** Approximate reciprocal square root; see {@link #reciprocal}. */
    private static int reciprocalRoot(int bits) {
        float x = Float.intBitsToFloat(bits);
        if (x != x) {
            return bits | 1 << 22;
        }
        if ((bits & 0x7f800000) == 0) {
            return bits & 1 << 31 | 0x7f800000;
        }
        return bits < 0 ? 0xffc00000 : Float.floatToRawIntBits((float) (1.0 / Math.sqrt(x)));
    }

    public static void rcpss(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        v[4 * x] = v[4 * x] & ~LOW_DWORD | reciprocal((int) v[4 * w]) & LOW_DWORD;
    }

    public static void rcpps(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < 2; i++) {
            long b = v[4 * w + i];
            v[4 * x + i] = Packed.dwords(reciprocal((int) b), reciprocal((int) (b >> 32)));
        }
    }

    public static void rsqrtss(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        v[4 * x] = v[4 * x] & ~LOW_DWORD | reciprocalRoot((int) v[4 * w]) & LOW_DWORD;
    }

    public static void rsqrtps(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < 2; i++) {
            long b = v[4 * w + i];
            v[4 * x + i] = Packed.dwords(reciprocalRoot((int) b), reciprocalRoot((int) (b >> 32)));
        }
    }

    // ---- add
    // --------------------------------------------------------------------------------------

    public static void addps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.ADD, x, w);
    }

    public static void addpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.ADD, x, w);
    }

    public static void addss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.ADD, x, w);
    }

    public static void addsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.ADD, x, w);
    }

    // ---- sub
    // --------------------------------------------------------------------------------------

    public static void subps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.SUB, x, w);
    }

    public static void subpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.SUB, x, w);
    }

    public static void subss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.SUB, x, w);
    }

    public static void subsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.SUB, x, w);
    }

    // ---- mul
    // --------------------------------------------------------------------------------------

    public static void mulps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.MUL, x, w);
    }

    public static void mulpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.MUL, x, w);
    }

    public static void mulss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.MUL, x, w);
    }

    public static void mulsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.MUL, x, w);
    }

    // ---- div
    // --------------------------------------------------------------------------------------

    public static void divps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.DIV, x, w);
    }

    public static void divpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.DIV, x, w);
    }

    public static void divss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.DIV, x, w);
    }

    public static void divsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.DIV, x, w);
    }

    // ---- min
    // --------------------------------------------------------------------------------------

    public static void minps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.MIN, x, w);
    }

    public static void minpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.MIN, x, w);
    }

    public static void minss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.MIN, x, w);
    }

    public static void minsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.MIN, x, w);
    }

    // ---- max
    // --------------------------------------------------------------------------------------

    public static void maxps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.MAX, x, w);
    }

    public static void maxpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.MAX, x, w);
    }

    public static void maxss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.MAX, x, w);
    }

    public static void maxsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.MAX, x, w);
    }

    // ---- sqrt
    // -------------------------------------------------------------------------------------

    public static void sqrtps(Cpu c, int x, int w) {
        packedFloat(c, SseFloat.SQRT, x, w);
    }

    public static void sqrtpd(Cpu c, int x, int w) {
        packedDouble(c, SseFloat.SQRT, x, w);
    }

    public static void sqrtss(Cpu c, int x, int w) {
        scalarFloat(c, SseFloat.SQRT, x, w);
    }

    public static void sqrtsd(Cpu c, int x, int w) {
        scalarDouble(c, SseFloat.SQRT, x, w);
    }
}
