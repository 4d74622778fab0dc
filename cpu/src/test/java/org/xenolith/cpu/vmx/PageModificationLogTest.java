package org.xenolith.cpu.vmx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ExitReason;
import org.xenolith.cpu.vmx.GuestMachine.Exit;

/** What a guest's stores leave in the log of modified pages, and the exit when it is full. */
class PageModificationLogTest {
    private static final long LOG = 0x104000;
    private static final long DIRTY_POINTER = GuestMachine.EPT | 0x5e;

    @Test
    void storesAreLoggedUntilItIsFull() {
        GuestMachine m = new GuestMachine();
        long small = GuestMachine.EPT + 0x5000; // 4 KiB pages for the first 2 MiB
        m.ram.put64(GuestMachine.EPT + 0x2000, small | 7);
        for (int i = 0; i < 512; i++) {
            m.ram.put64(small + 8L * i, (long) i << 12 | 0x37);
        }
        m.vmcs.write(VmcsField.EPT_POINTER, DIRTY_POINTER);
        m.vmcs.write(VmcsField.PML_ADDRESS, LOG);
        m.vmcs.write(VmcsField.PML_INDEX, 0);
        m.launch(0, Controls.ENABLE_PML);
        m.cpu.regs[Cpu.RBX] = 0x50008;
        m.cpu.regs[Cpu.RSI] = 0x60008;
        // mov [rbx], eax; mov [rbx], eax; mov [rsi], eax; hlt
        Exit exit = m.run("890389038906f4");
        assertEquals(new Exit(ExitReason.LOG_FULL, 0, GuestMachine.CODE), exit);
        assertEquals(0xffff, m.vmcs.read(VmcsField.PML_INDEX));
        assertEquals(0x300000, m.ram.get64(LOG)); // what walks read counts as written
        m.vmcs.write(VmcsField.PML_INDEX, 511);
        assertEquals(ExitReason.HLT, m.go().reason());
        assertEquals(509, m.vmcs.read(VmcsField.PML_INDEX));
        assertEquals(0x50000, m.ram.get64(LOG + 8 * 511));
        assertEquals(0x60000, m.ram.get64(LOG + 8 * 510));
    }
}
