package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Cpuid;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Performance monitoring is AMD's four counters; there is no system-management mode. */
class PerformanceCounterTest {
    private static final int PCE = 0x100;

    @ParameterizedTest
    @CsvSource({
        "haswell, 0, 0, 0",
        "haswell, 3, 0, 0",
        "haswell, 3, 256, 0",
        "haswell, 0, 256, 0x40000000",
        "max, 0, 256, 1",
        "epyc, 3, 0, 0",
        "epyc, 3, 256, 4",
        "core2duo, 3, 256, 0x80000000"
    })
    void rdpmcFindsNoCounter(String model, int ring, int cr4, String index) {
        NativeMachine m = NativeMachine.long64(CpuModel.parse(model));
        m.cpu.msrs = new Msrs(m.cpu, CpuModel.parse(model));
        m.cpu.cr4 |= cr4;
        m.ring(ring);
        m.cpu.regs[Cpu.RCX] = Long.decode(index);
        m.run("0f33 f4");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0, m.frame(0));
        assertEquals(PCE, m.cpu.cr4Allowed & PCE);
    }

    /** Event C0: retired instructions. */
    @Test
    void amdCountsInstructions() {
        CpuModel model = CpuModel.parse("epyc");
        NativeMachine m = NativeMachine.long64(model);
        m.cpu.msrs = new Msrs(m.cpu, model);
        m.cpu.regs[Cpu.RCX] = 0xc0010001L;
        m.cpu.regs[Cpu.RAX] = 0x4300c0;
        m.cpu.regs[Cpu.RDX] = 0;
        m.run("0f30 90 90 b901000000 0f33 f4"); // wrmsr; nop; nop; mov ecx, 1; rdpmc
        assertEquals(-1, m.vector());
        assertEquals(4, m.cpu.regs[Cpu.RAX]);
        m.cpu.msrs.write(0xc0010001, 0x300c0); // EN off
        long stopped = m.cpu.msrs.read(0xc0010005);
        m.run("90 0f33 f4");
        assertEquals(stopped, m.cpu.regs[Cpu.RAX]);
        m.cpu.msrs.write(0xc0010005, -1);
        assertEquals((1L << 48) - 1, m.cpu.msrs.counter(1));
        assertEquals(0x300c0, m.cpu.msrs.read(0xc0010001));
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
