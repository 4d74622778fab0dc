package org.xenolith.cpu.isa;

import org.xenolith.cpu.state.Cpu;

import java.util.function.LongBinaryOperator;

/**
 * Packed integer arithmetic of the MMX registers. A source operand comes as its value, the
 * destination as register number.
 */
public final class MmxInteger {
    private MmxInteger() {}

    private static void apply(Cpu c, int p, long q, LongBinaryOperator f) {
        Mmx.write(c, p, f.applyAsLong(Mmx.read(c, p), q));
    }

    // ---- logic and sums
    // ---------------------------------------------------------------------------

    public static void mmxPand(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> a & b);
    }

    public static void mmxPandn(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> ~a & b);
    }

    public static void mmxPor(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> a | b);
    }

    public static void mmxPxor(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> a ^ b);
    }

    public static void mmxPaddb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.add(a, b, Packed.B));
    }

    public static void mmxPaddw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.add(a, b, Packed.W));
    }

    public static void mmxPaddd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.add(a, b, Packed.D));
    }

    public static void mmxPaddq(Cpu c, int p, long q) {
        apply(c, p, q, Long::sum);
    }

    public static void mmxPaddsb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.addSaturated(a, b, Packed.B));
    }

    public static void mmxPaddsw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.addSaturated(a, b, Packed.W));
    }

    public static void mmxPaddusb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.B));
    }

    public static void mmxPaddusw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.addUnsignedSaturated(a, b, Packed.W));
    }

    public static void mmxPsubb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sub(a, b, Packed.B));
    }

    public static void mmxPsubw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sub(a, b, Packed.W));
    }

    public static void mmxPsubd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sub(a, b, Packed.D));
    }

    public static void mmxPsubq(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> a - b);
    }

    public static void mmxPsubsb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.subSaturated(a, b, Packed.B));
    }

    public static void mmxPsubsw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.subSaturated(a, b, Packed.W));
    }

    public static void mmxPsubusb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.B));
    }

    public static void mmxPsubusw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.subUnsignedSaturated(a, b, Packed.W));
    }

    public static void mmxPavgb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.average(a, b, Packed.B));
    }

    public static void mmxPavgw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.average(a, b, Packed.W));
    }

    public static void mmxPsadbw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::sumOfDifferences);
    }

    // ---- comparisons
    // ------------------------------------------------------------------------------

    public static void mmxPcmpeqb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.equal(a, b, Packed.B));
    }

    public static void mmxPcmpeqw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.equal(a, b, Packed.W));
    }

    public static void mmxPcmpeqd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.equal(a, b, Packed.D));
    }

    public static void mmxPcmpgtb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.greater(a, b, Packed.B));
    }

    public static void mmxPcmpgtw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.greater(a, b, Packed.W));
    }

    public static void mmxPcmpgtd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.greater(a, b, Packed.D));
    }

    public static void mmxPminsw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.min(a, b, Packed.W));
    }

    public static void mmxPmaxsw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.max(a, b, Packed.W));
    }

    public static void mmxPminub(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.minUnsigned(a, b, Packed.B));
    }

    public static void mmxPmaxub(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.maxUnsigned(a, b, Packed.B));
    }

    // ---- products
    // ---------------------------------------------------------------------------------

    public static void mmxPmullw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyLow);
    }

    public static void mmxPmulhw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyHigh);
    }

    public static void mmxPmulhuw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyHighUnsigned);
    }

    public static void mmxPmulhrsw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyHighRounded);
    }

    public static void mmxPmaddwd(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyAddWords);
    }

    public static void mmxPmaddubsw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyAddBytes);
    }

    public static void mmxPmuludq(Cpu c, int p, long q) {
        apply(c, p, q, Packed::multiplyUnsignedQuad);
    }

    // ---- absolute values and signs
    // ----------------------------------------------------------------

    public static void mmxPabsb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.abs(b, Packed.B));
    }

    public static void mmxPabsw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.abs(b, Packed.W));
    }

    public static void mmxPabsd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.abs(b, Packed.D));
    }

    public static void mmxPsignb(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sign(a, b, Packed.B));
    }

    public static void mmxPsignw(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sign(a, b, Packed.W));
    }

    public static void mmxPsignd(Cpu c, int p, long q) {
        apply(c, p, q, (a, b) -> Packed.sign(a, b, Packed.D));
    }

    // ---- packing, unpacking, horizontal
    // -----------------------------------------------------------

    public static void mmxPacksswb(Cpu c, int p, long q) {
        apply(c, p, q, Packed::packSignedBytes);
    }

    public static void mmxPackuswb(Cpu c, int p, long q) {
        apply(c, p, q, Packed::packUnsignedBytes);
    }

    public static void mmxPackssdw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::packSignedWords);
    }

    public static void mmxPunpcklbw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackLowBytes);
    }

    public static void mmxPunpckhbw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackHighBytes);
    }

    public static void mmxPunpcklwd(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackLowWords);
    }

    public static void mmxPunpckhwd(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackHighWords);
    }

    public static void mmxPunpckldq(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackLowDwords);
    }

    public static void mmxPunpckhdq(Cpu c, int p, long q) {
        apply(c, p, q, Packed::unpackHighDwords);
    }

    public static void mmxPhaddw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalAddWords);
    }

    public static void mmxPhaddd(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalAddDwords);
    }

    public static void mmxPhaddsw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalAddWordsSaturated);
    }

    public static void mmxPhsubw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalSubWords);
    }

    public static void mmxPhsubd(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalSubDwords);
    }

    public static void mmxPhsubsw(Cpu c, int p, long q) {
        apply(c, p, q, Packed::horizontalSubWordsSaturated);
    }
}
