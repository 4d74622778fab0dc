package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;

/** Cases that once went wrong in the quick forms. */
class SseFloatTest {
    /** The residual of so small a root is too small for a double. */
    @ParameterizedTest
    @ValueSource(doubles = {0x1.0000000000001p-1021, 0x1.8p-1000, 0x1.0000000000001p-950, 3})
    void anInexactSquareRootRaisesPe(double x) {
        Cpu cpu = new Cpu(new PhysicalMemory(4096), null);
        cpu.fpu.vec[0] = Double.doubleToRawLongBits(x);
        SseArithmetic.sqrtsd(cpu, 1, 0, 0);
        assertEquals(0x1fa0, cpu.fpu.mxcsr);
        assertEquals(Double.doubleToRawLongBits(Math.sqrt(x)), cpu.fpu.vec[4]);
    }
}
