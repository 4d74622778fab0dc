package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/**
 * AES-NI and VAES: one round of FIPS 197 on each 128-bit half. A state's column is a doubleword,
 * its first row in the low byte.
 */
public final class Aes {
    private static final int[] SBOX = new int[256];
    private static final int[] INVERSE_SBOX = new int[256];

    /** Columns of MixColumns and its inverse, for a byte in the first row. */
    private static final int[] MIX = new int[256];

    private static final int[] INVERSE_MIX = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int inverse = GaloisField.inverse(i);
            int s = inverse;
            for (int k = 1; k < 5; k++) {
                s ^= inverse << k | inverse >> 8 - k;
            }
            s = s & 0xff ^ 0x63;
            SBOX[i] = s;
            INVERSE_SBOX[s] = i;
            MIX[i] = column(i, 2, 1, 1, 3);
            INVERSE_MIX[i] = column(i, 14, 9, 13, 11);
        }
    }

    private Aes() {}

    private static int column(int b, int r0, int r1, int r2, int r3) {
        return GaloisField.multiply(b, r0)
                | GaloisField.multiply(b, r1) << 8
                | GaloisField.multiply(b, r2) << 16
                | GaloisField.multiply(b, r3) << 24;
    }

    /** Row {@code row} of column {@code column} of the state at {@code at}, both modulo 4. */
    private static int cell(long[] v, int at, int column, int row) {
        int n = (column & 3) * 4 + row;
        return (int) (v[at + (n >> 3)] >>> 8 * (n & 7)) & 0xff;
    }

    /**
     * Shifts rows by {@code direction}, substitutes by {@code sbox}, mixes by {@code mix} unless it
     * is null, and adds the key at {@code w}.
     */
    private static void round(long[] v, int d, int x, int w, int direction, int[] sbox, int[] mix) {
        long low = 0;
        long high = 0;
        for (int j = 0; j < 4; j++) {
            int column = 0;
            for (int r = 0; r < 4; r++) {
                int s = sbox[cell(v, x, j + direction * r, r)];
                column ^= mix == null ? s << 8 * r : Integer.rotateLeft(mix[s], 8 * r);
            }
            if (j < 2) {
                low |= (column & 0xffffffffL) << 32 * j;
            } else {
                high |= (column & 0xffffffffL) << 32 * (j - 2);
            }
        }
        low ^= v[w];
        high ^= v[w + 1];
        v[d] = low;
        v[d + 1] = high;
    }

    public static void aesenc(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(c, d, x, w, vl, (v, to, s, k) -> round(v, to, s, k, 1, SBOX, MIX));
    }

    public static void aesenclast(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(c, d, x, w, vl, (v, to, s, k) -> round(v, to, s, k, 1, SBOX, null));
    }

    public static void aesdec(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(
                c, d, x, w, vl, (v, to, s, k) -> round(v, to, s, k, -1, INVERSE_SBOX, INVERSE_MIX));
    }

    public static void aesdeclast(Cpu c, int d, int x, int w, int vl) {
        Vectors.halves(c, d, x, w, vl, (v, to, s, k) -> round(v, to, s, k, -1, INVERSE_SBOX, null));
    }

    /** InvMixColumns alone. */
    public static void aesimc(Cpu c, int d, int w) {
        long[] v = c.fpu.vec;
        long low = inverseMix(v[4 * w]);
        v[4 * d + 1] = inverseMix(v[4 * w + 1]);
        v[4 * d] = low;
    }

    private static long inverseMix(long columns) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            int mixed = INVERSE_MIX[(int) (columns >>> 8 * i) & 0xff];
            r ^= (Integer.rotateLeft(mixed, 8 * (i & 3)) & 0xffffffffL) << 32 * (i >> 2);
        }
        return r;
    }

    public static void aeskeygenassist(Cpu c, int d, int w, long imm) {
        long[] v = c.fpu.vec;
        int low = substitute((int) (v[4 * w] >> 32));
        int high = substitute((int) (v[4 * w + 1] >> 32));
        int constant = (int) imm & 0xff;
        v[4 * d] = Packed.dwords(low, Integer.rotateRight(low, 8) ^ constant);
        v[4 * d + 1] = Packed.dwords(high, Integer.rotateRight(high, 8) ^ constant);
    }

    private static int substitute(int word) {
        int r = 0;
        for (int i = 0; i < 32; i += 8) {
            r |= SBOX[word >>> i & 0xff] << i;
        }
        return r;
    }
}
