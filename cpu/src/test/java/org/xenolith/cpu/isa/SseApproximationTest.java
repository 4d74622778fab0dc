package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;

import java.util.SplittableRandom;

/** RCPxx and RSQRTxx: the promised relative error of 1.5 * 2^-12, and the special operands. */
class SseApproximationTest {
    private static final double PROMISED = 1.5 / 4096;

    private final Cpu cpu = new Cpu(new PhysicalMemory(4096), null);

    private float reciprocal(float x) {
        cpu.fpu.vec[4] = Float.floatToRawIntBits(x);
        SseArithmetic.rcpss(cpu, 0, 0, 1);
        return Float.intBitsToFloat((int) cpu.fpu.vec[0]);
    }

    private float reciprocalRoot(float x) {
        cpu.fpu.vec[4] = Float.floatToRawIntBits(x);
        SseArithmetic.rsqrtss(cpu, 0, 0, 1);
        return Float.intBitsToFloat((int) cpu.fpu.vec[0]);
    }

    @Test
    void staysWithinTheError() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 10_000; i++) {
            float x = Float.intBitsToFloat(random.nextInt(0x01000000, 0x7d000000));
            assertTrue(Math.abs(reciprocal(x) * (double) x - 1) <= PROMISED);
            double root = reciprocalRoot(x);
            assertTrue(Math.abs(root * Math.sqrt(x) - 1) <= PROMISED);
        }
    }

    @Test
    void specialOperands() {
        assertEquals(Float.POSITIVE_INFINITY, reciprocal(Float.MIN_VALUE));
        assertEquals(Float.NEGATIVE_INFINITY, reciprocal(-0f));
        assertEquals(0f, reciprocal(Float.POSITIVE_INFINITY));
        assertEquals(0f, reciprocal(Float.MAX_VALUE)); // tiny results become zero
        assertEquals(Float.NaN, reciprocalRoot(-1));
        assertEquals(Float.NEGATIVE_INFINITY, reciprocalRoot(-0f));
        assertEquals(0f, reciprocalRoot(Float.POSITIVE_INFINITY));
    }
}
