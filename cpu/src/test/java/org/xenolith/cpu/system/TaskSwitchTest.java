package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** Hardware task switches. */
class TaskSwitchTest {
    private static final int BUSY = 0x8b;
    private static final int FREE = 0x89;
    private final NativeMachine m = NativeMachine.protected32();
    private final Cpu c = m.cpu;

    @BeforeEach
    void secondTask() {
        long tss = NativeMachine.descriptor(NativeMachine.TSS_2, 0x67, FREE);
        m.put(NativeMachine.SPARE, tss);
        word(32, NativeMachine.USER);
        word(36, Flags.CF | 2);
        word(40, 0x1234); // EAX
        word(56, 0x7800); // ESP
        word(72, NativeMachine.DS_0);
        word(76, NativeMachine.CS_0);
        word(80, NativeMachine.DS_0);
        word(84, NativeMachine.DS_0);
    }

    private void word(int offset, int value) {
        m.ram.put32(NativeMachine.TSS_2 + offset, value);
    }

    private int type(int selector) {
        return (int) (m.get(selector) >>> 40) & 0xff;
    }

    @Test
    void jumpSavesAndLoads() {
        c.regs[Cpu.RBX] = 0xbbbb;
        m.place(NativeMachine.USER, "f4");
        m.run("ea 00 00 00 00 40 00 90");
        assertEquals(NativeMachine.USER + 1, c.rip);
        assertEquals(0x1234, c.regs[Cpu.RAX]);
        assertTrue(Flags.cf(c));
        assertEquals(0, c.selector[Cpu.FS]);
        assertEquals(NativeMachine.SPARE, c.selector[Cpu.TR]);
        assertEquals(BUSY, type(NativeMachine.SPARE));
        assertEquals(FREE, type(NativeMachine.TR));
        assertEquals(Cpu.CR0_TS, c.cr0 & Cpu.CR0_TS);
        assertEquals(NativeMachine.CODE + 7, m.ram.get32(NativeMachine.TSS + 32));
        assertEquals(0xbbbb, m.ram.get32(NativeMachine.TSS + 52));
        assertEquals(NativeMachine.DS_0, m.ram.get16(NativeMachine.TSS + 92));
    }

    @Test
    void callNestsAndIretReturns() {
        m.place(NativeMachine.USER, "cf");
        m.run("9a 00 00 00 00 40 00 f4");
        assertEquals(NativeMachine.CODE + 8, c.rip);
        assertEquals(NativeMachine.TR, c.selector[Cpu.TR]);
        assertEquals(0, c.eflags & Flags.NT);
        assertEquals(FREE, type(NativeMachine.SPARE));
        assertEquals(BUSY, type(NativeMachine.TR));
        assertEquals(NativeMachine.TR, m.ram.get16(NativeMachine.TSS_2));
        assertEquals(NativeMachine.USER + 1, m.ram.get32(NativeMachine.TSS_2 + 32));
        assertEquals(0, m.ram.get32(NativeMachine.TSS_2 + 36) & Flags.NT);
    }

    @Test
    void exceptionThroughATaskGatePushesItsErrorCode() {
        m.ram.put64(
                NativeMachine.IDT + 8L * CpuFault.GP,
                NativeMachine.gateBits(0x85, NativeMachine.SPARE, 0));
        m.place(NativeMachine.USER, "f4");
        m.ring(3);
        m.ram.put16(NativeMachine.TSS + 102, (short) 0x68);
        m.place(NativeMachine.CODE, "90");
        m.cpu.rip = NativeMachine.USER + 0x100;
        m.place(NativeMachine.USER + 0x100, "66 b8 f8 00 8e d8"); // MOV DS, F8h
        m.go();
        assertEquals(NativeMachine.USER + 1, c.rip);
        assertEquals(0xf8, m.ram.get32(0x7800 - 4));
        assertEquals(0x7800 - 4, c.regs[Cpu.RSP]);
        assertEquals(Flags.NT, c.eflags & Flags.NT);
        assertEquals(NativeMachine.USER + 0x104, m.ram.get32(NativeMachine.TSS + 32));
        assertEquals(Flags.RF, m.ram.get32(NativeMachine.TSS + 36) & Flags.RF);
    }

    /** A TSS field that is bad, and the fault it gives in the new task. */
    @ParameterizedTest
    @CsvSource({
        "76, 0, 10, 0", // CS
        "76, 10, 10, 10",
        "76, b, 10, 8", // RPL
        "80, 0, 10, 0", // SS
        "80, 23, 10, 20",
        "84, 8, -1, 0", // DS may be readable code
        "84, f8, 10, f8",
        "84, 30, 10, 30",
        "96, 10, 10, 10", // LDT
        "96, 14, 10, 14",
        "100, 1, 1, -1" // T flag
    })
    void faultsInTheNewTask(int offset, String value, int vector, String error) {
        word(offset, Integer.parseInt(value, 16));
        // a task of its own, so that the broken one needs no stack
        for (int v : new int[] {CpuFault.DB, CpuFault.TS, CpuFault.GP}) {
            m.ram.put64(
                    NativeMachine.IDT + 8L * v,
                    NativeMachine.gateBits(0x85, NativeMachine.SPARE_2, 0));
        }
        long handler = NativeMachine.LDT + 0x100;
        m.put(NativeMachine.SPARE_2, NativeMachine.descriptor(handler, 0x67, FREE));
        m.ram.put32(handler + 32, NativeMachine.USER + 0x200);
        m.ram.put32(handler + 56, 0x7400);
        m.ram.put32(handler + 76, NativeMachine.CS_0);
        m.ram.put32(handler + 80, NativeMachine.DS_0);
        m.place(NativeMachine.USER, "f4");
        m.place(NativeMachine.USER + 0x200, "f4");
        m.run("ea 00 00 00 00 40 00");
        if (vector < 0) {
            assertEquals(NativeMachine.USER + 1, c.rip);
            return;
        }
        assertEquals(NativeMachine.USER + 0x201, c.rip);
        assertEquals(NativeMachine.SPARE, m.ram.get16(handler), "came from the second task");
        assertEquals(NativeMachine.USER, m.ram.get32(NativeMachine.TSS_2 + 32));
        if (vector == CpuFault.TS) {
            assertEquals(Integer.parseInt(error, 16), m.ram.get32(0x7400 - 4));
        } else {
            assertEquals(0x7400, c.regs[Cpu.RSP]);
            assertEquals(1 << 15, c.debug[6] & 1 << 15);
        }
    }

    /** A TSS descriptor that cannot be switched to. */
    @ParameterizedTest
    @CsvSource({"67, 8b, 13", "67, 09, 11", "66, 89, 10", "2a, 81, 10", "67, 82, 13"})
    void badDescriptors(String limit, String access, int vector) {
        m.put(
                NativeMachine.SPARE,
                NativeMachine.descriptor(
                        NativeMachine.TSS_2,
                        Integer.parseInt(limit, 16),
                        Integer.parseInt(access, 16)));
        m.run("ea 00 00 00 00 40 00");
        assertEquals(vector, m.vector());
        assertEquals(NativeMachine.SPARE, m.frame(0));
        assertEquals(NativeMachine.CODE, m.frame(1));
        assertEquals(NativeMachine.TR, c.selector[Cpu.TR]);
    }

    @Test
    void sixteenBitTask() {
        m.put(NativeMachine.SPARE, NativeMachine.descriptor(NativeMachine.TSS_2, 0x2b, 0x81));
        m.ram.fill(NativeMachine.TSS_2, 0x68, (byte) 0);
        short[] words = {0x100, 2, 0x1111, 0, 0, 0, 0x7000, 0, 0, 0, 0x10, 0x50, 0x10, 0x10, 0};
        for (int i = 0; i < words.length; i++) {
            m.ram.put16(NativeMachine.TSS_2 + 14 + 2L * i, words[i]);
        }
        m.put(NativeMachine.SPARE_2, NativeMachine.descriptor(NativeMachine.USER, 0xffff, 0x9b));
        m.place(NativeMachine.USER + 0x100, "f4");
        c.regs[Cpu.RAX] = 0x55550000L;
        m.run("ea 00 00 00 00 40 00");
        assertEquals(0x101, c.rip);
        assertEquals(0xffff1111L, c.regs[Cpu.RAX]);
        assertEquals(0, c.selector[Cpu.GS]);
        assertEquals(Cpu.MODE_16, c.mode & Cpu.MODE_SIZE);
    }
}
