package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** Operands of which only a part lies in the segment, and instructions likewise. */
class SegmentLimitTest {
    private static final int DATA = 0x40000;

    private final NativeMachine m = NativeMachine.real();
    private final Cpu c = m.cpu;

    SegmentLimitTest() {
        c.setSegment(Cpu.DS, DATA >> 4, DATA, 0xffff, 0x93);
        c.cr4 |= Cpu.CR4_OSFXSR;
    }

    /** The last offset at which an operand fits, and the next. */
    @ParameterizedTest
    @CsvSource({
        "d9 07, 4", // FLD
        "df 37, 10", // FBSTP
        "d9 37, 14", // FNSTENV
        "dd 37, 94", // FNSAVE
        "0f ae 07, 512", // FXSAVE
        "0f c7 0f, 8", // CMPXCHG8B
        "0f 01 07, 6", // SGDT
        "0f 01 1f, 6", // LIDT
        "0f ae 1f, 4", // STMXCSR
        "0f 7f 07, 8", // MOVQ, MMX
        "8f 07, 2", // POP
        "66 8f 07, 4",
    })
    void theWholeOperandIsChecked(String code, int size) {
        c.regs[Cpu.RBX] = 0x10000 - size;
        m.run(code + " f4");
        assertEquals(-1, m.vector(), code);
        assertTrue(c.halted);
        NativeMachine other = NativeMachine.real();
        other.cpu.cr4 |= Cpu.CR4_OSFXSR;
        other.cpu.setSegment(Cpu.DS, DATA >> 4, DATA, 0xffff, 0x93);
        other.cpu.regs[Cpu.RBX] = 0x10000 - size + (size == 512 ? 16 : 1);
        other.run(code + " f4");
        assertEquals(CpuFault.GP, other.vector(), code);
    }

    @ParameterizedTest
    @CsvSource({
        "8f 00",
        "d9 38",
        "dd 30",
        "0f 01 00",
        "0f ae 00",
        "0f c7 08",
        "0f ab 08",
        "0f 7f 00"
    })
    void aReadOnlySegmentIsNotWrittenTo(String code) {
        NativeMachine p = NativeMachine.protected32();
        p.cpu.cr4 |= Cpu.CR4_OSFXSR;
        p.put(NativeMachine.SPARE, 0x00cf91000000ffffL);
        p.cpu.loadSegment(Cpu.DS, NativeMachine.SPARE);
        p.cpu.regs[Cpu.RAX] = DATA;
        p.cpu.regs[Cpu.RCX] = 0;
        p.run(code + " f4");
        assertEquals(CpuFault.GP, p.vector(), code);
    }

    @Test
    void aSelectorThatStaysIsNotWritten() {
        NativeMachine p = NativeMachine.protected32();
        p.put(NativeMachine.SPARE, 0x00cf91000000ffffL);
        p.cpu.loadSegment(Cpu.DS, NativeMachine.SPARE);
        p.ram.put16(DATA, (short) 2);
        p.cpu.regs[Cpu.RAX] = DATA;
        p.cpu.regs[Cpu.RCX] = 2;
        p.run("63 08 f4"); // ARPL [EAX], CX
        assertEquals(-1, p.vector());
        assertEquals(0, Flags.get(p.cpu) & Flags.ZF);
        p.cpu.regs[Cpu.RCX] = 3;
        p.run("63 08 f4");
        assertEquals(CpuFault.GP, p.vector());
    }

    @Test
    void aBitStringMayNotLeaveTheSegment() {
        c.setSegment(Cpu.DS, DATA >> 4, DATA, 0xfff, 0x93);
        c.regs[Cpu.RBX] = 0xff0;
        c.regs[Cpu.RAX] = 8 * 14;
        m.run("0f ab 07 f4"); // BTS [BX], AX
        assertEquals(-1, m.vector());
        assertEquals(1, m.ram.get16(DATA + 0xffe));
        c.regs[Cpu.RAX] = 8 * 16;
        m.run("0f ab 07 f4");
        assertEquals(CpuFault.GP, m.vector());
    }

    @Test
    void theOffsetOfABitStringWrapsRound() {
        c.regs[Cpu.RBX] = 0;
        c.regs[Cpu.RAX] = 0xffff; // bit -1
        m.run("0f ab 07 f4");
        assertEquals(-1, m.vector());
        assertEquals((short) 0x8000, m.ram.get16(DATA + 0xfffe));
    }

    @Test
    void aFarPointerMayContinueAtOffsetZero() {
        m.ram.put16(DATA + 0xfffe, (short) 0x1234);
        m.ram.put16(DATA, (short) 0x5678);
        c.regs[Cpu.RBX] = 0xfffe;
        m.run("c4 37 f4"); // LES SI, [BX]
        assertEquals(0x1234, c.regs[Cpu.RSI]);
        assertEquals(0x5678, c.selector[Cpu.ES]);
        c.regs[Cpu.RBX] = 0xffff;
        m.run("c4 37 f4");
        assertEquals(CpuFault.GP, m.vector());
        c.setSegment(Cpu.CS, NativeMachine.CODE >> 4, NativeMachine.CODE, 0xffff, 0x9b);
        c.regs[Cpu.RBX] = 0xfffd;
        m.run("ff 2f f4"); // JMP FAR [BX]: its selector lies at FFFF
        assertEquals(CpuFault.GP, m.vector());
    }

    @Test
    void boundsAreCheckedOneByOne() {
        m.ram.put16(DATA + 0xfffe, (short) -5);
        m.ram.put16(DATA, (short) 5);
        c.regs[Cpu.RBX] = 0xfffe;
        c.regs[Cpu.RAX] = 5;
        m.run("62 07 f4");
        assertEquals(-1, m.vector());
        c.regs[Cpu.RAX] = 6;
        m.run("62 07 f4");
        assertEquals(CpuFault.BR, m.vector());
    }

    @Test
    void anInstructionMayNotContinueBeyondTheLimit() {
        m.place(NativeMachine.CODE + 0xfffd, "b8 34 12 f4"); // MOV AX, 1234h up to FFFF
        c.rip = 0xfffd;
        m.go();
        assertEquals(0x1234, c.regs[Cpu.RAX]);
        assertEquals(CpuFault.GP, m.vector(), "at 10000");
        c.setSegment(Cpu.CS, NativeMachine.CODE >> 4, NativeMachine.CODE, 0xffff, 0x9b);
        c.regs[Cpu.RAX] = 0;
        m.place(NativeMachine.CODE + 0xfffe, "b8 34 12");
        c.rip = 0xfffe;
        m.go();
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0, c.regs[Cpu.RAX]);
        assertEquals((short) 0xfffe, m.ram.get16(c.regs[Cpu.RSP]));
    }

    @Test
    void noSegmentRegisterComesBeforeItsOperand() {
        c.regs[Cpu.RBX] = 0xffff;
        m.run("8e 0f f4"); // MOV CS, [BX]
        assertEquals(CpuFault.UD, m.vector());
    }

    @Test
    void pushAllWithTooLittleStack() {
        c.regs[Cpu.RSP] = 13;
        m.run("60 f4");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(13 - 6, c.regs[Cpu.RSP]);
    }

    @Test
    void anEventMayPushToThePageOfTheCode() {
        c.regs[Cpu.RSP] = 0x800;
        c.setSegment(Cpu.SS, NativeMachine.CODE >> 4, NativeMachine.CODE, 0xffff, 0x93);
        m.place(NativeMachine.CODE + 0x7fa, "90 90 90 90 90 90 f4");
        c.rip = 0x7fa;
        m.go();
        assertEquals(0x801, c.rip);
        m.run("0f 0b"); // UD2: the frame replaces the NOPs
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.CODE >> 4, m.ram.get16(NativeMachine.CODE + 0x7fc));
    }

    @Test
    void rotatingAllTheWayRoundSetsTheOverflowFlag() {
        c.regs[Cpu.RAX] = 0x80;
        c.regs[Cpu.RCX] = 9;
        m.flags(2);
        m.run("d2 d0 f4"); // RCL AL, CL: 9 bits with CF
        assertEquals(0x80, c.regs[Cpu.RAX]);
        assertEquals(Flags.OF, Flags.get(c) & (Flags.OF | Flags.CF));
        c.regs[Cpu.RAX] = 0xc0;
        m.run("d2 d8 f4"); // RCR AL, CL
        assertEquals(0, Flags.get(c) & (Flags.OF | Flags.CF));
    }
}
