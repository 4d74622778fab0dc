package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/** Shifts of the XMM registers: of elements by one common count, and of the whole by bytes. */
public final class SseShift {
    private SseShift() {}

    private static void shift(Cpu c, int x, long count, LongBinaryOperator f) {
        long[] v = c.fpu.vec;
        v[4 * x] = f.applyAsLong(v[4 * x], count);
        v[4 * x + 1] = f.applyAsLong(v[4 * x + 1], count);
    }

    // ---- counts in an XMM register or memory
    // ------------------------------------------------------

    public static void vecPsllw(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static void vecPslld(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static void vecPsllq(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], Packed::shiftLeftQuad);
    }

    public static void vecPsrlw(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static void vecPsrld(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static void vecPsrlq(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], Packed::shiftRightQuad);
    }

    public static void vecPsraw(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static void vecPsrad(Cpu c, int x, int w) {
        shift(c, x, c.fpu.vec[4 * w], (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }

    // ---- immediate counts
    // -------------------------------------------------------------------------

    public static void vecPsllwImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static void vecPslldImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static void vecPsllqImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, Packed::shiftLeftQuad);
    }

    public static void vecPsrlwImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static void vecPsrldImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static void vecPsrlqImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, Packed::shiftRightQuad);
    }

    public static void vecPsrawImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static void vecPsradImm(Cpu c, int x, long imm) {
        shift(c, x, imm & 0xff, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }

    /** PSLLDQ: the whole register by bytes. */
    public static void pslldq(Cpu c, int x, long imm) {
        long[] v = c.fpu.vec;
        int bytes = (int) imm & 0xff;
        v[4 * x + 1] = bytesFrom(0, v[4 * x], v[4 * x + 1], 16 - Math.min(bytes, 16));
        v[4 * x] = bytesFrom(0, v[4 * x], 0, 8 - Math.min(bytes, 8));
    }

    /** PSRLDQ: the whole register by bytes. */
    public static void psrldq(Cpu c, int x, long imm) {
        long[] v = c.fpu.vec;
        int bytes = Math.min((int) imm & 0xff, 16);
        v[4 * x] = bytesFrom(v[4 * x], v[4 * x + 1], 0, bytes);
        v[4 * x + 1] = bytesFrom(v[4 * x + 1], 0, 0, Math.min(bytes, 8));
    }

    /** PALIGNR: sixteen bytes of x:w from byte {@code imm} on. */
    public static void vecPalignr(Cpu c, int x, int w, long imm) {
        long[] v = c.fpu.vec;
        int bytes = (int) imm & 0xff;
        long low = v[4 * w];
        long high = v[4 * w + 1];
        long low2 = v[4 * x];
        long high2 = v[4 * x + 1];
        if (bytes >= 16) {
            low = low2;
            high = high2;
            low2 = 0;
            high2 = 0;
            bytes = Math.min(bytes - 16, 16);
        }
        v[4 * x] = bytesFrom(low, high, low2, bytes);
        v[4 * x + 1] = bytesFrom(high, low2, high2, bytes);
    }

    /** Eight bytes of c:b:a (a lowest) from byte 0..16 on. */
    static long bytesFrom(long a, long b, long c, int from) {
        if (from >= 8) {
            return bytesFrom(b, c, 0, from - 8);
        }
        return from == 0 ? a : a >>> 8 * from | b << 64 - 8 * from;
    }
}
