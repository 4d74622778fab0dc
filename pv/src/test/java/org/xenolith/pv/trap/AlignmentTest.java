package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.STACK;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;

/** Xen has CR0.AM set: EFLAGS.AC of a guest's program, or of its kernel, checks alignment. */
class AlignmentTest {
    private static final long USER_FLAGS = Flags.IF | Flags.AC;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;
    private final long misaligned = rig.va(STACK) + 0x101;

    @BeforeEach
    void program() {
        rig.userRoot();
        rig.put(STACK, 0x100, 0x1122334455667788L);
        rig.state.traps.set(CpuFault.AC, 0, HANDLER);
    }

    /** Continues the user program with some flags, by the kernel's iret. */
    private void toUser(long flags) {
        rig.put(STACK, 0x400, 1, 2, 3, 0, 0x401000, 0xe033, flags, 0x7ffff000, 0xe02b);
        cpu.regs[Registers.RSP] = rig.va(STACK) + 0x400;
        cpu.regs[Registers.RAX] = 23;
        rig.supervisor.syscall(cpu);
    }

    private void assertChecked() {
        CpuFault fault = assertThrows(CpuFault.class, () -> cpu.load32(misaligned));
        assertEquals(CpuFault.AC, fault.vector);
        assertEquals(0, fault.errorCode);
        assertThrows(CpuFault.class, () -> cpu.load32(misaligned), "nothing is cached");
        assertEquals(0x55667788, cpu.load32(misaligned - 1));
        assertThrows(CpuFault.class, () -> cpu.load32(misaligned), "nor by that");
    }

    @Test
    void theProgramAsksForChecksAndTheKernelHasNone() {
        toUser(USER_FLAGS);
        assertChecked();
        rig.raise(CpuFault.AC, 0);
        assertTrue(rig.state.kernelMode());
        assertEquals(HANDLER, cpu.rip);
        assertEquals(0, rig.word(cpu.regs[Registers.RSP] + 16), "error code");
        assertEquals(2 | USER_FLAGS, rig.word(cpu.regs[Registers.RSP] + 40), "rflags");
        assertEquals(0x44556677, cpu.load32(misaligned));
        toUser(USER_FLAGS);
        assertChecked();
    }

    @Test
    void aProgramWithoutTheFlagIsNotChecked() {
        toUser(Flags.IF);
        assertEquals(0x44556677, cpu.load32(misaligned));
    }

    @Test
    void theFlagCountsInTheGuestsKernelAsWell() {
        Flags.set(cpu, USER_FLAGS);
        cpu.privilegeChanged(); // as POPF does
        assertChecked();
        cpu.setRoot(0, cpu.root(0)); // the guest's MOV to CR3
        assertChecked();
        Flags.set(cpu, Flags.IF);
        cpu.privilegeChanged();
        assertEquals(0x44556677, cpu.load32(misaligned));
    }

    @Test
    void theGuestCannotTurnItOff() {
        assertTrue((cpu.cr0 & Cpu.CR0_AM) != 0);
        long without = cpu.cr0 & ~(long) Cpu.CR0_AM;
        assertFalse(rig.state.control.cr0(without));
    }
}
