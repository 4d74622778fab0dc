package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.IntBinaryOperator;

/**
 * Arithmetic on polynomials over bits: PCLMULQDQ, and GFNI in the field of AES with 256 elements
 * (modulus x^8 + x^4 + x^3 + x + 1).
 */
public final class GaloisField {
    private static final int MODULUS = 0x11b;
    private static final int[] INVERSE = new int[256];

    static {
        for (int i = 1; i < 256; i++) {
            for (int k = 1; k < 256 && INVERSE[i] == 0; k++) {
                if (multiply(i, k) == 1) {
                    INVERSE[i] = k;
                }
            }
        }
    }

    private GaloisField() {}

    static int multiply(int a, int b) {
        int r = 0;
        int power = a;
        for (int k = b; k != 0; k >>= 1) {
            if ((k & 1) != 0) {
                r ^= power;
            }
            power <<= 1;
            if (power > 0xff) {
                power ^= MODULUS;
            }
        }
        return r;
    }

    /** The inverse of a byte; zero for zero. */
    static int inverse(int a) {
        return INVERSE[a];
    }

    private static long eachByte(long a, long b, IntBinaryOperator f) {
        long r = 0;
        for (int i = 0; i < 64; i += 8) {
            long value = f.applyAsInt((int) (a >>> i) & 0xff, (int) (b >>> i) & 0xff);
            r |= value << i;
        }
        return r;
    }

    public static void gf2p8mulb(Cpu c, int d, int x, int w, int vl) {
        Vectors.lanes(c, d, x, w, vl, (a, b) -> eachByte(a, b, GaloisField::multiply));
    }

    /** Each byte of x, as a vector of bits, times the 8 by 8 matrix in w's lane, plus imm. */
    public static void gf2p8affineqb(Cpu c, int d, int x, int w, long imm, int vl) {
        Vectors.lanes(c, d, x, w, vl, (a, m) -> eachByte(a, 0, (e, unused) -> affine(e, m, imm)));
    }

    /** The same with each byte's inverse. */
    public static void gf2p8affineinvqb(Cpu c, int d, int x, int w, long imm, int vl) {
        Vectors.lanes(
                c,
                d,
                x,
                w,
                vl,
                (a, m) -> eachByte(a, 0, (e, unused) -> affine(INVERSE[e], m, imm)));
    }

    /** Row i of the matrix is byte 7 - i. */
    private static int affine(int element, long matrix, long imm) {
        int r = (int) imm & 0xff;
        for (int i = 0; i < 8; i++) {
            int row = (int) (matrix >>> 8 * (7 - i)) & 0xff;
            r ^= (Integer.bitCount(row & element) & 1) << i;
        }
        return r;
    }

    /** PCLMULQDQ: in each half, the product of one lane of x (imm[0]) and one of w (imm[4]). */
    public static void pclmulqdq(Cpu c, int d, int x, int w, long imm, int vl) {
        int first = (int) imm & 1;
        int second = (int) imm >> 4 & 1;
        Vectors.halves(
                c,
                d,
                x,
                w,
                vl,
                (v, to, a, b) -> {
                    long low = 0;
                    long high = 0;
                    long factor = v[a + first];
                    for (long k = v[b + second]; k != 0; k &= k - 1) {
                        int shift = Long.numberOfTrailingZeros(k);
                        low ^= factor << shift;
                        high ^= shift == 0 ? 0 : factor >>> 64 - shift;
                    }
                    v[to] = low;
                    v[to + 1] = high;
                });
    }
}
