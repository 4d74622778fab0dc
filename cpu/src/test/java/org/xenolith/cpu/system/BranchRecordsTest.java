package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;

/** Last-branch records and single steps from branch to branch. */
class BranchRecordsTest {
    private static final int CODE = NativeMachine.CODE;
    private static final int DEBUGCTL = 0x1d9;
    private static final int TOP = 0x1c9;
    private final NativeMachine m = NativeMachine.long64();
    private final Cpu c = m.cpu;
    private Msrs msrs = new Msrs(c, CpuModel.parse("max"));

    private long from(int back) {
        return msrs.read(0x40 + ((int) msrs.read(TOP) - back & 7));
    }

    private long to(int back) {
        return msrs.read(0x60 + ((int) msrs.read(TOP) - back & 7));
    }

    @Test
    void branchesTakenAreRecorded() {
        msrs.write(DEBUGCTL, 1);
        // xor eax, eax; jnz +0; jz +1; nop; mov cl, 3; dec cl; jnz -4; jmp +1; nop; hlt
        m.run("31c0 7500 7401 90 b103 fec9 75fc eb01 90 f4");
        assertEquals(CODE + 13, from(0));
        assertEquals(CODE + 16, to(0));
        assertEquals(CODE + 11, from(1));
        assertEquals(CODE + 9, to(1));
        assertEquals(CODE + 11, from(2));
        assertEquals(CODE + 4, from(3));
        assertEquals(CODE + 7, to(3));
        assertEquals(0, from(4));
    }

    @Test
    void interruptsAndExceptionsAreRecorded() {
        msrs.write(DEBUGCTL, 1);
        m.run("90 0f0b");
        assertEquals(CODE + 1, from(0));
        assertEquals(NativeMachine.HANDLERS + 16 * 6, to(0));
        m.flags(2 | Flags.IF);
        m.interrupt(0x50);
        m.run("90 f4");
        assertEquals(CODE, from(0));
        assertEquals(NativeMachine.HANDLERS + 16 * 0x50, to(0));
    }

    @Test
    void nothingIsRecordedUnlessAskedFor() {
        m.run("eb00 eb00 f4");
        assertEquals(0, from(0));
    }

    @Test
    void singleStepsGoFromBranchToBranch() {
        msrs.write(DEBUGCTL, 3);
        m.flags(2 | Flags.TF);
        m.run("90 90 eb01 90 90 f4");
        assertEquals(1, m.vector());
        assertEquals(CODE + 5, m.frame(0));
        assertEquals(0, msrs.read(DEBUGCTL), "a debug exception ends it");
        m.flags(2 | Flags.TF);
        m.run("90 90 f4");
        assertEquals(CODE + 1, m.frame(0));
    }

    @ParameterizedTest
    @CsvSource({
        "max,            40,  8",
        "core2duo,       40,  4",
        "haswell,        680, 16",
        "skylake-client, 680, 32",
        "pentium3,       1db, 1",
        "epyc,           1db, 1"
    })
    void registersOfModels(String model, String first, int depth) {
        msrs = new Msrs(c, CpuModel.parse(model));
        int from = Integer.parseInt(first, 16);
        assertEquals(0, msrs.read(from + depth - 1));
        if (depth > 1) {
            msrs.write(from + depth - 1, 0x1234);
            assertEquals(0x1234, msrs.read(from + depth - 1));
            assertEquals(0, msrs.read(TOP));
            assertThrows(CpuFault.class, () -> msrs.write(TOP, 0));
        } else {
            assertThrows(CpuFault.class, () -> msrs.read(TOP));
            assertThrows(CpuFault.class, () -> msrs.write(from, 0x1234));
        }
        assertThrows(CpuFault.class, () -> msrs.write(DEBUGCTL, 4));
    }

    @Test
    void thePentium4HasNone() {
        msrs = new Msrs(c, CpuModel.parse("pentium4"));
        assertEquals(0, msrs.read(DEBUGCTL));
        assertThrows(CpuFault.class, () -> msrs.write(DEBUGCTL, 1));
    }
}
