package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;

/**
 * SSE4.2 string comparison (SDM vol. 1, 12.3): PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM.
 *
 * <p>imm[1:0] element type, [3:2] aggregation, [5:4] polarity, [6] output choice.
 */
public final class SseString {
    private SseString() {}

    public static void pcmpestri(Cpu c, int x, int w, long imm, int rexW) {
        int a = explicitLength(c, Registers.RAX, imm, rexW);
        int b = explicitLength(c, Registers.RDX, imm, rexW);
        index(c, compare(c, x, w, a, b, (int) imm), (int) imm);
    }

    public static void pcmpestrm(Cpu c, int x, int w, long imm, int rexW, int vex) {
        int a = explicitLength(c, Registers.RAX, imm, rexW);
        int b = explicitLength(c, Registers.RDX, imm, rexW);
        mask(c, compare(c, x, w, a, b, (int) imm), (int) imm, vex);
    }

    public static void pcmpistri(Cpu c, int x, int w, long imm) {
        int a = implicitLength(c, x, (int) imm);
        int b = implicitLength(c, w, (int) imm);
        index(c, compare(c, x, w, a, b, (int) imm), (int) imm);
    }

    public static void pcmpistrm(Cpu c, int x, int w, long imm, int vex) {
        int a = implicitLength(c, x, (int) imm);
        int b = implicitLength(c, w, (int) imm);
        mask(c, compare(c, x, w, a, b, (int) imm), (int) imm, vex);
    }

    private static int count(int imm) {
        return (imm & 1) == 0 ? 16 : 8;
    }

    private static int explicitLength(Cpu c, int register, long imm, int rexW) {
        long n = rexW != 0 ? c.regs[register] : (int) c.regs[register];
        int most = count((int) imm);
        return n > most || n < -most ? most : (int) Math.abs(n);
    }

    /** Elements before the first that is zero. */
    private static int implicitLength(Cpu c, int v, int imm) {
        int n = 0;
        while (n < count(imm) && element(c, v, n, imm) != 0) {
            n++;
        }
        return n;
    }

    private static int element(Cpu c, int v, int i, int imm) {
        boolean signed = (imm & 2) != 0;
        if ((imm & 1) == 0) {
            int value = (int) (c.fpu.vec[4 * v + (i >> 3)] >>> 8 * (i & 7));
            return signed ? (byte) value : value & 0xff;
        }
        int value = (int) (c.fpu.vec[4 * v + (i >> 2)] >>> 16 * (i & 3));
        return signed ? (short) value : value & 0xffff;
    }

    /** Sets the flags and gives the bit for each element of w after polarity ("IntRes2"). */
    private static int compare(Cpu c, int x, int w, int lengthX, int lengthW, int imm) {
        int n = count(imm);
        int raw = 0;
        for (int j = 0; j < n; j++) {
            boolean match =
                    switch (imm >> 2 & 3) {
                        case 0 -> equalAny(c, x, w, lengthX, lengthW, j, imm);
                        case 1 -> inRange(c, x, w, lengthX, lengthW, j, imm);
                        case 2 -> equalEach(c, x, w, lengthX, lengthW, j, imm);
                        default -> equalOrdered(c, x, w, lengthX, lengthW, j, imm);
                    };
            raw |= match ? 1 << j : 0;
        }
        int all = (1 << n) - 1;
        int result =
                switch (imm >> 4 & 3) {
                    case 1 -> raw ^ all;
                    case 3 -> raw ^ (1 << lengthW) - 1;
                    default -> raw;
                };
        Flags.setArithmetic(
                c,
                (result != 0 ? Flags.CF : 0)
                        | (lengthW < n ? Flags.ZF : 0)
                        | (lengthX < n ? Flags.SF : 0)
                        | ((result & 1) != 0 ? Flags.OF : 0));
        return result;
    }

    private static boolean equalAny(Cpu c, int x, int w, int lengthX, int lengthW, int j, int imm) {
        for (int i = 0; i < lengthX && j < lengthW; i++) {
            if (element(c, x, i, imm) == element(c, w, j, imm)) {
                return true;
            }
        }
        return false;
    }

    private static boolean inRange(Cpu c, int x, int w, int lengthX, int lengthW, int j, int imm) {
        for (int i = 0; i + 1 < lengthX && j < lengthW; i += 2) {
            int e = element(c, w, j, imm);
            if (element(c, x, i, imm) <= e && e <= element(c, x, i + 1, imm)) {
                return true;
            }
        }
        return false;
    }

    private static boolean equalEach(
            Cpu c, int x, int w, int lengthX, int lengthW, int j, int imm) {
        if (j >= lengthX || j >= lengthW) {
            return j >= lengthX && j >= lengthW;
        }
        return element(c, x, j, imm) == element(c, w, j, imm);
    }

    private static boolean equalOrdered(
            Cpu c, int x, int w, int lengthX, int lengthW, int j, int imm) {
        for (int i = 0; i < lengthX && i + j < count(imm); i++) {
            if (i + j >= lengthW || element(c, x, i, imm) != element(c, w, i + j, imm)) {
                return false;
            }
        }
        return true;
    }

    private static void index(Cpu c, int result, int imm) {
        int at = count(imm);
        if (result != 0) {
            at =
                    (imm & 0x40) == 0
                            ? Integer.numberOfTrailingZeros(result)
                            : 31 - Integer.numberOfLeadingZeros(result);
        }
        c.regs[Registers.RCX] = at;
    }

    /** The VEX form clears the upper half of the implicit destination too. */
    private static void mask(Cpu c, int result, int imm, int vex) {
        long low = result;
        long high = 0;
        if ((imm & 0x40) != 0) {
            int n = count(imm);
            low = expand(result, n);
            high = expand(result >> n / 2, n);
        }
        c.fpu.vec[0] = low;
        c.fpu.vec[1] = high;
        if (vex != 0) {
            c.fpu.vec[2] = 0;
            c.fpu.vec[3] = 0;
        }
    }

    private static long expand(int bits, int n) {
        int width = 128 / n;
        long r = 0;
        for (int i = 0; i < n / 2; i++) {
            r |= (bits >> i & 1) != 0 ? (1L << width) - 1 << width * i : 0;
        }
        return r;
    }
}
