package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.util.HexFormat;

/** 16- and 32-bit code: operand, address and stack sizes, segments and their limits. */
class LegacyModesTest {
    private static final int CODE = 0x1000;
    private final FlatMachine m = new FlatMachine(4 << 20);
    private final Cpu c = m.cpu;

    /** Segments as a 32-bit program has them, or with 64 KiB limits and 16-bit defaults. */
    private void mode(boolean big, boolean segmented) {
        c.efer = 0;
        c.cpl = 3;
        long limit = segmented ? 0xffff : 0xffffffffL;
        int size = big ? Cpu.ACCESS_BIG : 0;
        for (int s = Cpu.ES; s <= Cpu.GS; s++) {
            c.setSegment(s, 0x23, 0, limit, (s == Cpu.CS ? 0xfb : 0xf3) | size);
        }
    }

    private void run(String hex, int instructions) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        m.run(CODE, code, instructions);
    }

    @Test
    void operandSizeFollowsTheCodeSegment() {
        mode(true, false);
        run("b8 78563412 66 b8 cdab 40", 3); // mov eax; mov ax; inc eax
        assertEquals(0x1234abceL, c.regs[Cpu.RAX]);
        mode(false, false);
        c.regs[Cpu.RAX] = 0;
        run("66 b8 78563412 b8 ffff 40", 3);
        assertEquals(0x12340000L, c.regs[Cpu.RAX]);
    }

    @Test
    void sixteenBitAddressesWrap() {
        mode(false, false);
        c.ram.put16(0x0010, (short) 0x5aa5);
        c.regs[Cpu.RBX] = 0xfff0;
        c.regs[Cpu.RSI] = 0x0020;
        run("8b 00", 1); // mov ax, [bx+si]
        assertEquals(0x5aa5, c.regs[Cpu.RAX] & 0xffff);
    }

    @Test
    void stackSizeIsThatOfSs() {
        mode(true, false);
        c.setSegment(Cpu.SS, 0x23, 0x20000, 0xffff, 0xf3);
        c.regs[Cpu.RSP] = 0xabcd0000L;
        run("6a ff", 1); // push -1
        assertEquals(0xabcdfffcL, c.regs[Cpu.RSP]);
        assertEquals(-1, c.ram.get32(0x2fffc));
    }

    @Test
    void limitsAndRightsFault() {
        mode(true, false);
        c.setSegment(Cpu.DS, 0x23, 0x1000, 0xfff, 0xf3 | Cpu.ACCESS_BIG);
        run("a1 fc0f0000", 1); // the last dword
        assertEquals(-1, m.event);
        run("a1 fd0f0000", 1);
        assertEquals(CpuFault.GP, m.event);
        c.setSegment(Cpu.DS, 0x23, 0, 0xfff, 0xf7 | Cpu.ACCESS_BIG); // expand-down
        run("a1 00100000", 1);
        assertEquals(-1, m.event);
        run("a1 ff0f0000", 1);
        assertEquals(CpuFault.GP, m.event);
        c.setSegment(Cpu.DS, 0x23, 0, 0xffffffffL, 0xf1 | Cpu.ACCESS_BIG); // read-only
        run("a3 00100000", 1);
        assertEquals(CpuFault.GP, m.event);
        c.setSegment(Cpu.SS, 0x23, 0, 0xfff, 0xf3 | Cpu.ACCESS_BIG);
        c.regs[Cpu.RBP] = 0x1000;
        run("8b 45 00", 1); // mov eax, [ebp]
        assertEquals(CpuFault.SS, m.event);
    }

    @Test
    void codeOverridesReadAndNeverWrite() {
        mode(true, false);
        run("2e a1 00100000", 1);
        assertEquals(-1, m.event);
        run("2e a3 00100000", 1);
        assertEquals(CpuFault.GP, m.event);
    }

    @Test
    void nearTransfersKeepTheirSize() {
        mode(false, true);
        c.regs[Cpu.RSP] = 0x8000;
        run("e8 fd1f", 1); // call 0x3000
        assertEquals(0x3000, c.rip);
        assertEquals(0x1003, c.ram.get16(0x7ffe));
        run("eb fe", 5);
        assertEquals(CODE, c.rip);
        run("66 e9 faff0000", 1); // jmp dword 0x11000: beyond the limit
        assertEquals(CpuFault.GP, m.event);
        assertEquals(CODE, c.rip);
    }

    @Test
    void runningOffTheCodeSegmentFaults() {
        mode(true, false);
        c.setSegment(Cpu.CS, 0x1b, 0, CODE + 1, 0xfb | Cpu.ACCESS_BIG);
        run("40 40 40 40", 4);
        assertEquals(CpuFault.GP, m.event);
        assertEquals(CODE + 2, c.rip);
    }

    @Test
    void pushaAndPopaAreInverse() {
        mode(true, false);
        for (int i = 0; i < 8; i++) {
            c.regs[i] = 0x1000L * (i + 1);
        }
        c.regs[Cpu.RSP] = 0x8000;
        run("60 61", 2);
        for (int i = 0; i < 8; i++) {
            assertEquals(i == Cpu.RSP ? 0x8000 : 0x1000L * (i + 1), c.regs[i]);
        }
        assertEquals(0x1000, c.ram.get32(0x7ffc));
        assertEquals(0x8000, c.ram.get32(0x7fec));
    }

    @Test
    void encodingsThatChangeMeaning() {
        mode(true, false);
        c.regs[Cpu.RAX] = 0x0107;
        run("d5 0a", 1); // aad
        assertEquals(0x0011, c.regs[Cpu.RAX] & 0xffff);
        run("d4 0a", 1); // aam
        assertEquals(0x0107, c.regs[Cpu.RAX] & 0xffff);
        run("82 c0 05", 1); // add al, 5
        assertEquals(0x010c, c.regs[Cpu.RAX] & 0xffff);
        run("27", 1); // daa
        assertEquals(0x0112, c.regs[Cpu.RAX] & 0xffff);
    }

    @Test
    void stringsUseTheirSegments() {
        mode(false, true);
        c.setSegment(Cpu.ES, 0x23, 0x20000, 0xffff, 0xf3);
        c.regs[Cpu.RCX] = 0xabcd0004L;
        c.regs[Cpu.RSI] = 0x2000;
        c.regs[Cpu.RDI] = 0xfffe;
        c.ram.put32(0x2000, 0x44332211);
        run("f3 a4", 1);
        assertEquals(-1, m.event);
        assertEquals(0xabcd0000L, c.regs[Cpu.RCX]);
        assertEquals(0x2211, c.ram.get16(0x2fffe) & 0xffff);
        assertEquals(0x4433, c.ram.get16(0x20000) & 0xffff);
    }
}
