package org.xenolith.cpu.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;

/** Programs that run differently on different models. */
class ModelMachineTest {
    private static NativeMachine long64(String model) {
        NativeMachine m = NativeMachine.long64(CpuModel.parse(model));
        m.cpu.cr4 |= Cpu.CR4_OSFXSR | Cpu.CR4_OSXSAVE & m.cpu.cr4Allowed;
        m.cpu.xcr0 = 7;
        return m;
    }

    @Test
    void aRemovedFeatureFaultsAndLeavesItsOlderMeaning() {
        String vpaddd = "c5fdfec0 f4";
        NativeMachine m = long64("haswell");
        m.run(vpaddd);
        assertEquals(-1, m.vector());
        m = long64("haswell,-avx2");
        m.run(vpaddd);
        assertEquals(CpuFault.UD, m.vector());
        assertEquals(NativeMachine.CODE, m.frame(0));
        String lzcnt = "f30fbdc1 f4";
        m = long64("haswell");
        m.cpu.regs[Cpu.RCX] = 1;
        m.run(lzcnt);
        assertEquals(31, m.cpu.regs[Cpu.RAX]);
        m = long64("haswell,-abm");
        m.cpu.regs[Cpu.RCX] = 1;
        m.run(lzcnt);
        assertEquals(0, m.cpu.regs[Cpu.RAX]);
    }
}
