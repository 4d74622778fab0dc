package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Programs that run differently on different models. */
class ModelMachineTest {
    private static NativeMachine long64(String model) {
        NativeMachine m = NativeMachine.long64(CpuModel.parse(model));
        m.cpu.cr4 |= Cpu.CR4_OSFXSR | Cpu.CR4_OSXSAVE & m.cpu.cr4Allowed;
        m.cpu.xcr0 = 7;
        return m;
    }

    @Test
    void aRemovedFeatureFaultsAndLeavesItsOlderMeaning() {
        String vpaddd = "c5fdfec0 f4";
        NativeMachine m = long64("haswell");
        m.run(vpaddd);
        assertEquals(-1, m.vector());
        m = long64("haswell,-avx2");
        m.run(vpaddd);
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.CODE, m.frame(0));
        String lzcnt = "f30fbdc1 f4";
        m = long64("haswell");
        m.cpu.regs[Cpu.RCX] = 1;
        m.run(lzcnt);
        assertEquals(31, m.cpu.regs[Cpu.RAX]);
        m = long64("haswell,-abm");
        m.cpu.regs[Cpu.RCX] = 1;
        m.run(lzcnt);
        assertEquals(0, m.cpu.regs[Cpu.RAX]);
    }

    /** SYSRET to an address that is not canonical: at which level is the fault? */
    @ParameterizedTest
    @CsvSource({"haswell, 0", "epyc, 3"})
    void sysretToNowhere(String model, int level) {
        NativeMachine m = long64(model);
        m.cpu.star = 0x001b_0008L << 32;
        m.cpu.regs[Cpu.RCX] = 1L << 62;
        m.cpu.regs[Cpu.R11] = 2;
        m.run("480f07");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0, m.frame(0));
        assertEquals(level == 0 ? NativeMachine.CODE : 1L << 62, m.frame(1));
        assertEquals(level, m.frame(2) & 3);
    }

    @ParameterizedTest
    @CsvSource({"haswell, true", "epyc, false"})
    void sysretAndTheStackSegment(String model, boolean loaded) {
        NativeMachine m = long64(model);
        m.cpu.star = 0x001b_0008L << 32;
        m.cpu.regs[Cpu.RCX] = NativeMachine.USER;
        m.cpu.regs[Cpu.R11] = 2;
        m.cpu.setSegment(Cpu.SS, 0, 0, 0, Cpu.ACCESS_UNUSABLE);
        m.place(NativeMachine.USER, "f4");
        m.place(NativeMachine.CODE, "480f07");
        m.cpu.rip = NativeMachine.CODE;
        m.interpreter.run(1);
        assertEquals(0x23, m.cpu.selector[Cpu.SS]);
        assertEquals(loaded, (m.cpu.segmentAccess[Cpu.SS] & Cpu.ACCESS_UNUSABLE) == 0);
    }

    /** SYSENTER and SYSEXIT in IA-32e mode. */
    @ParameterizedTest
    @CsvSource({"haswell, 0f34, -1", "epyc, 0f34, 6", "haswell, 0f35, 13", "epyc, 0f35, 6"})
    void sysenterIsFor32BitsOnAmd(String model, String code, int vector) {
        NativeMachine m = long64(model);
        m.cpu.sysenterCs = code.equals("0f34") ? NativeMachine.CS_0 : 0;
        m.cpu.sysenterEip = NativeMachine.USER;
        m.cpu.sysenterEsp = NativeMachine.STACK_0;
        m.place(NativeMachine.USER, "f4");
        m.run(code);
        assertEquals(vector, m.vector());
        if (vector < 0) {
            assertEquals(NativeMachine.USER + 1, m.cpu.rip);
        }
    }

    /** SYSCALL from compatibility mode. */
    @ParameterizedTest
    @CsvSource({"haswell, false", "epyc, true"})
    void syscallFromCompatibilityModeIsAmds(String model, boolean enters) {
        NativeMachine m = long64(model);
        m.cpu.star = 0x001b_0008L << 32;
        m.cpu.cstar = NativeMachine.HANDLERS + 16 * 0x50;
        m.ring(3);
        m.cpu.setSegment(Cpu.CS, NativeMachine.CS_3_32, 0, 0xffffffffL, 0xc0fb);
        m.run("0f05");
        assertEquals(enters ? 0x50 : CpuFault.UD, m.vector());
        assertEquals(0, m.cpu.cpl);
    }

    @ParameterizedTest
    @CsvSource({"haswell, 0", "epyc, 0x12345000"})
    void nullSelectorsAndBases(String model, String base) {
        NativeMachine m = long64(model);
        m.cpu.segmentBase[Cpu.FS] = 0x12345000;
        m.cpu.regs[Cpu.RAX] = 0;
        m.run("8ee0 f4");
        assertEquals(-1, m.vector());
        assertEquals(0, m.cpu.selector[Cpu.FS]);
        assertEquals(Long.decode(base), m.cpu.segmentBase[Cpu.FS]);
    }

    /** BSF and BSR of zero change nothing but ZF, whoever made the processor. */
    @ParameterizedTest
    @ValueSource(strings = {"haswell", "epyc"})
    void scansOfZeroLeaveTheDestination(String model) {
        for (String code : new String[] {"0fbcc1", "0fbdc1", "480fbcc1", "660fbdc1"}) {
            NativeMachine m = long64(model);
            m.cpu.regs[Cpu.RAX] = 0x1122334455667788L;
            m.cpu.regs[Cpu.RCX] = 0;
            m.run(code + "0f94c2 f4"); // sete dl
            assertEquals(0x1122334455667788L, m.cpu.regs[Cpu.RAX]);
            assertEquals(1, m.cpu.regs[Cpu.RDX] & 0xff);
        }
    }

    @Test
    void fencesOrderWhatIsInOrderAnyway() {
        for (String model : new String[] {"haswell", "epyc"}) {
            NativeMachine m = long64(model);
            m.run("0faee8 0faef0 0faef8 f4");
            assertEquals(-1, m.vector());
        }
    }

    /** Without LM there is no long mode: LME is reserved. */
    @ParameterizedTest
    @CsvSource({
        "haswell, 0x100, -1",
        "'haswell,-lm', 0x100, 13",
        "'haswell,-lm', 0x800, -1",
        "'haswell,-nx', 0x800, 13",
        "pentium4, 0x100, 13",
        "486, 0x100, 6"
    })
    void longModeIsAFeature(String model, String bit, int vector) {
        CpuModel of = CpuModel.parse(model);
        NativeMachine m = NativeMachine.protected32(of);
        m.cpu.msrs = new Msrs(m.cpu, of);
        m.cpu.regs[Cpu.RCX] = 0xc0000080L;
        m.cpu.regs[Cpu.RAX] = Long.decode(bit);
        m.cpu.regs[Cpu.RDX] = 0;
        m.run("0f30 f4");
        assertEquals(vector, m.vector());
    }

    /** All models have CPUID, so that software can change EFLAGS.ID. */
    @ParameterizedTest
    @ValueSource(strings = {"486", "pentium3", "haswell"})
    void theIdentificationFlag(String model) {
        NativeMachine m = NativeMachine.protected32(CpuModel.parse(model));
        m.run("6802002000 9d 9c 58 f4"); // push 200002h; popf; pushf; pop eax
        assertEquals(0x200002, m.cpu.regs[Cpu.RAX]);
    }

    /** #DB comes right behind a SYSRET that sets TF, and not one instruction later. */
    @Test
    void sysretWithTheTrapFlag() {
        NativeMachine m = long64("haswell");
        m.cpu.star = 0x001b_0008L << 32;
        m.cpu.regs[Cpu.RCX] = NativeMachine.USER;
        m.cpu.regs[Cpu.R11] = 0x102;
        m.place(NativeMachine.USER, "9090");
        m.run("480f07");
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(NativeMachine.USER, m.frame(0));
        assertEquals(1 << 14, m.cpu.debug[6] & 1 << 14);
    }
}
