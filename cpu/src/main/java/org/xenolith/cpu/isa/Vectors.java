package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.FpuState;
import org.xenolith.cpu.state.Rare;

import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Applies an operation on 64-bit lanes, or on 128-bit halves, to whole vector registers.
 *
 * <p>The parameters are register numbers: destination {@code d}, first source {@code x}, second
 * source {@code w}; {@code vl} is 16 or 32 bytes. SSE instructions pass their destination as first
 * source too. Lanes beyond {@code vl} stay; the engine clears them for VEX encodings.
 */
final class Vectors {
    /** First lane of the register that holds results which may yet be given up. */
    static final int RESULT = FpuState.RESULT * FpuState.LANES;

    private Vectors() {}

    /** An operation within 128 bits, which are given by the index of their first lane. */
    interface Half {
        /** Reads two lanes at {@code x} and {@code w} before it writes two at {@code d}. */
        void apply(long[] v, int d, int x, int w);
    }

    /** An operation on a lane that may raise floating-point exceptions. */
    interface Lane {
        long apply(Cpu c, long a, long b);
    }

    static void lanes(Cpu c, int d, int x, int w, int vl, LongBinaryOperator f) {
        long[] v = c.fpu.vec;
        v[4 * d] = f.applyAsLong(v[4 * x], v[4 * w]);
        v[4 * d + 1] = f.applyAsLong(v[4 * x + 1], v[4 * w + 1]);
        if (vl == 32) {
            v[4 * d + 2] = f.applyAsLong(v[4 * x + 2], v[4 * w + 2]);
            v[4 * d + 3] = f.applyAsLong(v[4 * x + 3], v[4 * w + 3]);
        }
    }

    static void lanes(Cpu c, int d, int w, int vl, LongUnaryOperator f) {
        long[] v = c.fpu.vec;
        v[4 * d] = f.applyAsLong(v[4 * w]);
        v[4 * d + 1] = f.applyAsLong(v[4 * w + 1]);
        if (vl == 32) {
            v[4 * d + 2] = f.applyAsLong(v[4 * w + 2]);
            v[4 * d + 3] = f.applyAsLong(v[4 * w + 3]);
        }
    }

    static void halves(Cpu c, int d, int x, int w, int vl, Half f) {
        f.apply(c.fpu.vec, 4 * d, 4 * x, 4 * w);
        if (vl == 32) {
            f.apply(c.fpu.vec, 4 * d + 2, 4 * x + 2, 4 * w + 2);
        }
    }

    /**
     * Computes lanes whose exceptions count together: the destination changes only if none faults.
     */
    @Rare
    static void checked(Cpu c, int d, int x, int w, int vl, Lane f) {
        long[] v = c.fpu.vec;
        int old = SseFloat.begin(c);
        for (int i = 0; i < vl >> 3; i++) {
            v[RESULT + i] = f.apply(c, v[4 * x + i], v[4 * w + i]);
        }
        SseFloat.end(c, old);
        commit(c, d, vl);
    }

    /**
     * Computes lanes by quick forms, or all of them by slow ones if there is one that cannot.
     *
     * @param no what a quick form answers then
     * @param slow for {@link #checked}
     */
    static void quick(Cpu c, int d, int x, int w, int vl, long no, Lane quick, Lane slow) {
        long[] v = c.fpu.vec;
        long r0 = quick.apply(c, v[4 * x], v[4 * w]);
        long r1 = quick.apply(c, v[4 * x + 1], v[4 * w + 1]);
        boolean refused = r0 == no || r1 == no;
        long r2 = 0;
        long r3 = 0;
        if (vl == 32) {
            r2 = quick.apply(c, v[4 * x + 2], v[4 * w + 2]);
            r3 = quick.apply(c, v[4 * x + 3], v[4 * w + 3]);
            refused |= r2 == no || r3 == no;
        }
        if (refused) {
            checked(c, d, x, w, vl, slow);
        } else {
            put(v, d, vl, r0, r1, r2, r3);
        }
    }

    /** Lanes of a result, of which there are two or four. */
    static void put(long[] v, int d, int vl, long r0, long r1, long r2, long r3) {
        v[4 * d] = r0;
        v[4 * d + 1] = r1;
        if (vl == 32) {
            v[4 * d + 2] = r2;
            v[4 * d + 3] = r3;
        }
    }

    /** Copies {@code vl} bytes of {@link #RESULT} to a register. */
    static void commit(Cpu c, int d, int vl) {
        long[] v = c.fpu.vec;
        for (int i = 0; i < vl >> 3; i++) {
            v[4 * d + i] = v[RESULT + i];
        }
    }

    /** Copies the low 128 bits. */
    static void copyLow(long[] v, int d, int s) {
        v[4 * d] = v[4 * s];
        v[4 * d + 1] = v[4 * s + 1];
    }

    /** Vector registers that the code at hand can name: 8 outside 64-bit mode. */
    static int visible(Cpu c) {
        return (c.mode & Cpu.MODE_SIZE) == Cpu.MODE_64 ? 16 : 8;
    }
}
