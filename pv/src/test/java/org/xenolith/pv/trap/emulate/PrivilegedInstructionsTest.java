package org.xenolith.pv.trap.emulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.xenolith.pv.PvRig.CODE;
import static org.xenolith.pv.PvRig.HANDLER;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;

class PrivilegedInstructionsTest {
    private static final long EFER = 0xc0000080L;
    private static final long APIC_BASE = 0x1b;
    private static final long FS_BASE = 0xc0000100L;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;

    @BeforeEach
    void handlers() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER);
        rig.state.traps.set(CpuFault.UD, 4, HANDLER + 0x10);
        rig.state.traps.set(CpuFault.PF, 4, HANDLER + 0x20);
        rig.state.traps.set(CpuFault.DB, 4, HANDLER + 0x30);
    }

    /** Raises #GP(0) on an instruction; true if it was emulated and rip stands behind it. */
    private boolean emulated(String hex) {
        int[] bytes = new int[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        rig.code(bytes);
        rig.raise(CpuFault.GP, 0);
        return cpu.rip == rig.va(CODE) + bytes.length;
    }

    private void assertFault(long handler) {
        assertEquals(handler, cpu.rip);
        assertEquals(rig.va(CODE), rig.word(cpu.regs[Registers.RSP] + 24), "error code and rip");
        assertEquals(0, rig.word(cpu.regs[Registers.RSP] + 16));
    }

    @Test
    void controlRegistersRead() {
        assertEquals(true, emulated("0f20c0")); // mov rax, cr0
        assertEquals(0x80050033L, cpu.regs[Registers.RAX]);
        assertEquals(true, emulated("0f20db")); // mov rbx, cr3
        assertEquals(rig.maddr(PvRig.L4), cpu.regs[Registers.RBX]);
        assertEquals(true, emulated("410f20e0")); // mov r8, cr4
        assertEquals(0x620, cpu.regs[Registers.R8]);
    }

    @Test
    void controlRegistersWritten() {
        cpu.regs[Registers.RAX] = 0x8005003bL;
        assertEquals(true, emulated("0f22c0"));
        assertEquals(0x8005003bL, cpu.cr0);
        assertEquals(true, emulated("0f06")); // clts
        assertEquals(0x80050033L, cpu.cr0);
        cpu.regs[Registers.RAX] = 0x80050032L;
        assertEquals(false, emulated("0f22c0"));
        assertFault(HANDLER);
        cpu.regs[Registers.RAX] = -1;
        assertEquals(true, emulated("0f22e0")); // mov cr4, rax: only the guest's own bits
        assertEquals(0x50624, rig.state.control.cr4());
        cpu.regs[Registers.RAX] = 0x1234_5000;
        assertEquals(true, emulated("0f22d0"));
        assertEquals(0x1234_5000, rig.machine.ram.get64(rig.vcpu.info + 16));
    }

    @Test
    void rootTableIsCheckedWhenLoaded() {
        cpu.regs[Registers.RAX] = rig.maddr(PvRig.USER_L4);
        assertEquals(true, emulated("0f22d8"));
        assertEquals(rig.maddr(PvRig.USER_L4), cpu.root(0));
        cpu.regs[Registers.RAX] = rig.maddr(PvRig.STACK);
        assertEquals(false, emulated("0f22d8"));
        assertFault(HANDLER);
    }

    @Test
    void debugRegisters() {
        cpu.regs[Registers.RAX] = 0x401;
        assertEquals(true, emulated("0f23f8"));
        assertEquals(true, emulated("0f21fb")); // mov rbx, dr7
        assertEquals(0x401, cpu.regs[Registers.RBX]);
        cpu.regs[Registers.RAX] = 0x2000;
        assertEquals(false, emulated("0f23f8"));
        assertFault(HANDLER);
    }

    @Test
    void modelSpecificRegisters() {
        cpu.regs[Registers.RCX] = APIC_BASE;
        assertEquals(true, emulated("0f32"));
        assertEquals(0xfee00900L, cpu.regs[Registers.RAX]);
        assertEquals(0, cpu.regs[Registers.RDX]);
        cpu.regs[Registers.RCX] = FS_BASE;
        cpu.regs[Registers.RAX] = 0x1234_5678;
        cpu.regs[Registers.RDX] = 0x7fff;
        assertEquals(true, emulated("0f30"));
        assertEquals(0x7fff_1234_5678L, cpu.segmentBase[Cpu.FS]);
        cpu.regs[Registers.RDX] = 0x8000;
        assertEquals(false, emulated("0f30"));
        assertFault(HANDLER);
        cpu.regs[Registers.RCX] = EFER;
        cpu.regs[Registers.RAX] = 0xd01;
        cpu.regs[Registers.RDX] = 0;
        assertEquals(true, emulated("0f30"));
        cpu.regs[Registers.RAX] = 0xd00;
        assertEquals(false, emulated("0f30"));
        assertFault(HANDLER);
    }

    @Test
    void unknownModelRegisterReadsZeroBeforeTheGuestHandlesFaults() {
        cpu.regs[Registers.RCX] = 0x1234;
        assertEquals(false, emulated("0f32"));
        assertFault(HANDLER);
        rig.state.traps.clear();
        cpu.regs[Registers.RAX] = 9;
        assertEquals(true, emulated("0f32"));
        assertEquals(0, cpu.regs[Registers.RAX]);
    }

    @Test
    void hypercallPageByModelRegister() {
        cpu.regs[Registers.RCX] = 0x40000000L;
        cpu.regs[Registers.RAX] = rig.maddr(PvRig.FREE);
        assertEquals(true, emulated("0f30"));
        assertEquals(0xb8534151, rig.machine.ram.get32(rig.maddr(PvRig.FREE) + 32));
        cpu.regs[Registers.RAX] = rig.maddr(PvRig.L1);
        assertEquals(false, emulated("0f30"));
        assertFault(HANDLER);
    }

    @Test
    void portsFloatWhenPermitted() {
        assertEquals(false, emulated("ec")); // in al, dx
        assertFault(HANDLER);
        rig.state.iopl = 1 << 12;
        cpu.regs[Registers.RAX] = 0x1122_3344_5566_7788L;
        assertEquals(true, emulated("ec"));
        assertEquals(0x1122_3344_5566_77ffL, cpu.regs[Registers.RAX]);
        assertEquals(true, emulated("66ed"));
        assertEquals(0x1122_3344_5566_ffffL, cpu.regs[Registers.RAX]);
        assertEquals(true, emulated("e570"));
        assertEquals(0xffff_ffffL, cpu.regs[Registers.RAX]);
        assertEquals(true, emulated("e680"));
        assertEquals(true, emulated("fa"));
        assertEquals(true, emulated("fb"));
    }

    @Test
    void userModeNeedsLevelThreeOrTheBitmap() {
        rig.enterUser();
        rig.state.iopl = 2 << 12;
        assertEquals(false, emulated("ec"));
        rig.state.toggleMode();
        rig.put(PvRig.ARGUMENTS, 0, -1L, -1L);
        rig.machine.memory.put8(rig.maddr(PvRig.ARGUMENTS) + 8, 0xfe);
        rig.state.ioBitmap = rig.va(PvRig.ARGUMENTS);
        rig.state.ioPorts = 0x80;
        cpu.regs[Registers.RDX] = 0x40;
        assertEquals(true, emulated("ec"));
        cpu.regs[Registers.RDX] = 0x41;
        assertEquals(false, emulated("ec"));
        rig.state.toggleMode();
        cpu.regs[Registers.RDX] = 0x40;
        assertEquals(false, emulated("66ed"));
    }

    @Test
    void stringInputFillsMemoryAndFaultsOnIt() {
        rig.state.iopl = 3 << 12;
        rig.put(PvRig.FREE, 0, 0, 0);
        cpu.regs[Registers.RDI] = rig.va(PvRig.FREE) + 1;
        cpu.regs[Registers.RCX] = 3;
        assertEquals(true, emulated("f366" + "6d"));
        assertEquals(0x00ff_ffff_ffff_ff00L, rig.word(rig.va(PvRig.FREE)));
        assertEquals(0, cpu.regs[Registers.RCX]);
        assertEquals(rig.va(PvRig.FREE) + 7, cpu.regs[Registers.RDI]);
        cpu.regs[Registers.RDI] = rig.va(PvRig.L1);
        assertEquals(false, emulated("6c"));
        assertEquals(HANDLER + 0x20, cpu.rip);
        assertEquals(3, rig.word(cpu.regs[Registers.RSP] + 16));
        assertEquals(rig.va(PvRig.L1), rig.state.control.cr2);
    }

    @Test
    void longStringOutputPausesForEvents() {
        rig.state.iopl = 3 << 12;
        cpu.regs[Registers.RSI] = rig.va(PvRig.FREE);
        cpu.regs[Registers.RCX] = 3000;
        assertEquals(false, emulated("f36e"));
        assertEquals(rig.va(CODE), cpu.rip);
        assertEquals(3000 - 1024, cpu.regs[Registers.RCX]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0f20c0", "0f22c0", "0f06", "0f09", "0f32", "0f30", "0f21c0", "fa"})
    void userModeHasNoPrivileges(String hex) {
        rig.enterUser();
        assertEquals(false, emulated(hex));
        assertFault(HANDLER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"f4", "0f0138", "0f08", "0f01f8", "0f0110", "0f07", "0f22c8", "440f20c0"})
    void whatXenDoesNotEmulateStaysAFault(String hex) {
        assertEquals(false, emulated(hex));
        assertFault(HANDLER);
    }

    @Test
    void writeBackOfCachesIsNothing() {
        assertEquals(true, emulated("0f09"));
    }

    @Test
    void unmappedOrTruncatedCodeStaysAFault() {
        rig.cpu.rip = rig.va(PvRig.PAGES) - 1;
        rig.machine.memory.put8(rig.maddr(PvRig.PAGES - 1) + 4095, 0x0f);
        rig.raise(CpuFault.GP, 0);
        assertEquals(HANDLER, cpu.rip);
        rig.cpu.rip = 0;
        rig.raise(CpuFault.GP, 0);
        assertEquals(HANDLER, cpu.rip);
    }

    @Test
    void emulatedInstructionSingleSteps() {
        Flags.set(cpu, Flags.IF | Flags.TF);
        assertEquals(false, emulated("0f06"));
        assertEquals(HANDLER + 0x30, cpu.rip);
        assertEquals(rig.va(CODE) + 2, rig.word(cpu.regs[Registers.RSP] + 16));
        assertEquals(1 << 14, cpu.debug[6] & 1 << 14);
    }

    @Test
    void cpuidBehindThePrefix() {
        cpu.regs[Registers.RAX] = 0x40000000L;
        cpu.regs[Registers.RCX] = 0;
        rig.code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2);
        rig.raise(CpuFault.UD, 0);
        assertEquals(rig.va(CODE) + 7, cpu.rip);
        assertEquals(0x40000005L, cpu.regs[Registers.RAX]);
        assertEquals(0x566e6558L, cpu.regs[Registers.RBX]);
        rig.code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa3);
        rig.raise(CpuFault.UD, 0);
        assertEquals(HANDLER + 0x10, cpu.rip);
    }

    @Test
    void onlyThePrefixedCpuidShowsTheHypervisorsOsxsave() {
        cpu.regs[Registers.RAX] = 1;
        rig.supervisor.cpuid(cpu);
        assertEquals(0, cpu.regs[Registers.RCX] & 1 << 27);
        cpu.regs[Registers.RAX] = 1;
        rig.code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2);
        rig.raise(CpuFault.UD, 0);
        assertEquals(1 << 27, cpu.regs[Registers.RCX] & 1 << 27);
        rig.state.control.cr4(1 << 18);
        cpu.regs[Registers.RAX] = 1;
        rig.supervisor.cpuid(cpu);
        assertEquals(1 << 27, cpu.regs[Registers.RCX] & 1 << 27);
    }
}
