package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** Events, returns and far transfers of IA-32e mode. */
class LongModeTest {
    private static final int PUSHED_RF = Flags.RF | 2;
    private final NativeMachine m = NativeMachine.long64();
    private final Cpu c = m.cpu;

    @Test
    void faultPushesAnAlignedFrame() {
        c.regs[Cpu.RSP] = 0x7009;
        m.run("0f 0b");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(0x7000 - 40, c.regs[Cpu.RSP]);
        assertEquals(NativeMachine.CODE, m.frame(0));
        assertEquals(NativeMachine.CS_0, m.frame(1));
        assertEquals(PUSHED_RF, m.frame(2));
        assertEquals(0x7009, m.frame(3));
        assertEquals(NativeMachine.DS_0, m.frame(4));
        assertEquals(0, c.eflags & (Flags.RF | Flags.IF));
    }

    @Test
    void userFaultSwitchesToTheStackOfLevel0() {
        m.ring(3);
        m.run("f4"); // HLT
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0, c.cpl);
        assertEquals(0, c.selector[Cpu.SS]);
        assertEquals(NativeMachine.STACK_0 - 48, c.regs[Cpu.RSP]);
        assertEquals(0, m.frame(0));
        assertEquals(NativeMachine.USER, m.frame(1));
        assertEquals(NativeMachine.CS_3, m.frame(2));
        assertEquals(NativeMachine.STACK_3, m.frame(4));
        assertEquals(NativeMachine.DS_3, m.frame(5));
    }

    @Test
    void interruptStackTable() {
        m.gate(CpuFault.UD, 0x8e, NativeMachine.CS_0, 1);
        m.run("0f 0b");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.STACK_IST - 40, c.regs[Cpu.RSP]);
        assertEquals(NativeMachine.DS_0, c.selector[Cpu.SS]);
    }

    /** What goes wrong with INT 40h through this gate, from privilege level 3. */
    @ParameterizedTest
    @CsvSource({
        "8e, 8, 13, 202", // gate's DPL
        "6e, 8, 11, 202", // not present
        "e7, 8, 13, 202", // 16-bit trap gate
        "e5, 8, 13, 202", // task gate
        "ee, 0, 13, 0", // null selector
        "ee, 10, 13, 10", // data segment
        "ee, 18, 13, 18", // 32-bit code
        "ee, f8, 13, f8", // beyond the table
        "ee, 8, 64, -1",
        "ef, 28, 64, -1"
    })
    void gates(String access, String selector, int vector, String error) {
        m.gate(0x40, Integer.parseInt(access, 16), Integer.parseInt(selector, 16), 0);
        m.ring(3);
        if (selector.equals("28")) { // handler at level 3 cannot halt: runs into #GP
            m.run("cd 40");
            assertEquals(CpuFault.GP, m.vector());
            assertEquals(NativeMachine.HANDLERS + 0x400, m.frame(1));
            assertEquals(NativeMachine.STACK_3 - 40, m.frame(4));
            return;
        }
        m.run("cd 40");
        assertEquals(vector, m.vector());
        if (vector < 32) {
            assertEquals(Integer.parseInt(error, 16), m.frame(0));
            assertEquals(NativeMachine.USER, m.frame(1), "points at INT");
        } else {
            assertEquals(NativeMachine.USER + 2, m.frame(0), "points behind INT");
        }
    }

    @Test
    void breakpointIsATrapWithoutRf() {
        m.gate(CpuFault.BP, 0xef, NativeMachine.CS_0, 0);
        m.flags(Flags.IF | 2);
        m.ring(3);
        m.run("cc");
        assertEquals(CpuFault.BP, m.vector());
        assertEquals(NativeMachine.USER + 1, m.frame(0));
        assertEquals(Flags.IF | 2, m.frame(2));
        assertTrue((c.eflags & Flags.IF) != 0, "trap gate keeps IF");
    }

    @Test
    void contributoryFaultsMakeADoubleFault() {
        m.ram.put64(NativeMachine.TSS + 4, 1L << 62);
        m.gate(CpuFault.DF, 0x8e, NativeMachine.CS_0, 1);
        m.ring(3);
        m.run("f4");
        assertEquals(CpuFault.DF, m.vector());
        assertEquals(0, m.frame(0));
        assertEquals(NativeMachine.USER, m.frame(1));
    }

    /** #GP, then #PF for the stack, is no double fault; #PF for the stack of that is one. */
    @Test
    void pageFaultsOnTheStack() {
        m.ram.put64(NativeMachine.TSS + 4, 0x4000_0000L);
        m.gate(CpuFault.DF, 0x8e, NativeMachine.CS_0, 1);
        m.ring(3);
        m.run("f4");
        assertEquals(CpuFault.DF, m.vector());
        assertEquals(0x3fff_fff8L, c.cr2);
        m.gate(CpuFault.PF, 0x8e, NativeMachine.CS_0, 1);
        m.ring(3);
        m.run("f4");
        assertEquals(CpuFault.PF, m.vector());
        assertEquals(2, m.frame(0), "a write with supervisor rights");
        assertEquals(NativeMachine.USER, m.frame(1));
    }

    @Test
    void benignThenContributoryIsServedInOrder() {
        m.gate(CpuFault.UD, 0x0e, NativeMachine.CS_0, 0);
        m.run("0f 0b");
        assertEquals(CpuFault.NP, m.vector());
        assertEquals(CpuFault.UD << 3 | 3, m.frame(0), "EXT and IDT");
    }

    @Test
    void tripleFaultShutsDown() {
        c.idtLimit = 0;
        m.run("0f 0b");
        assertEquals(1, m.shutDowns);
        assertTrue(c.shutdown);
        assertEquals(NativeMachine.CODE, c.rip);
        assertTrue(RegisterDump.of(c).contains("64-bit mode, cpl 0, rip 0008:0000000000010000"));
    }

    @Test
    void interruptsComeAfterTheShadowOfSti() {
        m.interrupt(0x50);
        m.run("fb 90 90 f4");
        assertEquals(0x50, m.vector());
        assertEquals(NativeMachine.CODE + 2, m.frame(0));
        assertEquals(Flags.IF | 2, m.frame(2));
    }

    @Test
    void interruptWakesFromHlt() {
        m.run("fb f4 90");
        assertTrue(c.halted);
        assertEquals(-1, m.vector());
        m.interrupt(0x51);
        m.interpreter.run(100);
        assertEquals(0x51, m.vector());
        assertEquals(NativeMachine.CODE + 2, m.frame(0));
    }

    @Test
    void nmiIsBlockedUntilIret() {
        m.pins.signalNmi();
        m.run("90 f4");
        assertEquals(2, m.vector());
        m.pins.signalNmi();
        m.interpreter.run(10);
        assertTrue(c.nmiBlocked);
        assertEquals(NativeMachine.CODE, m.frame(0));
        m.place(NativeMachine.HANDLERS + 33, "48 cf"); // IRETQ behind HLT
        m.go();
        assertEquals(2, m.vector(), "the second one");
        assertEquals(NativeMachine.CODE, m.frame(0));
        assertTrue(c.nmiBlocked);
        assertEquals(0, c.pins);
    }

    private void pushReturn(long rip, long cs, long flags, long rsp, long ss) {
        long at = 0x7f00;
        long[] words = {rip, cs, flags, rsp, ss};
        for (int i = 0; i < words.length; i++) {
            m.ram.put64(at + 8 * i, words[i]);
        }
        c.regs[Cpu.RSP] = at;
    }

    @Test
    void iretToUser() {
        pushReturn(NativeMachine.USER, NativeMachine.CS_3, 0x3202, 0x1234, NativeMachine.DS_3);
        c.loadSegment(Cpu.DS, NativeMachine.DS_0);
        m.place(NativeMachine.USER, "0f 0b");
        m.run("48 cf");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.USER, m.frame(0));
        assertEquals(0x1234, m.frame(3));
        assertEquals(0x13202, m.frame(2));
        assertEquals(0, c.selector[Cpu.DS], "level 0 data is not left to level 3");
    }

    /** IRET to an outer level empties GS but leaves its base, as processors do. */
    @Test
    void iretKeepsTheBaseOfAnEmptiedSegment() {
        c.setSegment(Cpu.GS, NativeMachine.DS_0, 0x400000, 0xffffffffL, 0xc093);
        iretToUser();
        assertEquals(0, c.selector[Cpu.GS]);
        assertEquals(0x400000, c.segmentBase[Cpu.GS]);
    }

    @Test
    void iretToCompatibilityMode() {
        pushReturn(NativeMachine.USER, NativeMachine.CS_3_32, 2, 0x1234, NativeMachine.DS_3);
        m.place(NativeMachine.USER, "40 0f 0b"); // INC EAX
        m.run("48 cf");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(1, c.regs[Cpu.RAX]);
        assertEquals(NativeMachine.CS_3_32, m.frame(1));
        assertEquals(NativeMachine.USER + 1, m.frame(0));
        assertEquals(Cpu.MODE_64, c.mode);
    }

    @ParameterizedTest
    @CsvSource({
        "30000, 0, 2, 23, 13, 0", // null CS
        "30000, 10, 2, 10, 13, 10", // data
        "30000, 28, 2, 23, 13, 28", // RPL is not DPL
        "30000, 2b, 2, 20, 13, 20", // SS RPL
        "30000, 2b, 2, 0, 13, 0", // null SS at level 3
        "30000, 2b, 2, 13, 13, 10", // SS DPL
        "8000000000000, 2b, 2, 23, 13, 0", // not canonical
        "30000, 2b, 4002, 23, 6, -1"
    })
    void iretFaults(String rip, String cs, String flags, String ss, int vector, String error) {
        pushReturn(
                Long.parseLong(rip, 16),
                Integer.parseInt(cs, 16),
                Integer.parseInt(flags, 16),
                0x7000,
                Integer.parseInt(ss, 16));
        m.place(NativeMachine.USER, "0f 0b");
        m.run("48 cf");
        assertEquals(vector, m.vector());
        if (vector == CpuFault.GP) {
            assertEquals(Integer.parseInt(error, 16), m.frame(0));
            assertEquals(NativeMachine.CODE, m.frame(1));
            assertEquals(0x7f00, m.frame(4), "RSP as before");
        }
    }

    @Test
    void iretWithNtFaults() {
        pushReturn(NativeMachine.USER, NativeMachine.CS_3, 2, 0x1234, NativeMachine.DS_3);
        m.flags(Flags.NT | 2);
        m.run("48 cf");
        assertEquals(CpuFault.GP, m.vector());
    }

    @Test
    void nullStackAtLevel0() {
        pushReturn(NativeMachine.CODE + 2, NativeMachine.CS_0, 2, 0x7100, 0);
        m.run("48 cf f4");
        assertTrue(c.halted);
        assertEquals(NativeMachine.CODE + 3, c.rip);
        assertEquals(0x7100, c.regs[Cpu.RSP]);
    }

    @Test
    void syscallAndSysret() {
        c.star = 0x001b_0008_0000_0000L;
        c.lstar = NativeMachine.CODE + 0x100;
        c.fmask = Flags.IF;
        m.place(NativeMachine.CODE + 0x100, "48 0f 07"); // SYSRETQ
        m.ring(3);
        m.flags(Flags.IF | Flags.CF | 2);
        m.run("0f 05 0f 0b");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.USER + 2, m.frame(0));
        assertEquals(0x2b, m.frame(1));
        assertEquals(0x23, m.frame(4));
        assertEquals(PUSHED_RF | Flags.IF | Flags.CF, m.frame(2));
        assertEquals(NativeMachine.USER + 2, c.regs[Cpu.RCX]);
        assertEquals(Flags.IF | Flags.CF | 2, c.regs[Cpu.R11]);
    }

    @Test
    void sysretToNonCanonicalFaultsAtLevel0() {
        c.star = 0x001b_0008_0000_0000L;
        c.regs[Cpu.RCX] = 1L << 47;
        m.run("48 0f 07");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(NativeMachine.CS_0, m.frame(2));
    }

    @Test
    void sysenterAndSysexit() {
        c.sysenterCs = 8;
        c.sysenterEip = NativeMachine.CODE + 0x100;
        c.sysenterEsp = 0x7800;
        m.place(NativeMachine.CODE + 0x100, "48 0f 35");
        m.ring(3);
        c.regs[Cpu.RDX] = NativeMachine.USER + 0x40;
        c.regs[Cpu.RCX] = 0x9990;
        m.place(NativeMachine.USER + 0x40, "0f 0b");
        m.run("0f 34");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.USER + 0x40, m.frame(0));
        assertEquals(0x9990, m.frame(3));
        assertEquals(0x2b, m.frame(1));
        assertEquals(0x33, m.frame(4));
    }

    @Test
    void callGateToLevel0AndBack() {
        m.put(NativeMachine.SPARE, NativeMachine.gateBits(0xec, NativeMachine.CS_0, 0x20500));
        m.put(NativeMachine.SPARE + 8, 0);
        m.place(0x20500, "48 cb"); // RETFQ
        m.ring(3);
        m.ram.put32(0x31000, 0);
        m.ram.put16(0x31004, (short) (NativeMachine.SPARE | 3));
        m.run("ff 1c 25 00 10 03 00 0f 0b"); // CALL FAR [31000]
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.USER + 7, m.frame(0));
        assertEquals(NativeMachine.CS_3, m.frame(1));
        assertEquals(NativeMachine.STACK_3, m.frame(3));
        assertEquals(NativeMachine.DS_3, m.ram.get64(NativeMachine.STACK_0 - 8));
    }

    @Test
    void taskRegisterAndBusyFlag() {
        assertEquals(0x8b, m.get(NativeMachine.TR) >>> 40 & 0xff);
        m.run("b8 30 00 00 00 0f 00 d8"); // LTR of a busy TSS
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(NativeMachine.TR, m.frame(0));
    }

    @Test
    void accessRightsAndLimits() {
        m.run("b9 23 00 00 00 0f 02 c1 b9 30 00 00 00 0f 03 d1 f4"); // LAR, LSL
        assertEquals(0xc0f300, c.regs[Cpu.RAX]);
        assertEquals(0x67, c.regs[Cpu.RDX]);
        assertTrue(Flags.zf(c));
        m.run("b9 f8 00 00 00 0f 02 c1 f4");
        assertEquals(0xc0f300, c.regs[Cpu.RAX]);
        assertFalse(Flags.zf(c));
    }

    @Test
    void tablesLoadAndStore() {
        m.ram.put16(0x31000, (short) 0x1ff);
        m.ram.put64(0x31002, NativeMachine.IDT);
        m.run("0f 01 1c 25 00 10 03 00 0f 01 0c 25 10 10 03 00 f4"); // LIDT, SIDT
        assertEquals(0x1ff, c.idtLimit);
        assertEquals(NativeMachine.IDT, m.ram.get64(0x31012));
        m.ram.put64(0x31002, 1L << 58); // beyond the widest linear address
        m.run("0f 01 1c 25 00 10 03 00");
        assertEquals(CpuFault.GP, m.vector());
    }

    @Test
    void umipHidesTables() {
        c.cr4 |= Cpu.CR4_UMIP;
        m.ring(3);
        m.run("0f 01 0c 25 10 10 03 00");
        assertEquals(CpuFault.GP, m.vector());
    }

    @Test
    void generalDetectTrapsDebugRegisters() {
        m.run("b8 00 20 00 00 0f 23 f8 0f 21 f0"); // DR7.GD, then read DR6
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(NativeMachine.CODE + 8, m.frame(0));
        assertEquals(1 << 13, c.debug[6] & 1 << 13);
        assertEquals(0x400, c.debug[7]);
    }

    @Test
    void portsNeedTheBitmap() {
        m.put(NativeMachine.TR, NativeMachine.descriptor(NativeMachine.TSS, 0x2067, 0x89));
        m.ram.put16(NativeMachine.TSS + 102, (short) 0x68);
        SystemSegments.loadTaskRegister(c, NativeMachine.TR);
        m.ring(3);
        m.run("e4 80 0f 0b");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(0xff, c.regs[Cpu.RAX]);
        m.ram.put8(NativeMachine.TSS + 0x68 + 0x10, (byte) 2);
        m.ring(3);
        m.run("e5 80");
        assertEquals(CpuFault.GP, m.vector());
    }
}
