package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.run.IdleSource;
import org.xenolith.cpu.run.Processor;
import org.xenolith.cpu.run.ProcessorLoop;
import org.xenolith.cpu.run.VirtualClock;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

import java.util.List;

/** MONITOR and MWAIT: what they wait for, and who may use them. */
class MonitorTest {
    private static final int LINE = 0x40040;
    private static final int CODE_2 = 0x50000;

    /** MONITOR, a store to [RBX], and MWAIT with ECX from ESI. */
    private static final String WATCH = "0f01c8 ";

    private static final String STORE = "8803 "; // mov [rbx], al
    private static final String WAIT = "89f1 0f01c9 "; // mov ecx, esi
    private static final String MARK = "41ffc0 "; // inc r8d
    private static final String HLT = "f4";

    private NativeMachine m;
    private Cpu cpu;

    @BeforeEach
    void start() {
        m = NativeMachine.long64(CpuModel.parse("max"));
        cpu = m.cpu;
        cpu.regs[Cpu.RAX] = LINE;
        cpu.regs[Cpu.RCX] = 0;
        cpu.regs[Cpu.RBX] = 0x60000;
    }

    private boolean passed() {
        return cpu.regs[Cpu.R8] == 1;
    }

    /** A second processor that shares memory and decoded code. */
    private Cpu second() {
        Cpu other = new Cpu(m.ram, m.supervisor);
        other.interruptController = m;
        other.setCr3(cpu.cr3());
        other.cr4 = Cpu.CR4_PAE;
        other.updatePaging();
        return other;
    }

    @Test
    void aStoreByAnotherProcessorEndsTheWait() {
        Cpu other = second();
        Interpreter engine = new Interpreter(other, m.cache);
        other.regs[Cpu.RBX] = LINE + 128;
        m.place(CODE_2, STORE + HLT + STORE + HLT);
        other.rip = CODE_2;
        m.run(WATCH + WAIT + MARK + HLT);
        assertTrue(cpu.halted);
        assertFalse(passed());
        engine.run(2);
        assertTrue(cpu.halted, "another line of the same page");
        other.regs[Cpu.RBX] = LINE + 63;
        other.halted = false;
        engine.run(2);
        assertFalse(cpu.halted);
        m.interpreter.run(10);
        assertTrue(passed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0fc103", "f3aa", "0fab03"}) // xadd [rbx], eax; rep stosb; bts
    void anyKindOfStoreEndsIt(String store) {
        Cpu other = second();
        Interpreter engine = new Interpreter(other, m.cache);
        other.regs[Cpu.RBX] = LINE;
        other.regs[Cpu.RDI] = LINE - 4;
        other.regs[Cpu.RCX] = 8;
        m.place(CODE_2, STORE + store + HLT);
        other.rip = CODE_2;
        engine.run(1); // the line is in the other's translations for writing
        m.run(WATCH + WAIT + MARK + HLT);
        assertTrue(cpu.halted);
        engine.run(10);
        assertFalse(cpu.halted);
    }

    @Test
    void aDeviceThatWritesEndsIt() {
        m.run(WATCH + WAIT + MARK + HLT);
        m.cache.beforeExternalWrite(LINE - 100, 4096);
        assertFalse(cpu.halted);
    }

    @Test
    void aStoreBeforeTheWaitIsNotLost() {
        cpu.regs[Cpu.RBX] = LINE + 8;
        m.run(WATCH + STORE + WAIT + MARK + HLT);
        assertTrue(passed());
    }

    @Test
    void withoutMonitorThereIsNoWait() {
        m.run(WAIT + MARK + HLT);
        assertTrue(passed());
    }

    @Test
    void interruptsEndTheWait() {
        m.flags(0x202);
        m.run(WATCH + WAIT + MARK + HLT);
        assertTrue(cpu.halted);
        m.interrupt(0x40);
        m.interpreter.run(10);
        assertEquals(0x40, m.vector());
        assertEquals(NativeMachine.CODE + 8, m.frame(0));
    }

    @Test
    void maskedInterruptsEndItIfAskedFor() {
        m.flags(0x2);
        m.run(WATCH + WAIT + MARK + HLT);
        m.interrupt(0x40);
        m.interpreter.run(10);
        assertFalse(passed());
        start();
        m.flags(0x2);
        cpu.regs[Cpu.RSI] = 1;
        m.run(WATCH + WAIT + MARK + HLT);
        assertFalse(passed());
        m.interrupt(0x40);
        m.interpreter.run(10);
        assertTrue(passed());
        assertEquals(-1, m.vector());
    }

    @Test
    void faults() {
        cpu.regs[Cpu.RCX] = 1;
        m.run(WATCH + HLT);
        assertEquals(CpuFault.GP, m.vector());
        start();
        cpu.regs[Cpu.RSI] = 2;
        m.run(WATCH + WAIT + HLT);
        assertEquals(CpuFault.GP, m.vector());
        start();
        cpu.regs[Cpu.RAX] = 0x7f000000;
        m.run(WATCH + HLT);
        assertEquals(CpuFault.PF, m.vector());
        start();
        m.ring(3);
        m.run(WATCH);
        assertEquals(CpuFault.UD, m.vector());
        start();
        cpu.monitor.disabled = true;
        m.run("0f01c9");
        assertEquals(CpuFault.UD, m.vector());
    }

    @Test
    void the64BitFormsLookAtAllOfRcx() {
        cpu.regs[Cpu.RCX] = 1L << 32;
        m.run(WATCH + HLT);
        assertEquals(CpuFault.GP, m.vector());
        start();
        cpu.regs[Cpu.RSI] = 1L << 63;
        m.run(WATCH + "4889f1 0f01c9" + HLT); // mov rcx, rsi
        assertEquals(CpuFault.GP, m.vector());
        assertEquals(NativeMachine.CODE + 6, m.frame(1));
        start();
        cpu.setSegment(Cpu.CS, NativeMachine.CS_0, 0, 0xffffffffL, 0xc09b); // compatibility mode
        cpu.regs[Cpu.RCX] = 1L << 32;
        m.run(WATCH + HLT);
        assertEquals(-1, m.vector());
    }

    /** The waiter goes on at the time of the store, the same in every run. */
    @Test
    @Timeout(20)
    void theLoopWakesTheWaiterInTime() {
        assertEquals(wakeTime(), wakeTime());
        long late = wakeTime() - 3000;
        assertTrue(late > 0 && late < 100, "woken " + late + " ns after the store");
    }

    private long wakeTime() {
        start();
        Cpu other = second();
        VirtualClock clock = new VirtualClock();
        Processor waiter = new Processor(cpu, m.interpreter::run);
        Processor writer = new Processor(other, new Interpreter(other, m.cache)::run);
        ProcessorLoop.pins(clock, waiter, m.pins);
        ProcessorLoop loop = new ProcessorLoop(clock, List.of(waiter, writer), IdleSource.NONE);
        m.place(CODE_2, "b9b80b0000 e2fe" + STORE + HLT); // mov ecx, 3000; loop $
        other.rip = CODE_2;
        other.regs[Cpu.RBX] = LINE;
        m.place(NativeMachine.CODE, WATCH + WAIT + "e680" + HLT); // out 80h, al
        cpu.rip = NativeMachine.CODE;
        long[] time = new long[1];
        cpu.ports.map(
                0x80,
                1,
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return -1;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        time[0] = cpu.now();
                        loop.requestStop();
                    }
                });
        loop.run();
        return time[0];
    }
}
