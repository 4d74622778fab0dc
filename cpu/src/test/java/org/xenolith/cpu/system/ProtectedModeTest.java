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

/** Segments, events and far transfers of 32-bit protected mode. */
class ProtectedModeTest {
    private final NativeMachine m = NativeMachine.protected32();
    private final Cpu c = m.cpu;

    private static int hex(String text) {
        return Integer.parseInt(text, 16);
    }

    /** MOV to a segment register: register, selector, descriptor, level, vector and error code. */
    @ParameterizedTest
    @CsvSource({
        "3, 10, 0, 0, -1, 0",
        "3, 0, 0, 0, -1, 0",
        "3, f8, 0, 0, 13, f8", // beyond the table
        "3, 44, 0, 0, 13, 44", // no LDT
        "3, 40, 00cf98000000ffff, 0, 13, 40", // code that cannot be read
        "3, 40, 00cf9a000000ffff, 0, -1, 0",
        "3, 43, 00cf92000000ffff, 0, 13, 40", // RPL above DPL
        "3, 43, 00cf9e000000ffff, 0, -1, 0", // conforming code: any level
        "3, 40, 00cf12000000ffff, 0, 11, 40", // not present
        "3, 40, 00cf89000000ffff, 0, 13, 40", // system
        "2, 0, 0, 0, 13, 0",
        "2, 40, 00cf12000000ffff, 0, 12, 40", // not present
        "2, 40, 00cf90000000ffff, 0, 13, 40", // read-only
        "2, 40, 00cff2000000ffff, 0, 13, 40", // DPL
        "2, 43, 00cf92000000ffff, 0, 13, 40", // RPL
        "3, 10, 0, 3, 13, 10"
    })
    void segmentLoads(
            int register, String selector, String descriptor, int cpl, int vector, String error) {
        if (!descriptor.equals("0")) {
            m.put(NativeMachine.SPARE, Long.parseUnsignedLong(descriptor, 16));
        }
        m.ring(cpl);
        c.regs[Cpu.RCX] = hex(selector);
        int old = c.selector[register];
        m.run((register == 3 ? "8e d9" : "8e d1") + "f4"); // MOV DS, CX or MOV SS, CX
        assertEquals(vector, m.vector());
        if (vector < 0) {
            assertEquals(hex(selector), c.selector[register]);
            if (!descriptor.equals("0")) {
                assertEquals(1, m.get(NativeMachine.SPARE) >>> 40 & 1, "accessed");
            }
        } else {
            assertEquals(hex(error), m.frame(0));
            assertEquals(old, c.selector[register]);
        }
    }

    @Test
    void interruptFromUserSwitchesStacks() {
        m.gate(0x80, 0xee, NativeMachine.CS_0, 0);
        m.ring(3);
        m.run("cd 80");
        assertEquals(0x80, m.vector());
        assertEquals(NativeMachine.STACK_0 - 20, c.regs[Cpu.RSP]);
        assertEquals(NativeMachine.USER + 2, m.frame(0));
        assertEquals(NativeMachine.CS_3, m.frame(1));
        assertEquals(NativeMachine.STACK_3, m.frame(3));
        assertEquals(NativeMachine.DS_3, m.frame(4));
        assertEquals(NativeMachine.DS_0, c.selector[Cpu.SS]);
    }

    @Test
    void sixteenBitGatePushesWords() {
        m.gate(0x80, 0x86, NativeMachine.SPARE, 0);
        m.put(NativeMachine.SPARE, NativeMachine.descriptor(0x20000, 0xffff, 0x9b));
        c.regs[Cpu.RSP] = 0x7000;
        m.ram.put64(NativeMachine.IDT + 8L * 0x80, 0x0000_8600_0040_0800L);
        m.run("cd 80");
        assertEquals(0x80, m.vector());
        assertEquals(0x7000 - 6, c.regs[Cpu.RSP]);
        assertEquals(2, m.ram.get16(0x7000 - 6) & 0xffff);
    }

    /** The stack of level 0 in the TSS is bad. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 8000, 10, 0",
        "13, 0, 8000, 10, 10", // RPL
        "23, 0, 8000, 10, 20", // DPL
        "8, 0, 8000, 10, 8", // code
        "40, 00cf12000000ffff, 8000, 12, 40", // not present
        "40, 00cf92000000ffff, 8000, -1, 0",
        "40, 0000920000000fff, 8000, 12, 40" // beyond its limit
    })
    void badStackInTss(String ss, String descriptor, String esp, int vector, String error) {
        m.put(NativeMachine.SPARE, Long.parseUnsignedLong(descriptor, 16));
        m.ram.put32(NativeMachine.TSS + 4, hex(esp));
        m.ram.put32(NativeMachine.TSS + 8, hex(ss));
        m.gate(0x80, 0xee, NativeMachine.CS_0, 0);
        // the fault's own handler runs in level 3, which needs no other stack
        if (vector > 0) {
            m.gate(vector, 0xee, NativeMachine.CS_3, 0);
            m.gate(CpuFault.GP, 0xee, NativeMachine.CS_3, 0);
            m.place(NativeMachine.HANDLERS + 16 * vector, "eb fe");
        }
        m.ring(3);
        m.run("cd 80");
        if (vector > 0) {
            assertEquals(NativeMachine.HANDLERS + 16 * vector, c.rip);
            assertEquals(hex(error), m.frame(0));
            assertEquals(NativeMachine.USER, m.frame(1));
        } else {
            assertEquals(0x80, m.vector());
        }
    }

    private void push(int... words) {
        for (int i = 0; i < words.length; i++) {
            m.ram.put32(0x7000 + 4L * i, words[i]);
        }
        c.regs[Cpu.RSP] = 0x7000;
    }

    @Test
    void iretToTheSameLevelLeavesTheStack() {
        push(NativeMachine.CODE + 1, NativeMachine.CS_0, Flags.CF | 2);
        m.run("cf f4");
        assertEquals(NativeMachine.CODE + 2, c.rip);
        assertEquals(0x700c, c.regs[Cpu.RSP]);
        assertTrue(Flags.cf(c));
    }

    @Test
    void iretToVirtual8086AndInterruptBack() {
        push(0x100, 0x3000, Flags.VM | Flags.IOPL | 2, 0x1000, 0x900, 0x11, 0x22, 0x33, 0x44);
        m.gate(0x80, 0xee, NativeMachine.CS_0, 0);
        m.place(0x30100, "8c c8 8e d8 cd 80"); // MOV AX, CS; MOV DS, AX; INT 80h
        m.run("cf");
        assertEquals(0x80, m.vector());
        assertEquals(0x3000, c.regs[Cpu.RAX]);
        assertEquals(NativeMachine.STACK_0 - 36, c.regs[Cpu.RSP]);
        long[] pushed = {
            0x106, 0x3000, Flags.VM | Flags.IOPL | 2, 0x1000, 0x900, 0x11, 0x3000, 0x33, 0x44
        };
        for (int i = 0; i < pushed.length; i++) {
            assertEquals(pushed[i], m.frame(i), "word " + i);
        }
        assertEquals(0, c.selector[Cpu.DS]);
        assertFalse(c.virtual8086());
    }

    @ParameterizedTest
    @CsvSource({
        "cd 80, 0, 0, 13", // INT n needs IOPL
        "cc, 0, 0, 3", // INT3 does not
        "9c, 0, 0, 13", // PUSHF
        "fa, 0, 0, 13", // CLI
        "cf, 0, 0, 13", // IRET
        "66 9d, 0, 1, 13", // POPFD even with VME
        "fa 0f 0b, 0, 1, 6", // CLI clears VIF
        "9c 0f 0b, 0, 1, 6",
        "0f 00 c0, 3, 0, 6", // SLDT
        "f4, 3, 0, 13",
        "e4 80, 3, 0, 13" // ports need the bitmap whatever IOPL
    })
    void virtual8086Traps(String code, int iopl, int vme, int vector) {
        m.ram.fill(NativeMachine.TSS + 0x68, 0x2000, (byte) -1);
        c.cr4 |= vme;
        m.gate(CpuFault.BP, 0xee, NativeMachine.CS_0, 0);
        m.place(0x30100, code);
        push(0x100, 0x3000, Flags.VM | iopl << 12 | 2, 0x1000, 0x900, 0, 0, 0, 0);
        m.run("cf");
        assertEquals(vector, m.vector());
    }

    @Test
    void virtualModeExtensionsRedirectInterrupts() {
        c.cr4 |= Cpu.CR4_VME;
        m.ram.put16(NativeMachine.TSS + 102, (short) 0x88);
        m.ram.put32(4 * 0x21, 0x3000_0200);
        m.place(0x30200, "0f 0b");
        m.place(0x30100, "cd 21");
        int flags = Flags.VM | Flags.VIF | 2;
        push(0x100, 0x3000, flags, 0x1000, 0x900, 0, 0, 0, 0);
        m.run("cf");
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(0x200, m.frame(0));
        assertEquals(0x1000 - 6, m.frame(3));
        assertEquals(Flags.IF | Flags.IOPL | 2, m.ram.get16(0xa000 - 2) & 0xffff);
        assertEquals(0, m.frame(2) & Flags.VIF);
    }

    @Test
    void callGateCopiesParametersAndFarReturnReleasesThem() {
        long gate = NativeMachine.gateBits(0xec, NativeMachine.CS_0, 0x20500) | 2L << 32;
        m.put(NativeMachine.SPARE, gate);
        m.place(0x20500, "8b 44 24 0c 8b 5c 24 08 ca 08 00"); // parameters; RETF 8
        m.ring(3);
        m.run("6a 11 6a 22 9a 00 00 00 00 43 00 0f 0b"); // PUSH 11h; PUSH 22h; CALL 43:0
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(0x11, c.regs[Cpu.RAX]);
        assertEquals(0x22, c.regs[Cpu.RBX]);
        assertEquals(NativeMachine.STACK_3, m.frame(3));
        assertEquals(NativeMachine.USER + 11, m.frame(0));
    }

    /** A far JMP to this selector with this descriptor. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 13, 0",
        "f8, 0, 13, f8",
        "40, 00cf92000000ffff, 13, 40", // data
        "40, 00cf1a000000ffff, 11, 40", // not present
        "40, 00cffa000000ffff, 13, 40", // DPL
        "43, 00cf9a000000ffff, 13, 40", // RPL
        "43, 00cf9e000000ffff, -1, 0", // conforming
        "40, 0040 9a00 0000 0fff, 13, 0", // beyond its limit
        "40, 00008200 0000 0fff, 13, 40" // LDT
    })
    void farJumps(String selector, String descriptor, int vector, String error) {
        m.put(NativeMachine.SPARE, Long.parseUnsignedLong(descriptor.replace(" ", ""), 16));
        m.place(NativeMachine.USER, "f4");
        m.run("ea 00 00 03 00" + "%02x00".formatted(hex(selector)));
        assertEquals(vector, m.vector());
        if (vector > 0) {
            assertEquals(hex(error), m.frame(0));
            assertEquals(NativeMachine.CODE, m.frame(1));
        } else {
            assertEquals(NativeMachine.USER + 1, c.rip);
        }
    }

    @Test
    void localTable() {
        m.put(NativeMachine.SPARE, NativeMachine.descriptor(NativeMachine.LDT, 15, 0x82));
        m.ram.put64(NativeMachine.LDT + 8, 0x00cf92000000ffffL);
        m.run("66 b8 40 00 0f 00 d0 66 b8 0c 00 8e d8 f4"); // LLDT; MOV DS, 0Ch
        assertEquals(-1, m.vector());
        assertEquals(0x0c, c.selector[Cpu.DS]);
        m.run("66 b8 14 00 8e d8");
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(0x14, m.frame(0));
    }

    @Test
    void boundArplAndInto() {
        m.ram.put32(0x31000, -5);
        m.ram.put32(0x31004, 5);
        c.regs[Cpu.RAX] = 5;
        m.run("62 05 00 10 03 00 40 62 05 00 10 03 00");
        assertEquals(CpuFault.BR, m.vector());
        assertEquals(NativeMachine.CODE + 7, m.frame(0));
        m.gate(CpuFault.OF, 0xee, NativeMachine.CS_0, 0);
        m.ring(0);
        m.run("b8 10 00 00 00 b9 03 00 00 00 63 c8 b2 7f fe c2 ce"); // ARPL AX, CX; overflow
        assertEquals(CpuFault.OF, m.vector());
        assertEquals(0x13, c.regs[Cpu.RAX]);
        assertEquals(NativeMachine.CODE + 17, m.frame(0));
    }

    @Test
    void protectedVirtualInterrupts() {
        c.cr4 |= Cpu.CR4_PVI;
        m.ring(3);
        m.run("fb 9c 58 fa 0f 0b"); // STI; PUSHF; POP EAX; CLI
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(Flags.VIF | 2, c.regs[Cpu.RAX]);
        assertEquals(0, m.frame(2) & Flags.VIF);
    }

    @Test
    void enterOnASixteenBitStackKeepsTheRestOfEsp() {
        c.setSegment(Cpu.SS, NativeMachine.DS_0, 0, 0xffffffffL, 0x8093);
        c.regs[Cpu.RSP] = 0x18000;
        m.run("c8 10 00 01 f4"); // ENTER 10h, 1
        assertEquals(0x17ffc, c.regs[Cpu.RBP]);
        assertEquals(0x17ffc - 4 - 0x10, c.regs[Cpu.RSP]);
        assertEquals(0x17ffc, m.ram.get32(0x7ff8));
    }
}
