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

/** IA32_DEBUGCTL: traps behind branches, records of the last ones. */
class BranchRecordsTest {
    private static final int DEBUGCTL = 0x1d9;
    private static final int CODE = NativeMachine.CODE;

    private static NativeMachine machine(String model) {
        CpuModel of = CpuModel.parse(model);
        NativeMachine m = NativeMachine.long64(of);
        m.cpu.msrs = new Msrs(m.cpu, of);
        return m;
    }

    @Test
    void trapsBehindBranches() {
        NativeMachine m = machine("max");
        m.cpu.msrs.write(DEBUGCTL, 2);
        m.flags(Flags.TF | 2);
        m.run("90 7501 90 eb01 f4 90 f4"); // NOP, a JNZ that is taken
        assertEquals(CpuFault.DB, m.vector());
        assertEquals(CODE + 4, m.frame(0));
        assertEquals(0, m.cpu.msrs.read(DEBUGCTL));
        m = machine("max");
        m.cpu.msrs.write(DEBUGCTL, 2);
        m.flags(Flags.TF | 0x42);
        m.run("90 7501 90 eb01 f4 90 f4"); // it is not taken, but the JMP behind
        assertEquals(CODE + 7, m.frame(0));
    }

    @Test
    void recordsBranchesAndEvents() {
        NativeMachine m = machine("max");
        Cpu c = m.cpu;
        c.msrs.write(DEBUGCTL, 1);
        m.run("90 eb01 f4 90 cc");
        assertEquals(CpuFault.BP, m.vector());
        assertEquals(2, c.msrs.read(0x1c9));
        assertEquals(CODE + 1, c.msrs.read(0x41));
        assertEquals(CODE + 4, c.msrs.read(0x61));
        assertEquals(CODE + 5, c.msrs.read(0x42));
        assertEquals(NativeMachine.HANDLERS + 16 * CpuFault.BP, c.msrs.read(0x62));
        assertEquals(CODE + 1, c.msrs.read(0x1dd)); // the branch before the event
        assertEquals(CODE + 4, c.msrs.read(0x1de));
        c.msrs.write(DEBUGCTL, 0);
        m.run("eb01 f4 f4");
        assertEquals(2, c.msrs.read(0x1c9));
    }

    @ParameterizedTest
    @CsvSource({"max, 3", "core2duo, 3", "haswell, 2", "epyc, 3"})
    void modelsDiffer(String model, int allowed) {
        Cpu c = machine(model).cpu;
        c.msrs.write(DEBUGCTL, allowed);
        assertEquals(allowed, c.msrs.read(DEBUGCTL));
        assertThrows(CpuFault.class, () -> c.msrs.write(DEBUGCTL, allowed ^ 1 | 4));
        assertThrows(CpuFault.class, () -> c.msrs.write(0x1c9, 8));
    }
}
