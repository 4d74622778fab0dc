package org.xenolith.pv.trap.emulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.xenolith.pv.PvRig.CODE;
import static org.xenolith.pv.PvRig.FREE;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.TABLE;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;

/** Runs real stores to an L1 table: the processor faults, the hypervisor carries them out. */
class PageTableWritesTest {
    private static final long PRESENT_USER_RW = 7;
    private static final int ACCESSED_DIRTY = 0x60;

    /** Set by the hypervisor in entries of pages that user mode may see. */
    private static final int GLOBAL = 0x100;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;
    private final long slot = rig.va(TABLE) + 8 * 5;

    @BeforeEach
    void setUp() {
        rig.domain.vmAssist = 4;
        rig.state.traps.set(CpuFault.PF, 4, HANDLER);
        cpu.regs[Registers.RDI] = slot;
    }

    private long entry() {
        return rig.word(slot);
    }

    /** Runs one faulting store and a NOP behind it. */
    private void run(int... bytes) {
        int[] code = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        code[bytes.length] = 0x90;
        rig.code(code);
        rig.vcpu.engine.run(1);
        assertEquals(rig.va(CODE) + code.length, cpu.rip, "the store was not emulated");
    }

    private long pte(int page) {
        return rig.maddr(page) | PRESENT_USER_RW;
    }

    @Test
    void movSetsAndClears() {
        cpu.regs[Registers.RAX] = pte(FREE);
        run(0x48, 0x89, 0x07);
        assertEquals(pte(FREE), entry() & ~GLOBAL);
        run(0x48, 0xc7, 0x07, 0, 0, 0, 0);
        assertEquals(0, entry());
    }

    @Test
    void exchangeReturnsTheOldEntry() {
        cpu.regs[Registers.RAX] = pte(FREE);
        run(0x48, 0x89, 0x07);
        long before = entry();
        cpu.regs[Registers.RAX] = 0;
        run(0x48, 0x87, 0x07);
        assertEquals(before, cpu.regs[Registers.RAX]);
        assertEquals(0, entry());
    }

    @Test
    void bitReset() {
        cpu.regs[Registers.RAX] = pte(FREE) | ACCESSED_DIRTY;
        run(0x48, 0x89, 0x07);
        long before = entry();
        run(0xf0, 0x48, 0x0f, 0xba, 0x37, 1); // lock btr qword [rdi], 1
        assertEquals(before & ~2L, entry());
        assertEquals(true, Flags.cf(cpu));
        run(0xf0, 0x48, 0x0f, 0xba, 0x37, 1);
        assertEquals(false, Flags.cf(cpu));
        cpu.regs[Registers.RAX] = 5;
        run(0xf0, 0x48, 0x0f, 0xb3, 0x07); // lock btr [rdi], rax
        assertEquals(before & ~2L & ~0x20L, entry());
    }

    @Test
    void logicalOperationsOnBytesAndWords() {
        cpu.regs[Registers.RAX] = pte(FREE) | ACCESSED_DIRTY;
        run(0x48, 0x89, 0x07);
        long before = entry();
        run(0xf0, 0x80, 0x27, 0xfd); // lock and byte [rdi], 0xfd
        assertEquals(before & ~2L, entry());
        assertEquals(false, Flags.zf(cpu));
        run(0xf0, 0x83, 0x0f, 2); // lock or dword [rdi], 2
        assertEquals(before, entry());
    }

    @Test
    void compareExchange() {
        cpu.regs[Registers.RAX] = 0;
        cpu.regs[Registers.RCX] = pte(FREE);
        run(0xf0, 0x48, 0x0f, 0xb1, 0x0f);
        assertEquals(true, Flags.zf(cpu));
        long now = entry();
        assertNotEquals(0, now);
        cpu.regs[Registers.RAX] = 1;
        run(0xf0, 0x48, 0x0f, 0xb1, 0x0f);
        assertEquals(false, Flags.zf(cpu));
        assertEquals(now, cpu.regs[Registers.RAX]);
        assertEquals(now, entry());
    }

    @Test
    void repeatedStoreGoesEntryByEntry() {
        cpu.regs[Registers.RAX] = pte(FREE);
        run(0x48, 0x89, 0x07);
        cpu.regs[Registers.RAX] = 0;
        cpu.regs[Registers.RCX] = 4;
        cpu.regs[Registers.RDI] = slot - 8;
        rig.code(0xf3, 0x48, 0xab, 0x90, 0x90);
        rig.vcpu.engine.run(2);
        assertEquals(0, entry());
        assertEquals(0, cpu.regs[Registers.RCX]);
        assertEquals(slot + 24, cpu.regs[Registers.RDI]);
    }

    private void assertRefused(int... bytes) {
        long before = entry();
        rig.code(bytes);
        cpu.cr2 = cpu.regs[Registers.RDI];
        rig.raise(CpuFault.PF, 7);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(before, entry());
        assertEquals(rig.va(CODE), rig.word(cpu.regs[Registers.RSP] + 24));
    }

    @Test
    void entryThatIsNotTheGuestsStaysAFault() {
        cpu.regs[Registers.RAX] = rig.domain.machine.ram.size() | PRESENT_USER_RW;
        assertRefused(0x48, 0x89, 0x07);
        cpu.regs[Registers.RAX] = rig.maddr(PvRig.L1) | PRESENT_USER_RW;
        assertRefused(0x48, 0x89, 0x07);
    }

    @Test
    void storeAcrossEntriesStaysAFault() {
        cpu.regs[Registers.RDI] = slot + 4;
        assertRefused(0x48, 0x89, 0x07);
    }

    @Test
    void otherInstructionsStayAFault() {
        assertRefused(0x0f, 0x11, 0x07); // movups [rdi], xmm0
        assertRefused(0x8f, 0x07); // pop [rdi]
    }

    @Test
    void higherTablesAndOtherPagesStayAFault() {
        cpu.regs[Registers.RDI] = rig.va(PvRig.L2);
        cpu.regs[Registers.RAX] = 0;
        assertRefused(0x48, 0x89, 0x07);
        cpu.regs[Registers.RDI] = rig.va(FREE);
        assertRefused(0x48, 0x89, 0x07);
    }

    @Test
    void needsTheAssistAndKernelMode() {
        rig.domain.vmAssist = 0;
        cpu.regs[Registers.RAX] = pte(FREE);
        assertRefused(0x48, 0x89, 0x07);
        rig.domain.vmAssist = 4;
        rig.enterUser();
        assertRefused(0x48, 0x89, 0x07);
    }
}
