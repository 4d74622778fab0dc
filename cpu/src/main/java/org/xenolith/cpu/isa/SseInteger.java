package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/** Packed integer arithmetic of the XMM registers: the same on both 64-bit lanes. */
public final class SseInteger {
    private SseInteger() {}

    private static void lanes(Cpu c, int x, int w, LongBinaryOperator f) {
        long[] v = c.fpu.vec;
        v[4 * x] = f.applyAsLong(v[4 * x], v[4 * w]);
        v[4 * x + 1] = f.applyAsLong(v[4 * x + 1], v[4 * w + 1]);
    }

    // ---- logic
    // ------------------------------------------------------------------------------------

    /** PAND, ANDPS, ANDPD. */
    public static void vecAnd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> a & b);
    }

    /** PANDN, ANDNPS, ANDNPD. */
    public static void vecAndNot(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> ~a & b);
    }

    /** POR, ORPS, ORPD. */
    public static void vecOr(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> a | b);
    }

    /** PXOR, XORPS, XORPD. */
    public static void vecXor(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> a ^ b);
    }

    // ---- sums
    // -------------------------------------------------------------------------------------

    public static void vecPaddb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.add(a, b, Packed.B));
    }

    public static void vecPaddw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.add(a, b, Packed.W));
    }

    public static void vecPaddd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.add(a, b, Packed.D));
    }

    public static void vecPaddq(Cpu c, int x, int w) {
        lanes(c, x, w, Long::sum);
    }

    public static void vecPaddsb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.addSaturated(a, b, Packed.B));
    }

    public static void vecPaddsw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.addSaturated(a, b, Packed.W));
    }

    public static void vecPaddusb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.B));
    }

    public static void vecPaddusw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.W));
    }

    public static void vecPsubb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sub(a, b, Packed.B));
    }

    public static void vecPsubw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sub(a, b, Packed.W));
    }

    public static void vecPsubd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sub(a, b, Packed.D));
    }

    public static void vecPsubq(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> a - b);
    }

    public static void vecPsubsb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.subSaturated(a, b, Packed.B));
    }

    public static void vecPsubsw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.subSaturated(a, b, Packed.W));
    }

    public static void vecPsubusb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.B));
    }

    public static void vecPsubusw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.W));
    }

    public static void vecPavgb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.average(a, b, Packed.B));
    }

    public static void vecPavgw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.average(a, b, Packed.W));
    }

    public static void vecPsadbw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::sumOfDifferences);
    }

    // ---- comparisons
    // ------------------------------------------------------------------------------

    public static void vecPcmpeqb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.equal(a, b, Packed.B));
    }

    public static void vecPcmpeqw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.equal(a, b, Packed.W));
    }

    public static void vecPcmpeqd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.equal(a, b, Packed.D));
    }

    public static void vecPcmpeqq(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::equalQuad);
    }

    public static void vecPcmpgtb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.greater(a, b, Packed.B));
    }

    public static void vecPcmpgtw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.greater(a, b, Packed.W));
    }

    public static void vecPcmpgtd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.greater(a, b, Packed.D));
    }

    public static void vecPcmpgtq(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::greaterQuad);
    }

    public static void vecPminsb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.min(a, b, Packed.B));
    }

    public static void vecPminsw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.min(a, b, Packed.W));
    }

    public static void vecPminsd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.min(a, b, Packed.D));
    }

    public static void vecPminub(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.minUnsigned(a, b, Packed.B));
    }

    public static void vecPminuw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.minUnsigned(a, b, Packed.W));
    }

    public static void vecPminud(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.minUnsigned(a, b, Packed.D));
    }

    public static void vecPmaxsb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.max(a, b, Packed.B));
    }

    public static void vecPmaxsw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.max(a, b, Packed.W));
    }

    public static void vecPmaxsd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.max(a, b, Packed.D));
    }

    public static void vecPmaxub(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.maxUnsigned(a, b, Packed.B));
    }

    public static void vecPmaxuw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.maxUnsigned(a, b, Packed.W));
    }

    public static void vecPmaxud(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.maxUnsigned(a, b, Packed.D));
    }

    // ---- products
    // ---------------------------------------------------------------------------------

    public static void vecPmullw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyLow);
    }

    public static void vecPmulhw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyHigh);
    }

    public static void vecPmulhuw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyHighUnsigned);
    }

    public static void vecPmulhrsw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyHighRounded);
    }

    public static void vecPmaddwd(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyAddWords);
    }

    public static void vecPmaddubsw(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyAddBytes);
    }

    public static void vecPmulld(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyDwords);
    }

    public static void vecPmuludq(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplyUnsignedQuad);
    }

    public static void vecPmuldq(Cpu c, int x, int w) {
        lanes(c, x, w, Packed::multiplySignedQuad);
    }

    // ---- absolute values and signs
    // ----------------------------------------------------------------

    public static void vecPabsb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.abs(b, Packed.B));
    }

    public static void vecPabsw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.abs(b, Packed.W));
    }

    public static void vecPabsd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.abs(b, Packed.D));
    }

    public static void vecPsignb(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sign(a, b, Packed.B));
    }

    public static void vecPsignw(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sign(a, b, Packed.W));
    }

    public static void vecPsignd(Cpu c, int x, int w) {
        lanes(c, x, w, (a, b) -> Packed.sign(a, b, Packed.D));
    }
}
