package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Instructions of few processors, which hosts may not have to compare with. */
class DirectStoresTest {
    private static final int FROM = 0x40008;
    private static final int TO = 0x41000;

    private static NativeMachine start(String model) {
        NativeMachine m = NativeMachine.long64(CpuModel.parse(model));
        for (int i = 0; i < 128; i++) {
            m.ram.put8(FROM + i, (byte) (i + 1));
        }
        m.cpu.regs[Cpu.RBX] = FROM;
        m.cpu.regs[Cpu.RAX] = TO;
        return m;
    }

    /** 64 bytes from anywhere to an aligned place; 66 0F 38 F8 03: movdir64b rax, [rbx]. */
    @ParameterizedTest
    @CsvSource({
        "660f38f803, 0, -1",
        "67660f38f803, 0, -1",
        "660f38f803, 32, 13",
        "660f38f803, 0x7f000000, 14"
    })
    void movdir64bCopiesALine(String code, String offset, int vector) {
        NativeMachine m = start("max");
        m.cpu.regs[Cpu.RAX] += Long.decode(offset);
        if (code.startsWith("67")) {
            m.cpu.regs[Cpu.RAX] |= 1L << 32;
        }
        m.run(code + "f4");
        assertEquals(vector, m.vector());
        if (vector < 0) {
            for (int i = 0; i < 64; i++) {
                assertEquals(i + 1, m.ram.get8(TO + i));
            }
        }
        assertEquals(0, m.ram.get64(TO + 64));
    }

    @Test
    void movdiriStores() {
        NativeMachine m = start("max");
        m.cpu.regs[Cpu.RCX] = 0x1122334455667788L;
        m.run("0f38f908 480f38f94808 0f01e8 f4"); // movdiri [rax], ecx; [rax+8], rcx; serialize
        assertEquals(-1, m.vector());
        assertEquals(0x55667788L, m.ram.get64(TO));
        assertEquals(0x1122334455667788L, m.ram.get64(TO + 8));
    }

    @Test
    void clzeroClearsTheLine() {
        NativeMachine m = start("epyc");
        m.cpu.regs[Cpu.RAX] = FROM + 60; // 40044: the second line
        m.run("0f01fc f4");
        assertEquals(-1, m.vector());
        assertEquals(0x38, m.ram.get8(0x4003f));
        assertEquals(0, m.ram.get64(0x40040) | m.ram.get64(0x40078));
        assertEquals(0x79, m.ram.get8(0x40080) & 0xff);
    }

    @Test
    void ffxsrLeavesOutXmm() {
        NativeMachine m = start("epyc");
        CpuModel model = CpuModel.parse("epyc");
        m.cpu.msrs = new Msrs(m.cpu, model);
        m.cpu.regs[Cpu.RCX] = 0xc0000080L;
        m.cpu.regs[Cpu.RAX] = m.cpu.efer | 1 << 14;
        m.cpu.regs[Cpu.RDX] = 0;
        m.cpu.fpu.vec[0] = 7;
        m.cpu.regs[Cpu.RSI] = TO;
        m.run("0f30 0fae06 f4");
        assertEquals(-1, m.vector());
        assertEquals(0, m.ram.get64(TO + 160));
        m.cpu.regs[Cpu.RAX] &= ~(1L << 14);
        m.run("0f30 0fae06 f4");
        assertEquals(7, m.ram.get64(TO + 160));
        NativeMachine intel = start("haswell");
        intel.cpu.msrs = new Msrs(intel.cpu, CpuModel.parse("haswell"));
        intel.cpu.regs[Cpu.RCX] = 0xc0000080L;
        intel.cpu.regs[Cpu.RAX] = intel.cpu.efer | 1 << 14;
        intel.cpu.regs[Cpu.RDX] = 0;
        intel.run("0f30 f4");
        assertEquals(CpuFault.GP, intel.vector());
    }

    /** RDTSCP and RDPID read TSC_AUX; RDRAND and RDSEED are the same in every run. */
    @Test
    void whatIsReadIsReproducible() {
        long[] seen = new long[2];
        for (int i = 0; i < 2; i++) {
            NativeMachine m = start("max");
            m.cpu.tscAux = 0x1234;
            m.run("0f01f9 f30fc7fa 480fc7f0 0f92c3 480fc7fe 400f92c7 f4");
            assertEquals(-1, m.vector());
            assertEquals(0x1234, m.cpu.regs[Cpu.RCX]);
            assertEquals(0x1234, m.cpu.regs[Cpu.RDX]);
            assertEquals(1, m.cpu.regs[Cpu.RBX] & 0xff); // CF: there was a number
            assertEquals(1, m.cpu.regs[Cpu.RDI] & 0xff);
            seen[i] = m.cpu.regs[Cpu.RAX] ^ Long.rotateLeft(m.cpu.regs[Cpu.RSI], 7);
        }
        assertEquals(seen[0], seen[1]);
    }
}
