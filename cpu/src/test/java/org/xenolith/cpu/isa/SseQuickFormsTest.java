package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The quick forms of SSE floating point against the slow ones. A signaling NaN in the second lane
 * makes the whole instruction slow, and as IE is masked and set beforehand, the first lane and
 * MXCSR must come out as they do with an ordinary number there.
 */
class SseQuickFormsTest {
    private static final double[] EDGES = {
        0.0,
        -0.0,
        0.25,
        -0.5,
        1,
        -1.5,
        2.5,
        3,
        -7,
        1e10,
        0x1p24 + 1,
        0x1p52 + 0.5,
        0x1p53 + 2,
        0x1p31 - 0.5,
        0x1p31 - 1,
        0x1p31,
        -0x1p31,
        -0x1p31 - 0.5,
        0x1p62,
        0x1p63,
        1 / 3.0,
        0x1.000001p-126,
        0x1p-126,
        0x1.fffffffp-127,
        0x1p-140,
        Float.MAX_VALUE,
        0x1.fffffefp127,
        Double.MIN_NORMAL,
        Double.MIN_NORMAL * 3,
        Double.MIN_VALUE,
        -Double.MIN_NORMAL / 2,
        Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };

    private static final long SIGNALING = 0x7ff0000000000001L;
    private static final int SIGNALING_FLOAT = 0x7f800001;
    private static final int INVALID = 1 | 1 << 7;

    /** MXCSR's masks of all and of some exceptions, and its flags, modes, FTZ and DAZ. */
    private static final int[] STATES = {
        0x1f80, 0x1fa0, 0x5fa0, 0x3f80, 0x7fa0, 0x3fa0, 0x1fe0, 0x9fa0, 0x9fe0, 0x0fa0, 0x1780,
        0x1ea0
    };

    /** All that instructions read of it is set for each. */
    private static final Cpu CPU = new Cpu(new PhysicalMemory(4096), null);

    /** An instruction; registers 0 and 1 are its sources, 2 is its destination. */
    private interface Operation {
        void run(Cpu c);
    }

    private record Outcome(long lane, int mxcsr, boolean fault) {}

    private static long bits(double d) {
        return Double.doubleToRawLongBits(d);
    }

    private static long pair(double low, double high) {
        int first = Float.floatToRawIntBits((float) low);
        return Packed.dwords(first, Float.floatToRawIntBits((float) high));
    }

    private static Outcome run(Operation operation, int mxcsr, long a, long b, long second) {
        Cpu cpu = CPU;
        cpu.fpu.mxcsr = mxcsr | INVALID;
        cpu.fpu.vec[0] = a;
        cpu.fpu.vec[1] = second;
        cpu.fpu.vec[4] = b;
        cpu.fpu.vec[5] = second;
        cpu.fpu.vec[8] = a;
        cpu.fpu.vec[9] = second;
        boolean fault = false;
        try {
            operation.run(cpu);
        } catch (CpuFault e) {
            fault = true;
        }
        return new Outcome(cpu.fpu.vec[8], cpu.fpu.mxcsr, fault);
    }

    private static DynamicTest doubles(String name, long mask, Operation operation) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    for (int state : STATES) {
                        for (double a : EDGES) {
                            for (double b : EDGES) {
                                agree(operation, state, mask, bits(a), bits(b), bits(1), SIGNALING);
                            }
                        }
                    }
                });
    }

    private static DynamicTest floats(String name, Operation operation) {
        return floats(name, -1, operation);
    }

    private static DynamicTest floats(String name, long mask, Operation operation) {
        long ordinary = pair(1, 1);
        long signaling = Packed.dwords(SIGNALING_FLOAT, Float.floatToRawIntBits(1));
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    for (int state : STATES) {
                        for (double a : EDGES) {
                            for (double b : EDGES) {
                                agree(
                                        operation,
                                        state,
                                        mask,
                                        pair(a, b),
                                        pair(b, -a),
                                        ordinary,
                                        signaling);
                            }
                        }
                    }
                });
    }

    private static void agree(
            Operation operation, int state, long mask, long a, long b, long quick, long slow) {
        Outcome first = run(operation, state, a, b, quick);
        Outcome other = run(operation, state, a, b, slow);
        String what = "mxcsr %x, %x, %x".formatted(state, a, b);
        assertEquals(other.fault, first.fault, what);
        assertEquals(other.mxcsr, first.mxcsr, what);
        assertEquals(other.lane & mask, first.lane & mask, what);
    }

    @TestFactory
    Stream<DynamicTest> packedLanesDoNotDependOnTheirNeighbours() {
        long dword = 0xffffffffL;
        List<DynamicTest> all = new ArrayList<>();
        all.add(doubles("cvtpd2ps", dword, c -> SseConvert.cvtpd2ps(c, 2, 1, 16)));
        all.add(doubles("cvtpd2dq", dword, c -> SseConvert.cvtpd2dq(c, 2, 1, 16)));
        all.add(doubles("cvttpd2dq", dword, c -> SseConvert.cvttpd2dq(c, 2, 1, 16)));
        all.add(doubles("addsubpd", -1, c -> SseArithmetic.addsubpd(c, 2, 0, 1, 16)));
        all.add(floats("cvtps2dq", c -> SseConvert.cvtps2dq(c, 2, 1, 16)));
        all.add(floats("cvttps2dq", c -> SseConvert.cvttps2dq(c, 2, 1, 16)));
        all.add(floats("addsubps", c -> SseArithmetic.addsubps(c, 2, 0, 1, 16)));
        for (int i = 0; i < 13; i++) {
            int imm = i;
            all.add(doubles("roundpd " + i, -1, c -> SseRound.roundpd(c, 2, 1, imm, 16)));
            all.add(floats("roundps " + i, c -> SseRound.roundps(c, 2, 1, imm, 16)));
        }
        for (int i = 0; i < 32; i++) {
            int imm = i;
            all.add(doubles("cmppd " + i, -1, c -> SseCompare.cmppd(c, 2, 0, 1, imm, 16, 1)));
            all.add(floats("cmpps " + i, c -> SseCompare.cmpps(c, 2, 0, 1, imm, 16, 1)));
        }
        for (int i = 6; i < 15; i++) {
            int cc = i;
            all.add(doubles("fma pd " + i, -1, c -> FusedMultiply.fma213pd(c, 2, 1, 0, cc, 16)));
            all.add(floats("fma ps " + i, c -> FusedMultiply.fma231ps(c, 2, 0, 1, cc, 16)));
        }
        for (int i = 0; i < 5; i++) {
            int imm = i;
            all.add(floats("vcvtps2ph " + i, dword, c -> HalfFloat.vcvtps2ph(c, 2, 1, imm, 16)));
        }
        return all.stream();
    }

    /** Scalar forms against the first lane of slow packed ones. */
    @TestFactory
    Stream<DynamicTest> scalarsAreLikeTheFirstLane() {
        return Stream.of(
                scalar(
                        "cvtsd2ss",
                        c -> SseConvert.cvtsd2ss(c, 2, 2, 1),
                        c -> SseConvert.cvtpd2ps(c, 2, 1, 16)),
                scalar(
                        "cvttsd2si",
                        c -> c.fpu.vec[8] = SseConvert.cvttsd2si(c, 1, 0),
                        c -> SseConvert.cvttpd2dq(c, 2, 1, 16)),
                scalar(
                        "cvtsd2si",
                        c -> c.fpu.vec[8] = SseConvert.cvtsd2si(c, 1, 0),
                        c -> SseConvert.cvtpd2dq(c, 2, 1, 16)),
                scalar(
                        "roundsd",
                        c -> SseRound.roundsd(c, 2, 2, 1, 3),
                        c -> SseRound.roundpd(c, 2, 1, 3, 16)),
                scalar(
                        "cmpsd",
                        c -> SseCompare.vecCmpsd(c, 2, 0, 1, 6, 0),
                        c -> SseCompare.cmppd(c, 2, 0, 1, 6, 16, 0)));
    }

    private static DynamicTest scalar(String name, Operation scalar, Operation packed) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    for (int state : STATES) {
                        for (double a : EDGES) {
                            Outcome quick = run(scalar, state, bits(1), bits(a), SIGNALING);
                            Outcome slow = run(packed, state, bits(1), bits(a), SIGNALING);
                            String what = "mxcsr %x, %s".formatted(state, a);
                            assertEquals(slow.fault, quick.fault, what);
                            assertEquals(slow.mxcsr, quick.mxcsr, what);
                            assertEquals((int) slow.lane, (int) quick.lane, what);
                        }
                    }
                });
    }

    /** An exact result needs neither PE nor rounding to nearest. */
    @TestFactory
    Stream<DynamicTest> integersOf64BitsConvertExactlyOrRaisePe() {
        long[] integers = {
            0,
            -1,
            1L << 24,
            (1L << 24) + 1,
            1L << 53,
            (1L << 53) + 1,
            -(1L << 62),
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            Long.MAX_VALUE - 1023,
            Long.MAX_VALUE - 511,
            (1L << 40) - 1
        };
        return Stream.of(0x1f80, 0x1fa0, 0x3f80, 0x5fa0, 0x7f80)
                .map(
                        state ->
                                DynamicTest.dynamicTest(
                                        Integer.toHexString(state),
                                        () -> {
                                            for (long n : integers) {
                                                convertsBack(n, state);
                                            }
                                        }));
    }

    private static void convertsBack(long n, int state) {
        Cpu cpu = new Cpu(new PhysicalMemory(4096), null);
        cpu.fpu.mxcsr = state;
        SseConvert.cvtsi2sd(cpu, 0, 0, n);
        double d = Double.longBitsToDouble(cpu.fpu.vec[0]);
        boolean exact = new BigDecimal(d).equals(BigDecimal.valueOf(n));
        assertEquals(exact ? state : state | 0x20, cpu.fpu.mxcsr, "PE of " + n);
        assertTrue(Math.abs(d - n) <= Math.ulp(d), "value of " + n);
        cpu.fpu.mxcsr = state;
        if (Math.abs(d) < 0x1p63) {
            assertEquals((long) d, SseConvert.cvttsd2si(cpu, 0, 1));
            assertEquals((long) d, SseConvert.cvtsd2si(cpu, 0, 1));
            assertEquals(state, cpu.fpu.mxcsr);
        }
    }
}
