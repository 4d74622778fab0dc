package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Vectors.halves;
import static org.xenolith.cpu.isa.Vectors.lanes;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/**
 * Shifts of the vector registers: of elements by one common count or by one each, and of halves by
 * bytes.
 */
public final class SseShift {
    private SseShift() {}

    private static void shift(Cpu c, int d, int x, long count, int vl, LongBinaryOperator f) {
        lanes(c, d, x, vl, a -> f.applyAsLong(a, count));
    }

    // ---- counts in an XMM register or memory

    public static void vecPsllw(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static void vecPslld(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static void vecPsllq(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, Packed::shiftLeftQuad);
    }

    public static void vecPsrlw(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static void vecPsrld(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static void vecPsrlq(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, Packed::shiftRightQuad);
    }

    public static void vecPsraw(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static void vecPsrad(Cpu c, int d, int x, int w, int vl) {
        shift(c, d, x, c.fpu.vec[4 * w], vl, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }

    // ---- immediate counts

    public static void vecPsllwImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static void vecPslldImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static void vecPsllqImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, Packed::shiftLeftQuad);
    }

    public static void vecPsrlwImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static void vecPsrldImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static void vecPsrlqImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, Packed::shiftRightQuad);
    }

    public static void vecPsrawImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static void vecPsradImm(Cpu c, int d, int x, long imm, int vl) {
        shift(c, d, x, imm & 0xff, vl, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }

    /** PSLLDQ: each half by bytes. */
    public static void pslldq(Cpu c, int d, int x, long imm, int vl) {
        int bytes = Math.min((int) imm & 0xff, 16);
        halves(
                c,
                d,
                x,
                x,
                vl,
                (v, to, from, w) -> {
                    long low = v[from];
                    v[to + 1] = bytesFrom(0, low, v[from + 1], 16 - bytes);
                    v[to] = bytesFrom(0, low, 0, 8 - Math.min(bytes, 8));
                });
    }

    /** PSRLDQ: each half by bytes. */
    public static void psrldq(Cpu c, int d, int x, long imm, int vl) {
        int bytes = Math.min((int) imm & 0xff, 16);
        halves(
                c,
                d,
                x,
                x,
                vl,
                (v, to, from, w) -> {
                    v[to] = bytesFrom(v[from], v[from + 1], 0, bytes);
                    v[to + 1] = bytesFrom(v[from + 1], 0, 0, Math.min(bytes, 8));
                });
    }

    /** PALIGNR: in each half, sixteen bytes of x:w from byte {@code imm} on. */
    public static void vecPalignr(Cpu c, int d, int x, int w, long imm, int vl) {
        int bytes = (int) imm & 0xff;
        halves(c, d, x, w, vl, (v, to, high, low) -> align(v, to, high, low, bytes));
    }

    private static void align(long[] v, int to, int upper, int lower, int from) {
        int bytes = from;
        long low = v[lower];
        long high = v[lower + 1];
        long low2 = v[upper];
        long high2 = v[upper + 1];
        if (bytes >= 16) {
            low = low2;
            high = high2;
            low2 = 0;
            high2 = 0;
            bytes = Math.min(bytes - 16, 16);
        }
        v[to] = bytesFrom(low, high, low2, bytes);
        v[to + 1] = bytesFrom(high, low2, high2, bytes);
    }

    // ---- a count for each element --------------------------------------------------------------

    public static void vpsllvd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, n) -> eachDword(a, n, (e, k) -> k > 31 ? 0 : e << k));
    }

    public static void vpsrlvd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, n) -> eachDword(a, n, (e, k) -> k > 31 ? 0 : e >>> k));
    }

    public static void vpsravd(Cpu c, int d, int x, int w, int vl) {
        lanes(
                c,
                d,
                x,
                w,
                vl,
                (a, n) -> eachDword(a, n, (e, k) -> (long) (int) e >> Math.min(k, 31)));
    }

    public static void vpsllvq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::shiftLeftQuad);
    }

    public static void vpsrlvq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::shiftRightQuad);
    }

    /** Elements and counts come zero-extended. */
    private static long eachDword(long a, long counts, LongBinaryOperator f) {
        long low = f.applyAsLong(a & 0xffffffffL, counts & 0xffffffffL);
        return Packed.dwords((int) low, (int) f.applyAsLong(a >>> 32, counts >>> 32));
    }

    /** Eight bytes of c:b:a (a lowest) from byte 0..16 on. */
    static long bytesFrom(long a, long b, long c, int from) {
        if (from >= 8) {
            return bytesFrom(b, c, 0, from - 8);
        }
        return from == 0 ? a : a >>> 8 * from | b << 64 - 8 * from;
    }
}
