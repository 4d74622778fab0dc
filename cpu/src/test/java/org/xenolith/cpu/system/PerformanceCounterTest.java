package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Cpuid;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** There is no performance monitoring, and no system-management mode, on any model. */
class PerformanceCounterTest {
    private static final int PCE = 0x100;

    @ParameterizedTest
    @CsvSource({
        "haswell, 0, 0, 0",
        "haswell, 3, 0, 0",
        "haswell, 3, 256, 0",
        "haswell, 0, 256, 0x40000000",
        "max, 0, 256, 1",
        "epyc, 0, 256, 0",
        "core2duo, 3, 256, 0x80000000"
    })
    void rdpmcFindsNoCounter(String model, int ring, int cr4, String index) {
        NativeMachine m = NativeMachine.long64(CpuModel.parse(model));
        m.cpu.cr4 |= cr4;
        m.ring(ring);
        m.cpu.regs[Cpu.RCX] = Long.decode(index);
        m.run("0f33 f4");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0, m.frame(0));
        assertEquals(PCE, m.cpu.cr4Allowed & PCE);
    }

    @ParameterizedTest
    @CsvSource({"486, 0f33", "486, 0faa", "pentium3, 0faa"})
    void olderProcessorsKnowNeither(String model, String code) {
        NativeMachine m = NativeMachine.protected32(CpuModel.parse(model));
        m.run(code + "f4");
        assertEquals(CpuFault.UD, m.vector());
    }

    @ParameterizedTest
    @CsvSource({"haswell", "max", "skylake-client"})
    void noCountersAreAnnouncedOrReached(String name) {
        CpuModel model = CpuModel.parse(name);
        NativeMachine m = NativeMachine.long64(model);
        Cpuid cpuid = new Cpuid(model, 1);
        cpuid.query(m.cpu, 0xa, 0);
        assertEquals(0, cpuid.eax | cpuid.ebx | cpuid.ecx | cpuid.edx);
        m.cpu.msrs = new Msrs(m.cpu, model);
        for (int msr : new int[] {0xc1, 0x186, 0x309, 0x345, 0x38d, 0x38f, 0x390, 0x3f1, 0x4c1}) {
            m.cpu.regs[Cpu.RCX] = msr;
            m.run("0f32 f4");
            assertEquals(CpuFault.GP, m.vector(), Integer.toHexString(msr));
        }
        m.run("0faa f4");
        assertEquals(CpuFault.UD, m.vector());
    }
}
