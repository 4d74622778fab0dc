package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Breakpoints of DR0 to DR3 on data and ports, and what holds breakpoints off. */
class DataBreakpointTest {
    private static final long WATCHED = 0x6104;

    private final NativeMachine m = NativeMachine.long64();
    private final Cpu c = m.cpu;

    private void watch(long address, int condition, int length) {
        c.setDebug(0, address);
        c.setDebug(7, 0x401 | condition << 16 | (length == 8 ? 2 : length - 1) << 18);
    }

    /** An access at some place, and whether a breakpoint on four bytes at 0x6104 meets it. */
    @ParameterizedTest
    @CsvSource({
        "1, 89 04 25 04 61 00 00, true", // store of 4 bytes
        "1, 8b 04 25 04 61 00 00, false", // load
        "3, 8b 04 25 04 61 00 00, true",
        "3, 89 04 25 04 61 00 00, true",
        "1, 88 04 25 03 61 00 00, false", // a byte below
        "1, 88 04 25 07 61 00 00, true", // the last byte
        "1, 88 04 25 08 61 00 00, false", // a byte above
        "1, 48 89 04 25 00 61 00 00, true", // 8 bytes around
        "1, 01 04 25 04 61 00 00, true", // read, then written
        "1, 39 04 25 04 61 00 00, false", // compared
        "3, 66 0f 6f 04 25 00 61 00 00, true", // MOVDQA
        "0, 89 04 25 04 61 00 00, false",
        "2, 89 04 25 04 61 00 00, false",
    })
    void accesses(int condition, String code, boolean met) {
        c.cr4 |= Cpu.CR4_DE | Cpu.CR4_OSFXSR;
        c.load64(WATCHED); // it may be in the TLB
        watch(WATCHED, condition, 4);
        m.run(code + " 0f 0b");
        int length = code.split(" ").length;
        assertEquals(met ? CpuFault.DB : CpuFault.UD, m.vector());
        assertEquals(NativeMachine.CODE + length, m.frame(0), "a trap points behind");
        assertEquals(met ? 1 : 0, c.debug[6] & 15);
    }

    @Test
    void stringsAreTrappedByElement() {
        watch(WATCHED, 1, 1);
        c.regs[Cpu.RDI] = WATCHED - 2;
        c.regs[Cpu.RCX] = 8;
        m.run("f3 aa 0f 0b");
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(NativeMachine.CODE, m.frame(0), "the instruction goes on");
        assertEquals(5, c.regs[Cpu.RCX]);
    }

    @Test
    void portsNeedDebuggingExtensions() {
        watch(0x80, 2, 1);
        m.run("e4 80 0f 0b");
        assertEquals(CpuFault.UD, m.vector());
        c.cr4 |= Cpu.CR4_DE;
        m.run("e4 80 0f 0b");
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(NativeMachine.CODE + 2, m.frame(0));
    }

    /** An instruction breakpoint behind a load of SS: SDM vol. 3A, 7.8.3. */
    @ParameterizedTest
    @CsvSource({"false, 6", "true, 1"})
    void behindLoadsOfSs(boolean amd, int vector) {
        c.amd = amd;
        watch(NativeMachine.CODE + 2, 0, 1);
        c.regs[Cpu.RAX] = NativeMachine.DS_0;
        m.run("8e d0 31 c0 0f 0b");
        assertEquals(vector, m.vector());
    }

    /** What a load of SS meets is told of behind the next instruction, or with its own #DB. */
    @ParameterizedTest
    @CsvSource({"90, 8", "f1, 8"})
    void metByLoadsOfSs(String next, int length) {
        watch(WATCHED, 3, 2);
        c.ram.put16(WATCHED, (short) NativeMachine.DS_0);
        m.run("8e 14 25 04 61 00 00 " + next + " 0f 0b");
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(NativeMachine.CODE + length, m.frame(0));
        assertEquals(1, c.debug[6] & 15);
    }

    @Test
    void aChangedBreakpointLetsTheOldPageGo() {
        watch(WATCHED, 1, 4);
        watch(0x5000, 1, 4);
        m.run("89 04 25 04 61 00 00 0f 0b");
        assertEquals(CpuFault.UD, m.vector());
    }
}
