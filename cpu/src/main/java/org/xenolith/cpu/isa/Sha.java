package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

/**
 * SHA-1 and SHA-256 rounds and message schedules (SDM vol. 2, SHA1RNDS4 and following; FIPS 180-4).
 * SHA-1 keeps its first word in the highest doubleword of a register, SHA-256 in the lowest.
 */
public final class Sha {
    private static final int[] K1 = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

    private Sha() {}

    private static int dword(Cpu c, int register, int n) {
        return (int) (c.fpu.vec[4 * register + (n >> 1)] >> 32 * (n & 1));
    }

    /** Writes four doublewords, lowest first. */
    private static void put(Cpu c, int d, int e0, int e1, int e2, int e3) {
        c.fpu.vec[4 * d] = Packed.dwords(e0, e1);
        c.fpu.vec[4 * d + 1] = Packed.dwords(e2, e3);
    }

    // ---- SHA-1 ---------------------------------------------------------------------------------

    /** Four rounds; the first word of w already has E added. */
    public static void sha1rnds4(Cpu c, int x, int w, long imm) {
        int function = (int) imm & 3;
        int a = dword(c, x, 3);
        int b = dword(c, x, 2);
        int g = dword(c, x, 1);
        int h = dword(c, x, 0);
        int e = 0;
        for (int i = 3; i >= 0; i--) {
            int mixed =
                    switch (function) {
                        case 0 -> b & g ^ ~b & h;
                        case 2 -> b & g ^ b & h ^ g & h;
                        default -> b ^ g ^ h;
                    };
            int next = mixed + Integer.rotateLeft(a, 5) + dword(c, w, i) + e + K1[function];
            e = h;
            h = g;
            g = Integer.rotateLeft(b, 30);
            b = a;
            a = next;
        }
        put(c, x, h, g, b, a);
    }

    public static void sha1nexte(Cpu c, int x, int w) {
        int e = Integer.rotateLeft(dword(c, x, 3), 30);
        put(c, x, dword(c, w, 0), dword(c, w, 1), dword(c, w, 2), dword(c, w, 3) + e);
    }

    public static void sha1msg1(Cpu c, int x, int w) {
        long[] v = c.fpu.vec;
        // words 0..3 are the doublewords of x from the top, 4 and 5 the upper two of w
        long low = v[4 * x] ^ v[4 * w + 1];
        v[4 * x + 1] ^= v[4 * x];
        v[4 * x] = low;
    }

    public static void sha1msg2(Cpu c, int x, int w) {
        int w16 = Integer.rotateLeft(dword(c, x, 3) ^ dword(c, w, 2), 1);
        int w17 = Integer.rotateLeft(dword(c, x, 2) ^ dword(c, w, 1), 1);
        int w18 = Integer.rotateLeft(dword(c, x, 1) ^ dword(c, w, 0), 1);
        int w19 = Integer.rotateLeft(dword(c, x, 0) ^ w16, 1);
        put(c, x, w19, w18, w17, w16);
    }

    // ---- SHA-256 -------------------------------------------------------------------------------

    /** Two rounds with the sums of words and constants in XMM0. */
    public static void sha256rnds2(Cpu c, int x, int w, int words) {
        int a = dword(c, w, 3);
        int b = dword(c, w, 2);
        int e = dword(c, w, 1);
        int f = dword(c, w, 0);
        int third = dword(c, x, 3);
        int fourth = dword(c, x, 2);
        int g = dword(c, x, 1);
        int h = dword(c, x, 0);
        for (int i = 0; i < 2; i++) {
            int s1 =
                    Integer.rotateRight(e, 6)
                            ^ Integer.rotateRight(e, 11)
                            ^ Integer.rotateRight(e, 25);
            int s0 =
                    Integer.rotateRight(a, 2)
                            ^ Integer.rotateRight(a, 13)
                            ^ Integer.rotateRight(a, 22);
            int t = (e & f ^ ~e & g) + s1 + dword(c, words, i) + h;
            int majority = a & b ^ a & third ^ b & third;
            h = g;
            g = f;
            f = e;
            e = t + fourth;
            fourth = third;
            third = b;
            b = a;
            a = t + majority + s0;
        }
        put(c, x, f, e, b, a);
    }

    private static int sigma0(int v) {
        return Integer.rotateRight(v, 7) ^ Integer.rotateRight(v, 18) ^ v >>> 3;
    }

    private static int sigma1(int v) {
        return Integer.rotateRight(v, 17) ^ Integer.rotateRight(v, 19) ^ v >>> 10;
    }

    public static void sha256msg1(Cpu c, int x, int w) {
        int w1 = dword(c, x, 1);
        int w2 = dword(c, x, 2);
        int w3 = dword(c, x, 3);
        int w4 = dword(c, w, 0);
        put(c, x, dword(c, x, 0) + sigma0(w1), w1 + sigma0(w2), w2 + sigma0(w3), w3 + sigma0(w4));
    }

    public static void sha256msg2(Cpu c, int x, int w) {
        int w16 = dword(c, x, 0) + sigma1(dword(c, w, 2));
        int w17 = dword(c, x, 1) + sigma1(dword(c, w, 3));
        int w18 = dword(c, x, 2) + sigma1(w16);
        int w19 = dword(c, x, 3) + sigma1(w17);
        put(c, x, w16, w17, w18, w19);
    }
}
