package org.xenolith.cpu.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.InterruptController;
import org.xenolith.cpu.state.Registers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

class CpuidTest {
    private static final int APIC_BASE = 0x1b;
    private static final int MISC_ENABLE = 0x1a0;

    private Cpu cpu;
    private long apicBase = 0xfee00900L;

    @BeforeEach
    void processor() {
        cpu = new Cpu(new PhysicalMemory(1 << 20), null);
        cpu.number = 2;
        cpu.interruptController =
                new InterruptController() {
                    @Override
                    public void endOfInterrupt() {}

                    @Override
                    public int acknowledge() {
                        return -1;
                    }

                    @Override
                    public int taskPriority() {
                        return 0;
                    }

                    @Override
                    public void taskPriority(int priority) {
                        throw new AssertionError();
                    }

                    @Override
                    public boolean ownsMsr(int msr) {
                        return msr == APIC_BASE;
                    }

                    @Override
                    public long readMsr(int msr) {
                        return apicBase;
                    }

                    @Override
                    public void writeMsr(int msr, long value) {
                        throw new AssertionError();
                    }
                };
    }

    private Cpuid cpuid(String model) {
        return new Cpuid(CpuModel.parse(model), 4);
    }

    /**
     * All leaves that are not zero, one a line, with those subleaves that differ from the first.
     */
    private String dump(Cpuid cpuid) {
        StringBuilder text = new StringBuilder();
        int[] bases = {0, 0x80000000};
        for (int base : bases) {
            cpuid.query(cpu, base, 0);
            int last = cpuid.eax;
            for (int leaf = base; leaf <= last; leaf++) {
                int subleaves = leaf == 0xd ? 10 : leaf == 4 || leaf == 0xb || leaf == 0x1f ? 5 : 1;
                for (int subleaf = 0; subleaf < subleaves; subleaf++) {
                    cpuid.query(cpu, leaf, subleaf);
                    if ((cpuid.eax | cpuid.ebx | cpuid.ecx | cpuid.edx) != 0) {
                        text.append(
                                "%08x.%d: %08x %08x %08x %08x\n"
                                        .formatted(
                                                leaf, subleaf, cpuid.eax, cpuid.ebx, cpuid.ecx,
                                                cpuid.edx));
                    }
                }
            }
        }
        return text.toString();
    }

    /** A change of what guests see must be a change of these tables: processor 2 of 4. */
    @ParameterizedTest
    @ValueSource(strings = {"haswell", "epyc", "max", "pentium4"})
    void goldenDump(String model) throws IOException {
        cpu.xcr0 = 7;
        cpu.cr4 |= Cpu.CR4_OSXSAVE;
        try (InputStream in = CpuidTest.class.getResourceAsStream(model + ".cpuid")) {
            String expected = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(expected, dump(cpuid(model)));
        }
    }

    @Test
    void followsControlRegisters() {
        Cpuid cpuid = cpuid("max");
        cpuid.query(cpu, 1, 0);
        assertEquals(0, cpuid.ecx & Feature.OSXSAVE.mask());
        cpuid.query(cpu, 7, 0);
        assertEquals(0, cpuid.ecx & Feature.OSPKE.mask());
        cpu.cr4 = Cpu.CR4_OSXSAVE | Cpu.CR4_PKE;
        cpuid.query(cpu, 1, 0);
        assertEquals(Feature.OSXSAVE.mask(), cpuid.ecx & Feature.OSXSAVE.mask());
        cpuid.query(cpu, 7, 0);
        assertEquals(Feature.OSPKE.mask(), cpuid.ecx & Feature.OSPKE.mask());
    }

    @Test
    void followsTheApic() {
        int both = Feature.X2APIC.mask() | Feature.TSC_DEADLINE.mask();
        Cpuid cpuid = cpuid("max");
        cpuid.query(cpu, 1, 0);
        assertEquals(Feature.APIC.mask(), cpuid.edx & Feature.APIC.mask());
        assertEquals(2, cpuid.ebx >>> 24);
        assertEquals(4, cpuid.ebx >> 16 & 0xff);
        apicBase = 0xfee00000L;
        cpuid.query(cpu, 1, 0);
        assertEquals(0, cpuid.edx & Feature.APIC.mask());
        assertEquals(both, cpuid.ecx & both);
        cpu.interruptController = null;
        cpuid.query(cpu, 1, 0);
        assertEquals(0, cpuid.edx & Feature.APIC.mask());
        assertEquals(0, cpuid.ecx & both);
    }

    @Test
    void xsaveAreaFollowsXcr0() {
        Cpuid cpuid = cpuid("haswell");
        for (int[] sizes : new int[][] {{1, 576}, {3, 576}, {7, 832}}) {
            cpu.xcr0 = sizes[0];
            cpuid.query(cpu, 0xd, 0);
            assertEquals(sizes[1], cpuid.ebx);
            assertEquals(832, cpuid.ecx);
        }
        Cpuid narrow = cpuid("haswell,-avx");
        narrow.query(cpu, 0xd, 0);
        assertEquals(3, narrow.eax);
        assertEquals(576, narrow.ecx);
    }

    @Test
    void beyondTheLastLeaf() {
        Cpuid intel = cpuid("haswell");
        for (int leaf : new int[] {0xe, 0x40000000, 0x7fffffff, 0x80000009, -1}) {
            intel.query(cpu, leaf, 2);
            assertEquals(256, intel.eax);
            assertEquals(576, intel.ebx);
        }
        Cpuid amd = cpuid("epyc");
        for (int leaf : new int[] {0xe, 0x40000000, 0x80000020, -1}) {
            amd.query(cpu, leaf, 2);
            assertEquals(0, amd.eax | amd.ebx | amd.ecx | amd.edx);
        }
        Cpuid old = cpuid("486");
        old.query(cpu, 0x80000000, 0);
        assertEquals(0x480, old.eax);
    }

    @Test
    void miscEnableHides() {
        CpuModel model = CpuModel.parse("haswell");
        Cpuid cpuid = new Cpuid(model, 1);
        cpu.msrs = new Msrs(cpu, model);
        cpu.msrs.write(MISC_ENABLE, 1L << 34 | 1 << 22);
        cpuid.query(cpu, 0, 0);
        assertEquals(3, cpuid.eax);
        cpuid.query(cpu, 0x80000001, 0);
        assertEquals(0, cpuid.edx & Feature.NX.mask());
        cpuid.query(cpu, 1, 0);
        assertEquals(0, cpuid.ecx & Feature.MONITOR.mask());
        cpu.msrs.write(MISC_ENABLE, 1 << 18);
        cpuid.query(cpu, 1, 0);
        assertEquals(Feature.MONITOR.mask(), cpuid.ecx & Feature.MONITOR.mask());
        cpuid.query(cpu, 0, 0);
        assertEquals(0xd, cpuid.eax);
        cpuid.query(cpu, 0x80000001, 0);
        assertEquals(Feature.NX.mask(), cpuid.edx & Feature.NX.mask());
    }

    @Test
    void theInstructionClearsUpperHalves() {
        cpu.regs[Registers.RAX] = 0xffffffff00000000L;
        cpu.regs[Registers.RBX] = -1;
        cpu.regs[Registers.RCX] = 0xffffffff00000000L;
        cpu.regs[Registers.RDX] = -1;
        cpuid("max").cpuid(cpu);
        assertEquals(0x1f, cpu.regs[Registers.RAX]);
        assertEquals(0x756e6547L, cpu.regs[Registers.RBX]);
        assertEquals(0x6c65746eL, cpu.regs[Registers.RCX]);
        assertEquals(0x49656e69L, cpu.regs[Registers.RDX]);
    }
}
