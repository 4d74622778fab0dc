package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/** MMX data movement, shifts and shuffles, and what MMX does to the x87 state. */
public final class Mmx {
    private static final int TOP = 0x3800;

    private Mmx() {}

    /** What every MMX instruction does: TOP becomes 0, all registers valid. */
    static void enter(Cpu c) {
        c.fpu.status &= ~TOP;
        c.fpu.tag = 0;
    }

    static long read(Cpu c, int p) {
        return c.fpu.significand[p & 7];
    }

    /** Writes an MMX register: the exponent of its x87 register becomes all ones. */
    static void write(Cpu c, int p, long value) {
        enter(c);
        c.fpu.significand[p & 7] = value;
        c.fpu.signExponent[p & 7] = 0xffff;
    }

    private static long shift(Cpu c, int p, long count, LongBinaryOperator f) {
        long r = f.applyAsLong(read(c, p), count);
        write(c, p, r);
        return r;
    }

    // ---- movement ------------------------------------------------------------------------------

    public static void emms(Cpu c) {
        enter(c);
        c.fpu.tag = 0xffff;
    }

    /** MOVQ to a register. */
    public static void mmxMovq(Cpu c, int p, long q) {
        write(c, p, q);
    }

    /** MOVQ from register to register, in the store's encoding. */
    public static long mmxMovqReg(Cpu c, int p, int rm) {
        long r = read(c, p);
        write(c, rm, r);
        return r;
    }

    /** MOVQ and MOVNTQ to memory. */
    public static void mmxStore(Cpu c, long ea, int p) {
        c.store64(ea, read(c, p));
        enter(c);
    }

    /** MOVD from a general register or memory. */
    public static void mmxMovd(Cpu c, int p, long e) {
        write(c, p, e & 0xffffffffL);
    }

    /** MOVD and MOVQ to a general register. */
    public static long mmxToGeneral(Cpu c, int p) {
        enter(c);
        return read(c, p);
    }

    /** MOVD to memory. */
    public static void mmxStoreD(Cpu c, long ea, int p) {
        c.store32(ea, (int) read(c, p));
        enter(c);
    }

    public static void movq2dq(Cpu c, int x, long q) {
        enter(c);
        c.fpu.vec[4 * x] = q;
        c.fpu.vec[4 * x + 1] = 0;
    }

    public static void movdq2q(Cpu c, int p, int x) {
        write(c, p, c.fpu.vec[4 * x]);
    }

    /**
     * MASKMOVQ: the bytes that the mask selects go to DS:RDI. All eight must be writable, which the
     * SDM leaves to the processor; if not, the MMX state has been entered all the same.
     */
    public static void maskmovq(Cpu c, int p, long mask, int addressSize, int segment) {
        int bits = (int) Packed.byteMask(mask);
        enter(c);
        long at = SseMove.destination(c, addressSize, segment, 8);
        c.checkWrite(at, 8);
        SseMove.storeBytes(c, at, read(c, p), 0, bits);
    }

    public static long mmxPmovmskb(Cpu c, long q) {
        enter(c);
        return Packed.byteMask(q);
    }

    // ---- shuffles ------------------------------------------------------------------------------

    public static void pshufw(Cpu c, int p, long q, long imm) {
        write(c, p, Packed.shuffleWords(q, (int) imm));
    }

    public static void mmxPshufb(Cpu c, int p, long control) {
        long a = read(c, p);
        long r = 0;
        for (int i = 0; i < 64; i += 8) {
            int n = (int) (control >> i);
            if ((n & 0x80) == 0) {
                r |= (a >>> 8 * (n & 7) & 0xff) << i;
            }
        }
        write(c, p, r);
    }

    public static void mmxPalignr(Cpu c, int p, long q, long imm) {
        int bytes = Math.min((int) imm & 0xff, 16);
        write(c, p, SseShift.bytesFrom(q, read(c, p), 0, bytes));
    }

    public static void mmxPinsrw(Cpu c, int p, long e, long imm) {
        int shift = 16 * ((int) imm & 3);
        write(c, p, read(c, p) & ~(0xffffL << shift) | (e & 0xffff) << shift);
    }

    public static long mmxPextrw(Cpu c, long q, long imm) {
        enter(c);
        return q >>> 16 * (imm & 3) & 0xffff;
    }

    // ---- shifts --------------------------------------------------------------------------------

    public static void mmxPsllw(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static void mmxPslld(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static void mmxPsllq(Cpu c, int p, long q) {
        shift(c, p, q, Packed::shiftLeftQuad);
    }

    public static void mmxPsrlw(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static void mmxPsrld(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static void mmxPsrlq(Cpu c, int p, long q) {
        shift(c, p, q, Packed::shiftRightQuad);
    }

    public static void mmxPsraw(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static void mmxPsrad(Cpu c, int p, long q) {
        shift(c, p, q, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }

    public static long mmxPsllwImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftLeft(a, n, Packed.W));
    }

    public static long mmxPslldImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftLeft(a, n, Packed.D));
    }

    public static long mmxPsllqImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, Packed::shiftLeftQuad);
    }

    public static long mmxPsrlwImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftRight(a, n, Packed.W));
    }

    public static long mmxPsrldImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftRight(a, n, Packed.D));
    }

    public static long mmxPsrlqImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, Packed::shiftRightQuad);
    }

    public static long mmxPsrawImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.W));
    }

    public static long mmxPsradImm(Cpu c, long q, long imm, int rm) {
        return shift(c, rm, imm & 0xff, (a, n) -> Packed.shiftRightArithmetic(a, n, Packed.D));
    }
}
