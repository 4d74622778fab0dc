package org.xenolith.cpu.isa;

import static org.xenolith.cpu.isa.Vectors.lanes;

import org.xenolith.cpu.state.Cpu;

/** Packed integer arithmetic of the vector registers: the same on all 64-bit lanes. */
public final class SseInteger {
    private SseInteger() {}

    // ---- logic

    /** PAND, ANDPS, ANDPD. */
    public static void vecAnd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> a & b);
    }

    /** PANDN, ANDNPS, ANDNPD. */
    public static void vecAndNot(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> ~a & b);
    }

    /** POR, ORPS, ORPD. */
    public static void vecOr(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> a | b);
    }

    /** PXOR, XORPS, XORPD. */
    public static void vecXor(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> a ^ b);
    }

    // ---- sums

    public static void vecPaddb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.add(a, b, Packed.B));
    }

    public static void vecPaddw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.add(a, b, Packed.W));
    }

    public static void vecPaddd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.add(a, b, Packed.D));
    }

    public static void vecPaddq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Long::sum);
    }

    public static void vecPaddsb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.addSaturated(a, b, Packed.B));
    }

    public static void vecPaddsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.addSaturated(a, b, Packed.W));
    }

    public static void vecPaddusb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.B));
    }

    public static void vecPaddusw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.W));
    }

    public static void vecPsubb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sub(a, b, Packed.B));
    }

    public static void vecPsubw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sub(a, b, Packed.W));
    }

    public static void vecPsubd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sub(a, b, Packed.D));
    }

    public static void vecPsubq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> a - b);
    }

    public static void vecPsubsb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.subSaturated(a, b, Packed.B));
    }

    public static void vecPsubsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.subSaturated(a, b, Packed.W));
    }

    public static void vecPsubusb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.B));
    }

    public static void vecPsubusw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.W));
    }

    public static void vecPavgb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.average(a, b, Packed.B));
    }

    public static void vecPavgw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.average(a, b, Packed.W));
    }

    public static void vecPsadbw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::sumOfDifferences);
    }

    // ---- comparisons

    public static void vecPcmpeqb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.equal(a, b, Packed.B));
    }

    public static void vecPcmpeqw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.equal(a, b, Packed.W));
    }

    public static void vecPcmpeqd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.equal(a, b, Packed.D));
    }

    public static void vecPcmpeqq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::equalQuad);
    }

    public static void vecPcmpgtb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.greater(a, b, Packed.B));
    }

    public static void vecPcmpgtw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.greater(a, b, Packed.W));
    }

    public static void vecPcmpgtd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.greater(a, b, Packed.D));
    }

    public static void vecPcmpgtq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::greaterQuad);
    }

    public static void vecPminsb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.min(a, b, Packed.B));
    }

    public static void vecPminsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.min(a, b, Packed.W));
    }

    public static void vecPminsd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.min(a, b, Packed.D));
    }

    public static void vecPminub(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.minUnsigned(a, b, Packed.B));
    }

    public static void vecPminuw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.minUnsigned(a, b, Packed.W));
    }

    public static void vecPminud(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.minUnsigned(a, b, Packed.D));
    }

    public static void vecPmaxsb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.max(a, b, Packed.B));
    }

    public static void vecPmaxsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.max(a, b, Packed.W));
    }

    public static void vecPmaxsd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.max(a, b, Packed.D));
    }

    public static void vecPmaxub(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.maxUnsigned(a, b, Packed.B));
    }

    public static void vecPmaxuw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.maxUnsigned(a, b, Packed.W));
    }

    public static void vecPmaxud(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.maxUnsigned(a, b, Packed.D));
    }

    // ---- products

    public static void vecPmullw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyLow);
    }

    public static void vecPmulhw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyHigh);
    }

    public static void vecPmulhuw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyHighUnsigned);
    }

    public static void vecPmulhrsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyHighRounded);
    }

    public static void vecPmaddwd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyAddWords);
    }

    public static void vecPmaddubsw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyAddBytes);
    }

    public static void vecPmulld(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyDwords);
    }

    public static void vecPmuludq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplyUnsignedQuad);
    }

    public static void vecPmuldq(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, Packed::multiplySignedQuad);
    }

    // ---- absolute values and signs

    public static void vecPabsb(Cpu c, int d, int w, int vl) {
        lanes(c, d, w, vl, a -> Packed.abs(a, Packed.B));
    }

    public static void vecPabsw(Cpu c, int d, int w, int vl) {
        lanes(c, d, w, vl, a -> Packed.abs(a, Packed.W));
    }

    public static void vecPabsd(Cpu c, int d, int w, int vl) {
        lanes(c, d, w, vl, a -> Packed.abs(a, Packed.D));
    }

    public static void vecPsignb(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sign(a, b, Packed.B));
    }

    public static void vecPsignw(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sign(a, b, Packed.W));
    }

    public static void vecPsignd(Cpu c, int d, int x, int w, int vl) {
        lanes(c, d, x, w, vl, (a, b) -> Packed.sign(a, b, Packed.D));
    }
}
