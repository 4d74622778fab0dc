package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** Real-address mode, reset, INIT and start-up. */
class RealModeTest {
    private final NativeMachine m = NativeMachine.real();
    private final Cpu c = m.cpu;

    @Test
    void interruptThroughTheVectorTable() {
        m.flags(Flags.IF | Flags.CF | 2);
        m.run("cd 21");
        assertEquals(0x21, m.vector());
        assertEquals(NativeMachine.STACK_0 - 6, c.regs[Cpu.RSP]);
        assertEquals(2, m.ram.get16(NativeMachine.STACK_0 - 6));
        assertEquals(NativeMachine.CODE >> 4, m.ram.get16(NativeMachine.STACK_0 - 4));
        assertEquals(Flags.IF | Flags.CF | 2, m.ram.get16(NativeMachine.STACK_0 - 2));
        assertEquals(0, c.eflags & Flags.IF);
    }

    @Test
    void exceptionsPushNoErrorCode() {
        m.run("0f 00 c0"); // SLDT
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.STACK_0 - 6, c.regs[Cpu.RSP]);
        assertEquals(0, m.ram.get16(NativeMachine.STACK_0 - 6));
    }

    @Test
    void vectorBeyondTheTable() {
        c.idtLimit = 4 * CpuFault.GP + 3;
        m.run("cd 21");
        assertEquals(CpuFault.GP, m.vector());
        c.idtLimit = 4 * CpuFault.UD;
        c.setSegment(Cpu.CS, NativeMachine.CODE >> 4, NativeMachine.CODE, 0xffff, 0x9b);
        m.run("cd 21");
        assertEquals(1, m.shutDowns);
    }

    @Test
    void farCallAndReturn() {
        m.place(0x12345, "cb");
        m.run("9a 45 03 00 12 f4");
        assertTrue(c.halted);
        assertEquals(6, c.rip);
        assertEquals(NativeMachine.CODE, c.segmentBase[Cpu.CS]);
        assertEquals(NativeMachine.STACK_0, c.regs[Cpu.RSP]);
        assertEquals(0x1000, m.ram.get16(NativeMachine.STACK_0 - 2));
    }

    @Test
    void iretTakesAllFlags() {
        c.regs[Cpu.RSP] = 0x7000;
        m.ram.put16(0x7000, (short) 1);
        m.ram.put16(0x7002, (short) 0x1000);
        m.ram.put16(0x7004, (short) (Flags.IF | Flags.IOPL | Flags.NT | Flags.CF));
        m.run("cf f4");
        assertEquals(2, c.rip);
        assertEquals(Flags.IF | Flags.IOPL | Flags.NT | Flags.CF | 2, Flags.get(c));
        assertEquals(0x7006, c.regs[Cpu.RSP]);
    }

    @Test
    void segmentLoadsKeepTheLimit() {
        c.setSegment(Cpu.DS, 0, 0, 0xffffffffL, 0x93);
        m.run("b8 34 12 8e d8 c5 1e 00 70 f4"); // MOV DS; LDS BX, [7000]
        assertEquals(0xffffffffL, c.segmentLimit[Cpu.DS]);
        assertEquals((long) c.selector[Cpu.DS] << 4, c.segmentBase[Cpu.DS]);
    }

    @Test
    void movSsHoldsInterruptsOff() {
        m.flags(Flags.IF | 2);
        m.place(NativeMachine.CODE, "8e d0 bc 00 60 90 f4"); // MOV SS, AX; MOV SP, 6000h
        c.rip = 0;
        m.interpreter.run(1);
        m.interrupt(0x30);
        m.interpreter.run(100);
        assertEquals(0x30, m.vector());
        assertEquals(0x6000 - 6, c.regs[Cpu.RSP]);
        assertEquals(5, m.ram.get16(0x6000 - 6));
    }

    @Test
    void resetState() {
        ProcessorReset.powerOn(c, NativeMachine.SIGNATURE);
        assertEquals(0xfffffff0L, c.codeAddress());
        assertEquals(0xf000, c.selector[Cpu.CS]);
        assertEquals(0x60000010, c.cr0);
        assertEquals(NativeMachine.SIGNATURE, c.regs[Cpu.RDX]);
        assertEquals(0xffff, c.segmentLimit[Cpu.DS]);
        assertEquals(0x93, c.segmentAccess[Cpu.DS]);
        assertEquals(0xffff0ff0L, c.debug[6]);
        assertEquals(Cpu.MODE_16, c.mode & Cpu.MODE_SIZE);
        assertEquals(2, Flags.get(c));
    }

    @Test
    void initAndStartup() {
        c.regs[Cpu.RBX] = 1;
        c.lstar = 5;
        m.pins.signalInit();
        m.run("90 90");
        assertTrue(c.waitsForStartup);
        assertEquals(0, c.regs[Cpu.RBX]);
        assertEquals(5, c.lstar, "MSRs survive");
        m.pins.signalStartup(0x12);
        assertFalse(c.waitsForStartup);
        assertEquals(0x12000, c.codeAddress());
        assertEquals(0x1200, c.selector[Cpu.CS]);
        m.map();
        m.place(0x12000, "f4");
        m.go();
        assertEquals(0x12001, c.codeAddress());
        m.pins.signalStartup(0x13);
        assertEquals(0x12001, c.codeAddress(), "ignored");
    }

    @Test
    void stringOutputAndInput() {
        long[] written = {0};
        c.ports.map(
                0x80,
                4,
                new org.xenolith.cpu.bus.BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return 0x11 * ++written[0];
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        written[0] = written[0] << 8 * size | value;
                    }
                });
        m.ram.put32(0x500, 0x00030201);
        c.regs[Cpu.RSI] = 0x500;
        c.regs[Cpu.RCX] = 3;
        c.regs[Cpu.RDX] = 0x80;
        m.run("f3 6e f4");
        assertEquals(0x010203, written[0]);
        assertEquals(0x503, c.regs[Cpu.RSI]);
        assertEquals(0, c.regs[Cpu.RCX]);
        written[0] = 0;
        c.regs[Cpu.RCX] = 2;
        c.regs[Cpu.RDI] = 0x600;
        m.run("f3 6c f4");
        assertEquals(0x2211, m.ram.get16(0x600));
        m.run("b0 07 e6 81 f4");
        assertEquals(0x07, written[0] & 0xff);
    }
}
