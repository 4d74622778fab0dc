package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Vectors.RESULT;
import static org.xenolith.cpu.isa.Vectors.checked;
import static org.xenolith.cpu.isa.Vectors.lanes;
import static org.xenolith.cpu.isa.Vectors.put;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Rare;

/** SSE and AVX arithmetic, packed and scalar, in single and double precision. */
public final class SseArithmetic {
    private static final long LOW_DWORD = 0xffffffffL;

    /** Of two single-precision numbers. */
    private static final long SIGNS = 0x8000000080000000L;

    private SseArithmetic() {}

    private static void scalarDouble(Cpu c, int op, int d, int x, int w) {
        long[] v = c.fpu.vec;
        long r = SseFloat.host(op, v[4 * x], v[4 * w]);
        if (usual(v[4 * x], v[4 * w], r) < 0 && SseFloat.inexactIsNothing(c)
                || SseFloat.acceptable(c, op, v[4 * x], v[4 * w], r)) {
            putDouble(c, d, x, r);
        } else {
            int old = SseFloat.begin(c);
            long slow = SseFloat.slow(c, op, v[4 * x], v[4 * w]);
            SseFloat.end(c, old);
            putDouble(c, d, x, slow);
        }
    }

    private static void scalarFloat(Cpu c, int op, int d, int x, int w) {
        long[] v = c.fpu.vec;
        int r = SseFloat.host(op, (int) v[4 * x], (int) v[4 * w]);
        if ((int) usualPair(v[4 * x], v[4 * w], r) < 0 && SseFloat.inexactIsNothing(c)
                || SseFloat.acceptable(c, op, (int) v[4 * x], (int) v[4 * w], r)) {
            putFloat(c, d, x, r);
        } else {
            int old = SseFloat.begin(c);
            int slow = SseFloat.slow(c, op, (int) v[4 * x], (int) v[4 * w]);
            SseFloat.end(c, old);
            putFloat(c, d, x, slow);
        }
    }

    /** Scalar result: the other bits come from x. */
    static void putDouble(Cpu c, int d, int x, long bits) {
        c.fpu.vec[4 * d + 1] = c.fpu.vec[4 * x + 1];
        c.fpu.vec[4 * d] = bits;
    }

    /** Scalar result: the other bits come from x. */
    static void putFloat(Cpu c, int d, int x, int bits) {
        putDouble(c, d, x, c.fpu.vec[4 * x] & ~LOW_DWORD | bits & LOW_DWORD);
    }

    private static void packedDouble(Cpu c, int op, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        long r0 = SseFloat.host(op, v[4 * x], v[4 * w]);
        long r1 = SseFloat.host(op, v[4 * x + 1], v[4 * w + 1]);
        long usual = usual(v[4 * x], v[4 * w], r0) & usual(v[4 * x + 1], v[4 * w + 1], r1);
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = SseFloat.host(op, v[4 * x + 2], v[4 * w + 2]);
            r3 = SseFloat.host(op, v[4 * x + 3], v[4 * w + 3]);
            usual &= usual(v[4 * x + 2], v[4 * w + 2], r2);
            usual &= usual(v[4 * x + 3], v[4 * w + 3], r3);
        }
        if (usual < 0 && SseFloat.inexactIsNothing(c)
                || SseFloat.acceptable(c, op, v[4 * x], v[4 * w], r0)
                        && SseFloat.acceptable(c, op, v[4 * x + 1], v[4 * w + 1], r1)
                        && (vl != 32
                                || SseFloat.acceptable(c, op, v[4 * x + 2], v[4 * w + 2], r2)
                                        && SseFloat.acceptable(
                                                c, op, v[4 * x + 3], v[4 * w + 3], r3))) {
            put(v, d, vl, r0, r1, r2, r3);
        } else {
            checked(c, d, x, w, vl, (cpu, a, b) -> SseFloat.slow(cpu, op, a, b));
        }
    }

    /**
     * Negative if operands and result are normal; see {@link SseFloat#usual}. Public, as what is
     * done by pairs, so that translated code may call it.
     */
    public static long usual(long a, long b, long r) {
        return SseFloat.usual(a) & SseFloat.usual(b) & SseFloat.usualResult(r);
    }

    private static void packedFloat(Cpu c, int op, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        long r0 = hostPair(op, v[4 * x], v[4 * w]);
        long r1 = hostPair(op, v[4 * x + 1], v[4 * w + 1]);
        long usual = usualPair(v[4 * x], v[4 * w], r0) & usualPair(v[4 * x + 1], v[4 * w + 1], r1);
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = hostPair(op, v[4 * x + 2], v[4 * w + 2]);
            r3 = hostPair(op, v[4 * x + 3], v[4 * w + 3]);
            usual &= usualPair(v[4 * x + 2], v[4 * w + 2], r2);
            usual &= usualPair(v[4 * x + 3], v[4 * w + 3], r3);
        }
        if ((~usual & SIGNS) == 0 && SseFloat.inexactIsNothing(c)
                || acceptablePair(c, op, v[4 * x], v[4 * w], r0)
                        && acceptablePair(c, op, v[4 * x + 1], v[4 * w + 1], r1)
                        && (vl != 32
                                || acceptablePair(c, op, v[4 * x + 2], v[4 * w + 2], r2)
                                        && acceptablePair(c, op, v[4 * x + 3], v[4 * w + 3], r3))) {
            put(v, d, vl, r0, r1, r2, r3);
        } else {
            checked(c, d, x, w, vl, (cpu, a, b) -> slowPair(cpu, op, a, b));
        }
    }

    /** As {@link #usual}, for two single-precision elements: bits 63 and 31 tell. */
    public static long usualPair(long a, long b, long r) {
        return SseFloat.usualPair(a) & SseFloat.usualPair(b) & SseFloat.usualResultPair(r);
    }

    /** The host's results of two single-precision elements. */
    public static long hostPair(int op, long a, long b) {
        int low = SseFloat.host(op, (int) a, (int) b);
        return Packed.dwords(low, SseFloat.host(op, (int) (a >> 32), (int) (b >> 32)));
    }

    /** As {@link SseFloat#acceptable}, for two single-precision elements. */
    public static boolean acceptablePair(Cpu c, int op, long a, long b, long r) {
        return SseFloat.acceptable(c, op, (int) a, (int) b, (int) r)
                && SseFloat.acceptable(c, op, (int) (a >> 32), (int) (b >> 32), (int) (r >> 32));
    }

    private static long slowPair(Cpu c, int op, long a, long b) {
        int low = SseFloat.slow(c, op, (int) a, (int) b);
        return Packed.dwords(low, SseFloat.slow(c, op, (int) (a >> 32), (int) (b >> 32)));
    }

    // ---- horizontal, and alternating signs -----------------------------------------------------

    public static void haddpd(Cpu c, int d, int x, int w, int vl) {
        horizontalDouble(c, SseFloat.ADD, d, x, w, vl);
    }

    public static void hsubpd(Cpu c, int d, int x, int w, int vl) {
        horizontalDouble(c, SseFloat.SUB, d, x, w, vl);
    }

    public static void haddps(Cpu c, int d, int x, int w, int vl) {
        horizontalFloat(c, SseFloat.ADD, d, x, w, vl);
    }

    public static void hsubps(Cpu c, int d, int x, int w, int vl) {
        horizontalFloat(c, SseFloat.SUB, d, x, w, vl);
    }

    private static void horizontalDouble(Cpu c, int op, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        long r0 = SseFloat.quick(c, op, v[4 * x], v[4 * x + 1]);
        long r1 = SseFloat.quick(c, op, v[4 * w], v[4 * w + 1]);
        boolean slow = r0 == SseFloat.SLOW || r1 == SseFloat.SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = SseFloat.quick(c, op, v[4 * x + 2], v[4 * x + 3]);
            r3 = SseFloat.quick(c, op, v[4 * w + 2], v[4 * w + 3]);
            slow |= r2 == SseFloat.SLOW || r3 == SseFloat.SLOW;
        }
        if (slow) {
            slowHorizontal(c, d, x, w, vl, (cpu, a, b) -> SseFloat.slow(cpu, op, a, b));
        } else {
            put(v, d, vl, r0, r1, r2, r3);
        }
    }

    private static void horizontalFloat(Cpu c, int op, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        long r0 = quickNeighbours(c, op, v[4 * x], v[4 * x + 1]);
        long r1 = quickNeighbours(c, op, v[4 * w], v[4 * w + 1]);
        boolean slow = r0 == SseFloat.SLOW || r1 == SseFloat.SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quickNeighbours(c, op, v[4 * x + 2], v[4 * x + 3]);
            r3 = quickNeighbours(c, op, v[4 * w + 2], v[4 * w + 3]);
            slow |= r2 == SseFloat.SLOW || r3 == SseFloat.SLOW;
        }
        if (slow) {
            slowHorizontal(c, d, x, w, vl, (cpu, a, b) -> slowNeighbours(cpu, op, a, b));
        } else {
            put(v, d, vl, r0, r1, r2, r3);
        }
    }

    /** In each half, {@code f} of the two lanes of x, then of those of w. */
    @Rare
    private static void slowHorizontal(Cpu c, int d, int x, int w, int vl, Vectors.Lane f) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i += 2) {
            v[RESULT + i] = f.apply(c, v[4 * x + i], v[4 * x + i + 1]);
            v[RESULT + i + 1] = f.apply(c, v[4 * w + i], v[4 * w + i + 1]);
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private static long quickNeighbours(Cpu c, int op, long a, long b) {
        int low = SseFloat.quick(c, op, (int) a, (int) (a >> 32));
        return SseFloat.pair(low, SseFloat.quick(c, op, (int) b, (int) (b >> 32)));
    }

    private static long slowNeighbours(Cpu c, int op, long a, long b) {
        int low = SseFloat.slow(c, op, (int) a, (int) (a >> 32));
        return Packed.dwords(low, SseFloat.slow(c, op, (int) b, (int) (b >> 32)));
    }

    public static void addsubpd(Cpu c, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        long r0 = SseFloat.quick(c, SseFloat.SUB, v[4 * x], v[4 * w]);
        long r1 = SseFloat.quick(c, SseFloat.ADD, v[4 * x + 1], v[4 * w + 1]);
        boolean slow = r0 == SseFloat.SLOW || r1 == SseFloat.SLOW;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = SseFloat.quick(c, SseFloat.SUB, v[4 * x + 2], v[4 * w + 2]);
            r3 = SseFloat.quick(c, SseFloat.ADD, v[4 * x + 3], v[4 * w + 3]);
            slow |= r2 == SseFloat.SLOW || r3 == SseFloat.SLOW;
        }
        if (slow) {
            slowAddSub(c, d, x, w, vl);
        } else {
            put(v, d, vl, r0, r1, r2, r3);
        }
    }

    @Rare
    private static void slowAddSub(Cpu c, int d, int x, int w, int vl) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            int op = (i & 1) == 0 ? SseFloat.SUB : SseFloat.ADD;
            v[RESULT + i] = SseFloat.slow(c, op, v[4 * x + i], v[4 * w + i]);
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    public static void addsubps(Cpu c, int d, int x, int w, int vl) {
        Vectors.quick(
                c,
                d,
                x,
                w,
                vl,
                SseFloat.SLOW,
                SseArithmetic::quickSubAdd,
                SseArithmetic::slowSubAdd);
    }

    /** Two elements, or {@link SseFloat#SLOW}, whose upper half is a NaN. */
    private static long quickSubAdd(Cpu c, long a, long b) {
        int low = SseFloat.quick(c, SseFloat.SUB, (int) a, (int) b);
        int high = SseFloat.quick(c, SseFloat.ADD, (int) (a >> 32), (int) (b >> 32));
        return SseFloat.pair(low, high);
    }

    private static long slowSubAdd(Cpu c, long a, long b) {
        int low = SseFloat.slow(c, SseFloat.SUB, (int) a, (int) b);
        int high = SseFloat.slow(c, SseFloat.ADD, (int) (a >> 32), (int) (b >> 32));
        return Packed.dwords(low, high);
    }

    // ---- dot products --------------------------------------------------------------------------

    public static void dpps(Cpu c, int d, int x, int w, long imm, int vl) {
        long[] v = c.fpu.vec;
        int low = quickDot(c, v[4 * x], v[4 * x + 1], v[4 * w], v[4 * w + 1], imm);
        boolean slow = low == SseFloat.SLOW_FLOAT;
        int high = 0;
        if (vl == 32) {
            high = quickDot(c, v[4 * x + 2], v[4 * x + 3], v[4 * w + 2], v[4 * w + 3], imm);
            slow |= high == SseFloat.SLOW_FLOAT;
        }
        if (slow) {
            slowDpps(c, d, x, w, imm, vl);
            return;
        }
        long first = spread(low, imm);
        long second = spread(low, imm >> 2);
        long third = spread(high, imm);
        put(v, d, vl, first, second, third, spread(high, imm >> 2));
    }

    /** A sum where the lowest two bits want it. */
    private static long spread(int sum, long wanted) {
        return Packed.dwords((wanted & 1) != 0 ? sum : 0, (wanted & 2) != 0 ? sum : 0);
    }

    /** Of 128 bits; what no step can do quickly is a NaN to the next, which cannot either. */
    private static int quickDot(Cpu c, long a0, long a1, long b0, long b1, long imm) {
        int low = quickSum(c, a0, b0, imm >> 4);
        return SseFloat.quick(c, SseFloat.ADD, low, quickSum(c, a1, b1, imm >> 6));
    }

    private static int quickSum(Cpu c, long a, long b, long wanted) {
        int low = quickProduct(c, a, b, wanted);
        int high = quickProduct(c, a >> 32, b >> 32, wanted >> 1);
        return SseFloat.quick(c, SseFloat.ADD, low, high);
    }

    private static int quickProduct(Cpu c, long a, long b, long wanted) {
        return (wanted & 1) == 0 ? 0 : SseFloat.quick(c, SseFloat.MUL, (int) a, (int) b);
    }

    /** Three steps, each of which may fault: products, sums of two, sums of four. */
    @Rare
    private static void slowDpps(Cpu c, int d, int x, int w, long imm, int vl) {
        long[] v = c.fpu.vec;
        int lanes = vl >> 3;
        int old = SseFloat.begin(c);
        for (int i = 0; i < lanes; i++) {
            long a = v[4 * x + i];
            long b = v[4 * w + i];
            long wanted = imm >> 4 + 2 * (i & 1);
            v[RESULT + i] =
                    Packed.dwords(
                            product(c, a, b, wanted), product(c, a >> 32, b >> 32, wanted >> 1));
        }
        old = SseFloat.step(c, old);
        for (int i = 0; i < lanes; i++) {
            long p = v[RESULT + i];
            v[RESULT + i] = SseFloat.slow(c, SseFloat.ADD, (int) p, (int) (p >> 32));
        }
        old = SseFloat.step(c, old);
        for (int i = 0; i < lanes; i += 2) {
            int sum = SseFloat.slow(c, SseFloat.ADD, (int) v[RESULT + i], (int) v[RESULT + i + 1]);
            v[RESULT + i] = spread(sum, imm);
            v[RESULT + i + 1] = spread(sum, imm >> 2);
        }
        SseFloat.end(c, old);
        Vectors.commit(c, d, vl);
    }

    private static int product(Cpu c, long a, long b, long wanted) {
        return (wanted & 1) == 0 ? 0 : SseFloat.slow(c, SseFloat.MUL, (int) a, (int) b);
    }

    public static void dppd(Cpu c, int d, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        long low = (imm & 0x10) != 0 ? SseFloat.quick(c, SseFloat.MUL, v[4 * x], v[4 * w]) : 0;
        long high =
                (imm & 0x20) != 0 ? SseFloat.quick(c, SseFloat.MUL, v[4 * x + 1], v[4 * w + 1]) : 0;
        long sum = SseFloat.quick(c, SseFloat.ADD, low, high);
        if (sum == SseFloat.SLOW) {
            sum = slowDppd(c, x, w, imm);
        }
        v[4 * d] = (imm & 1) != 0 ? sum : 0;
        v[4 * d + 1] = (imm & 2) != 0 ? sum : 0;
    }

    /** In two steps, like {@link #slowDpps}. */
    @Rare
    private static long slowDppd(Cpu c, int x, int w, long imm) {
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
        return sum;
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

    public static void rcpss(Cpu c, int d, int x, int w) {
        putFloat(c, d, x, reciprocal((int) c.fpu.vec[4 * w]));
    }

    public static void rcpps(Cpu c, int d, int w, int vl) {
        lanes(c, d, w, vl, b -> Packed.dwords(reciprocal((int) b), reciprocal((int) (b >> 32))));
    }

    public static void rsqrtss(Cpu c, int d, int x, int w) {
        putFloat(c, d, x, reciprocalRoot((int) c.fpu.vec[4 * w]));
    }

    public static void rsqrtps(Cpu c, int d, int w, int vl) {
        lanes(
                c,
                d,
                w,
                vl,
                b -> Packed.dwords(reciprocalRoot((int) b), reciprocalRoot((int) (b >> 32))));
    }

    // ---- add

    public static void addps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.ADD, d, x, w, vl);
    }

    public static void addpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.ADD, d, x, w, vl);
    }

    public static void addss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.ADD, d, x, w);
    }

    public static void addsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.ADD, d, x, w);
    }

    // ---- sub

    public static void subps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.SUB, d, x, w, vl);
    }

    public static void subpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.SUB, d, x, w, vl);
    }

    public static void subss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.SUB, d, x, w);
    }

    public static void subsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.SUB, d, x, w);
    }

    // ---- mul

    public static void mulps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.MUL, d, x, w, vl);
    }

    public static void mulpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.MUL, d, x, w, vl);
    }

    public static void mulss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.MUL, d, x, w);
    }

    public static void mulsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.MUL, d, x, w);
    }

    // ---- div

    public static void divps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.DIV, d, x, w, vl);
    }

    public static void divpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.DIV, d, x, w, vl);
    }

    public static void divss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.DIV, d, x, w);
    }

    public static void divsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.DIV, d, x, w);
    }

    // ---- min

    public static void minps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.MIN, d, x, w, vl);
    }

    public static void minpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.MIN, d, x, w, vl);
    }

    public static void minss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.MIN, d, x, w);
    }

    public static void minsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.MIN, d, x, w);
    }

    // ---- max

    public static void maxps(Cpu c, int d, int x, int w, int vl) {
        packedFloat(c, SseFloat.MAX, d, x, w, vl);
    }

    public static void maxpd(Cpu c, int d, int x, int w, int vl) {
        packedDouble(c, SseFloat.MAX, d, x, w, vl);
    }

    public static void maxss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.MAX, d, x, w);
    }

    public static void maxsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.MAX, d, x, w);
    }

    // ---- sqrt

    public static void sqrtps(Cpu c, int d, int w, int vl) {
        packedFloat(c, SseFloat.SQRT, d, w, w, vl);
    }

    public static void sqrtpd(Cpu c, int d, int w, int vl) {
        packedDouble(c, SseFloat.SQRT, d, w, w, vl);
    }

    public static void sqrtss(Cpu c, int d, int x, int w) {
        scalarFloat(c, SseFloat.SQRT, d, x, w);
    }

    public static void sqrtsd(Cpu c, int d, int x, int w) {
        scalarDouble(c, SseFloat.SQRT, d, x, w);
    }
}
