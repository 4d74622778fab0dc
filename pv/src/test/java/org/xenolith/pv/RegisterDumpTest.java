package org.xenolith.pv;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Registers;

class RegisterDumpTest {
    private final PvRig rig = new PvRig();

    @Test
    void showsRegistersStackAndCode() {
        rig.code(0x0f, 0x0b, 0xcc);
        rig.cpu.regs[Registers.R12] = 0xabcdef;
        rig.cpu.regs[Registers.RSP] = rig.va(PvRig.FREE);
        rig.put(PvRig.FREE, 8, 0x1234567);
        String text = rig.pv.describe(rig.vcpu);
        assertTrue(text.contains("kernel mode, rip e033:" + Long.toHexString(rig.cpu.rip)), text);
        assertTrue(text.contains("r12 0000000000abcdef"), text);
        assertTrue(text.contains("0000000001234567"), text);
        assertTrue(text.contains("code at rip: 0f 0b cc"), text);
        assertTrue(text.endsWith("\nrip: ud2\n"), text);
    }

    @Test
    void worksInAnyState() {
        rig.cpu.rip = -1;
        for (long sp : new long[] {0, -1, 1L << 47, rig.va(PvRig.PAGES) - 8}) {
            rig.cpu.regs[Registers.RSP] = sp;
            String text = rig.pv.describe(rig.vcpu);
            assertTrue(text.contains("not mapped"), text);
        }
    }
}
