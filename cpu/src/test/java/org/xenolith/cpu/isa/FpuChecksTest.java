package org.xenolith.cpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.util.function.Consumer;

class FpuChecksTest {
    /** Vectors that x87, FWAIT, MMX, SSE and mixed instructions raise; -1 for none. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, -1, -1, -1, 6, 6",
        "0, 1, 0, -1, -1, -1, -1, -1",
        "8, 1, 0, 7, -1, 7, 7, 7", // TS
        "10, 1, 0, 7, 7, 7, 7, 7", // TS and MP
        "4, 1, 0, 7, -1, 6, 6, 6", // EM
        "0, 1, 1, 16, 16, 16, -1, 16" // pending x87 exception
    })
    void faults(int cr0, int osfxsr, int pending, int x87, int fwait, int mmx, int sse, int mixed) {
        Cpu cpu = new Cpu(new PhysicalMemory(4096), null);
        cpu.cr0 = cpu.cr0 & ~0xeL | cr0;
        cpu.cr4 = osfxsr != 0 ? Cpu.CR4_OSFXSR : 0;
        cpu.fpu.status = pending != 0 ? 0x8081 : 0;
        assertEquals(x87, vector(cpu, FpuChecks::x87));
        assertEquals(fwait, vector(cpu, FpuChecks::fwait));
        assertEquals(mmx, vector(cpu, FpuChecks::mmx));
        assertEquals(sse, vector(cpu, FpuChecks::sse));
        assertEquals(mixed, vector(cpu, FpuChecks::sseMmx));
    }

    /** AVX ignores CR0.EM and CR4.OSFXSR. */
    @ParameterizedTest
    @CsvSource({
        "0, 7, 0, 6",
        "1, 3, 0, 6",
        "1, 7, 0, -1",
        "1, 7, 4, -1",
        "1, 7, 8, 7",
        "1, 1, 8, 6"
    })
    void avxNeedsItsState(int osxsave, int xcr0, int cr0, int vector) {
        Cpu cpu = new Cpu(new PhysicalMemory(4096), null);
        cpu.cr0 = cpu.cr0 & ~0xeL | cr0;
        cpu.cr4 = osxsave != 0 ? Cpu.CR4_OSXSAVE : 0;
        cpu.xcr0 = xcr0;
        assertEquals(vector, vector(cpu, FpuChecks::avx));
    }

    private static int vector(Cpu cpu, Consumer<Cpu> check) {
        try {
            check.accept(cpu);
            return -1;
        } catch (CpuFault fault) {
            return fault.vector;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 3, 6",
        "1, 3, 3, 13",
        "1, 0, 2, 13",
        "1, 0, 5, 13", // AVX without SSE
        "1, 0, 15, 13",
        "1, 0, 3, -1",
        "1, 0, 7, -1"
    })
    void xsetbvAcceptsOnlyWhatExists(int osxsave, int cpl, int value, int vector) {
        Cpu cpu = new Cpu(new PhysicalMemory(4096), null);
        cpu.cr4 = osxsave != 0 ? Cpu.CR4_OSXSAVE : 0;
        cpu.cpl = cpl;
        cpu.regs[Cpu.RAX] = value;
        if (vector < 0) {
            ExtendedState.xsetbv(cpu);
            assertEquals(value, cpu.xcr0);
        } else {
            CpuFault fault = assertThrows(CpuFault.class, () -> ExtendedState.xsetbv(cpu));
            assertEquals(vector, fault.vector);
            assertEquals(1, cpu.xcr0);
        }
    }
}
