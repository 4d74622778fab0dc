package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** FIP, FCS, FDP, FDS and FOP, and how x87 exceptions are told of. */
class X87PointersTest {
    private static final int DATA = 0x40000;
    private static final int AREA = 0x41000;
    private static final String FLD = "dd03"; // qword [ebx] or [rbx]
    private static final String FXSAVE64 = "480fae06"; // [rsi]
    private static final String FXSAVE = "0fae06";
    private static final String FNSTENV = "d936";
    private static final String HLT = "f4";

    /** Masks no division by zero, and divides by zero. */
    private static final String DIVIDE = "d92f d9e8 d9ee def9"; // fldcw [rdi]; fld1; fldz; fdivp

    private NativeMachine m;
    private Cpu cpu;

    private void start(NativeMachine machine) {
        m = machine;
        cpu = m.cpu;
        cpu.cr4 |= Cpu.CR4_OSFXSR;
        cpu.fpu.control = 0x37f;
        cpu.fpu.tag = 0xffff;
        cpu.regs[Cpu.RBX] = DATA;
        cpu.regs[Cpu.RSI] = AREA;
        cpu.regs[Cpu.RDI] = DATA + 16;
        m.ram.put64(DATA, Double.doubleToRawLongBits(1.5));
        m.ram.put16(DATA + 16, (short) 0x37b);
        m.ram.fill(AREA, 512, (byte) 0);
    }

    private void start64(String model) {
        start(NativeMachine.long64(CpuModel.parse(model)));
    }

    private void run(String... code) {
        m.run(String.join("", code).replace(" ", "") + HLT);
        assertEquals(-1, m.vector());
    }

    @Test
    void instructionAndOperandAreRecorded() {
        start64("core2duo");
        run("90", FLD, FXSAVE64);
        assertEquals(NativeMachine.CODE + 1, m.ram.get64(AREA + 8));
        assertEquals(DATA, m.ram.get64(AREA + 16));
        run("9090", "d9e8", FXSAVE); // fld1 has no operand
        assertEquals(NativeMachine.CODE + 2, m.ram.get32(AREA + 8));
        assertEquals(NativeMachine.CS_0, m.ram.get32(AREA + 12));
        assertEquals(DATA, m.ram.get32(AREA + 16));
        assertEquals(NativeMachine.DS_0, m.ram.get32(AREA + 20));
    }

    @Test
    void controlInstructionsAreNot() {
        start64("core2duo");
        run("9090", FLD, "d92f dd3e d93e dbe2", FXSAVE64); // fldcw, fnstsw, fnstcw, fnclex
        assertEquals(NativeMachine.CODE + 2, m.ram.get64(AREA + 8));
        run("9090", FLD, "d9d0", FXSAVE64); // but FNOP is
        assertEquals(NativeMachine.CODE + 4, m.ram.get64(AREA + 8));
        run(FLD, "dbe3", FXSAVE64); // FNINIT clears them
        assertEquals(0, m.ram.get64(AREA + 8));
        assertEquals(0, m.ram.get64(AREA + 16));
    }

    @Test
    void anInstructionThatFaultsIsNot() {
        start64("core2duo");
        run(FLD);
        cpu.regs[Cpu.RBX] = 0x7f000000;
        m.run("90" + FLD + HLT);
        assertEquals(CpuFault.PF, m.vector());
        cpu.fpu.status = 0;
        m.run(FXSAVE64 + HLT);
        assertEquals(NativeMachine.CODE, m.ram.get64(AREA + 8));
        assertEquals(DATA, m.ram.get64(AREA + 16));
    }

    @Test
    void segmentBasesAreNoPartOfOffsets() {
        start64("core2duo");
        cpu.segmentBase[Cpu.FS] = 0x1000;
        cpu.regs[Cpu.RBX] = DATA - 0x1000;
        run("64" + FLD, FXSAVE64);
        assertEquals(DATA - 0x1000, m.ram.get64(AREA + 16));
    }

    /** FOP of D9 E8, and of an instruction with an unmasked exception. */
    @ParameterizedTest
    @CsvSource({"core2duo, 0, 6f9", "haswell, 0, 6f9", "epyc, 0, 6f9"})
    void theOpcodeIsRecordedWithExceptions(String model, String without, String with) {
        start64(model);
        run("d9e8", FXSAVE64);
        assertEquals(Integer.parseInt(without, 16), m.ram.get16(AREA + 6));
        cpu.fpu.tag = 0xffff;
        run(DIVIDE, FXSAVE64);
        assertEquals(Integer.parseInt(with, 16), m.ram.get16(AREA + 6));
        assertEquals(NativeMachine.CODE + 6, m.ram.get64(AREA + 8));
    }

    @Test
    void thePentium3RecordsEveryOpcode() {
        start(NativeMachine.protected32(CpuModel.parse("pentium3")));
        run("d9e8", FNSTENV);
        assertEquals(0x1e8 << 16 | NativeMachine.CS_0, m.ram.get32(AREA + 16));
    }

    @Test
    void selectorsAreDeprecated() {
        start64("haswell");
        run(FLD, FNSTENV, "0fae8600010000"); // fxsave [rsi+100h]
        assertEquals(NativeMachine.CODE, m.ram.get32(AREA + 12));
        assertEquals(0, m.ram.get16(AREA + 16));
        assertEquals(0xffff0000, m.ram.get32(AREA + 24));
        assertEquals(0, m.ram.get32(AREA + 0x100 + 12));
        assertEquals(0, m.ram.get32(AREA + 0x100 + 20));
    }

    @Test
    void operandsMayBeRecordedWithExceptionsOnly() {
        start64("haswell,+fdp_excptn_only");
        run(FLD, FXSAVE64);
        assertEquals(0, m.ram.get64(AREA + 16));
        m.ram.put64(DATA, 0x7ff0000000000001L); // a signaling NaN
        m.ram.put16(DATA + 16, (short) 0x37e);
        run("d92f", FLD, FXSAVE64);
        assertEquals(DATA, m.ram.get64(AREA + 16));
    }

    @Test
    void amdHidesPointersWithoutAnException() {
        start64("epyc");
        run(FLD, FXSAVE64, FNSTENV);
        assertEquals(NativeMachine.CODE, m.ram.get32(AREA + 12)); // FNSTENV does not
        assertEquals(0x503 << 16 | NativeMachine.CS_0, m.ram.get32(AREA + 16));
        run(FLD, FXSAVE64);
        assertEquals(0, m.ram.get64(AREA + 8) | m.ram.get64(AREA + 16));
    }

    @Test
    void environmentsOfProtectedMode() {
        start(NativeMachine.protected32(CpuModel.parse("pentium3")));
        run("9090", FLD, "66" + FNSTENV);
        assertEquals((short) NativeMachine.CODE + 2, m.ram.get16(AREA + 6));
        assertEquals(NativeMachine.CS_0, m.ram.get16(AREA + 8));
        assertEquals((short) DATA, m.ram.get16(AREA + 10));
        assertEquals(NativeMachine.DS_0, m.ram.get16(AREA + 12));
        run("d926", "dbe3", "d936"); // what FLDENV has loaded, FNINIT clears
        assertEquals(0, m.ram.get32(AREA + 12));
    }

    /** 20-bit addresses in segments of 16 bits: code at 1000:0, data at 3000:1000. */
    @Test
    void environmentsOfRealMode() {
        start(NativeMachine.real());
        cpu.setSegment(Cpu.DS, 0x3f00, 0x3f000, 0xffff, 0x93);
        cpu.regs[Cpu.RBX] = DATA - 0x3f000;
        cpu.regs[Cpu.RSI] = AREA - 0x3f000;
        run("9090", "dd07", "d934", "66d9741c"); // fld [bx]; fnstenv [si], [si+1ch] of 32 bits
        assertEquals(2, m.ram.get16(AREA + 6)); // 10002
        assertEquals(1 << 12 | 0x507, m.ram.get16(AREA + 8));
        assertEquals(0, m.ram.get16(AREA + 10)); // 40000
        assertEquals(4 << 12, m.ram.get16(AREA + 12));
        assertEquals(2, m.ram.get32(AREA + 0x1c + 12));
        assertEquals(1 << 12 | 0x507, m.ram.get32(AREA + 0x1c + 16));
        assertEquals(0, m.ram.get32(AREA + 0x1c + 20));
        assertEquals(4 << 12, m.ram.get32(AREA + 0x1c + 24));
        run("dbe3", "66d9641c", "66d934"); // and back
        assertEquals(2, m.ram.get32(AREA + 12));
        assertEquals(1 << 12 | 0x507, m.ram.get32(AREA + 16));
        assertEquals(4 << 12, m.ram.get32(AREA + 24));
    }

    @Test
    void withoutNumericErrorsThePinTells() {
        start64("haswell");
        cpu.cr0 &= ~(long) Cpu.CR0_NE;
        boolean[] line = new boolean[1];
        cpu.numericError = high -> line[0] = high;
        m.run(DIVIDE.replace(" ", "") + "d9d0" + HLT); // FNOP waits
        assertTrue(line[0]);
        assertTrue(cpu.halted);
        assertEquals(NativeMachine.CODE + 8, cpu.rip);
        m.flags(0x202);
        m.interrupt(0x75);
        m.go();
        assertEquals(0x75, m.vector());
        assertEquals(NativeMachine.CODE + 8, m.frame(0));
        cpu.fpu.ignored = true; // IGNNE#: the handler may go on
        m.run("d9d0" + HLT);
        assertEquals(NativeMachine.CODE + 3, cpu.rip);
        run("dbe2");
        assertFalse(cpu.fpu.ignored);
        cpu.cr0 |= Cpu.CR0_NE;
        cpu.fpu.tag = 0xffff;
        m.run(DIVIDE.replace(" ", "") + "9b" + HLT);
        assertEquals(CpuFault.MF, m.vector());
    }
}
