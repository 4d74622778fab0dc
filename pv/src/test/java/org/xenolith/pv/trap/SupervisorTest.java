package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.CODE;
import static org.xenolith.pv.PvRig.HANDLER;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;
import org.xenolith.xen.domain.ShutdownReason;

/** What the supervisor decides for INT n, SYSCALL and the exceptions that it looks at first. */
class SupervisorTest {
    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;

    /** Executes INT n and gives the word on the stack above r11: error code or rip. */
    private long interrupt(int vector) {
        cpu.rip = rig.va(CODE) + 2;
        rig.supervisor.softwareInterrupt(cpu, vector, 2);
        return rig.word(cpu.regs[Registers.RSP] + 16);
    }

    @Test
    void interruptNeedsThePrivilegeOfTheTrapTable() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER + 0x10);
        rig.state.traps.set(0x40, 1, HANDLER);
        assertEquals(rig.va(CODE) + 2, interrupt(0x40));
        assertEquals(HANDLER, cpu.rip);
        rig.state.traps.set(0x40, 0, HANDLER);
        assertEquals(0x40 << 3 | 2, interrupt(0x40));
        assertEquals(HANDLER + 0x10, cpu.rip);
        assertEquals(rig.va(CODE), rig.word(cpu.regs[Registers.RSP] + 24));
    }

    @Test
    void userInterruptNeedsLevelThree() {
        rig.enterUser();
        rig.state.traps.set(CpuFault.GP, 4, HANDLER + 0x10);
        rig.state.traps.set(0x40, 2, HANDLER);
        assertEquals(0x40 << 3 | 2, interrupt(0x40));
        rig.state.toggleMode();
        rig.state.traps.set(0x40, 3, HANDLER);
        assertEquals(rig.va(CODE) + 2, interrupt(0x40));
    }

    @Test
    void breakpointAndOverflowAskForNoPrivilege() {
        rig.state.traps.set(CpuFault.BP, 0, HANDLER);
        assertEquals(rig.va(CODE) + 2, interrupt(3));
        rig.raise(CpuFault.BP, 0);
        assertEquals(HANDLER, cpu.rip);
    }

    @Test
    void vector80GoesStraightToItsHandlerOrFaults() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER + 0x10);
        assertEquals(0x80 << 3 | 2, interrupt(0x80));
        rig.state.traps.set(0x80, 0, HANDLER);
        assertEquals(rig.va(CODE) + 2, interrupt(0x80));
    }

    @Test
    void vector82IsNoHypercallOf64BitGuests() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER);
        cpu.regs[Registers.RAX] = 17;
        assertEquals(0x82 << 3 | 2, interrupt(0x82));
        assertEquals(17, cpu.regs[Registers.RAX]);
    }

    @Test
    void hypercallPassesItsArgumentsAndReturnsAsSysret() {
        long[] seen = new long[5];
        rig.domain.hypercalls.register(
                60,
                "probe",
                (v, a, b, c, d, e) -> {
                    System.arraycopy(new long[] {a, b, c, d, e}, 0, seen, 0, 5);
                    return -7;
                });
        cpu.regs[Registers.RAX] = 60;
        cpu.regs[Registers.RDI] = 1;
        cpu.regs[Registers.RSI] = 2;
        cpu.regs[Registers.RDX] = 3;
        cpu.regs[Registers.R10] = 4;
        cpu.regs[Registers.R8] = 5;
        cpu.rip = 0x1234;
        rig.supervisor.syscall(cpu);
        for (int i = 0; i < 5; i++) {
            assertEquals(i + 1, seen[i]);
        }
        assertEquals(-7, cpu.regs[Registers.RAX]);
        assertEquals(0x1234, cpu.regs[Registers.RCX]);
        assertEquals(Flags.get(cpu), cpu.regs[Registers.R11]);
    }

    @Test
    void unknownHypercallIsRefused() {
        cpu.regs[Registers.RAX] = 0x1_0000_0017L;
        rig.supervisor.syscall(cpu);
        assertEquals(-38, cpu.regs[Registers.RAX]);
    }

    @Test
    void deviceNotAvailableClearsTs() {
        rig.state.traps.set(CpuFault.NM, 0, HANDLER);
        assertEquals(0, rig.hypercall(5, 1));
        assertTrue((cpu.cr0 & Cpu.CR0_TS) != 0);
        rig.raise(CpuFault.NM, 0);
        assertEquals(HANDLER, cpu.rip);
        assertFalse((cpu.cr0 & Cpu.CR0_TS) != 0);
    }

    @Test
    void descriptorBeyondTheTablesIsGeneralProtection() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER);
        cpu.cr2 = cpu.gdtBase + 0x1238;
        rig.raise(CpuFault.PF, 0);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(0x1238, rig.word(cpu.regs[Registers.RSP] + 16));
    }

    @Test
    void reservedBitEndsTheDomain() {
        rig.raise(CpuFault.PF, 0xc);
        assertEquals(ShutdownReason.CRASH, rig.domain.shutdown);
    }

    @Test
    void errorOfOursEndsTheDomainOnly() {
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(1000, 0);
        assertEquals(ShutdownReason.CRASH, rig.domain.shutdown);
        assertTrue(rig.domain.crash.reason().startsWith("hypervisor error"));
    }

    @Test
    void processorRunsTheWholeWay() {
        // mov eax, 60; syscall; int3; nop; handler: nop
        rig.domain.hypercalls.register(60, "probe", (v, a, b, c, d, e) -> 42);
        rig.code(0xb8, 60, 0, 0, 0, 0x0f, 0x05, 0xcc, 0x90, 0x90);
        rig.state.traps.set(CpuFault.BP, 0, rig.va(CODE) + 9);
        rig.vcpu.engine.run(4);
        assertEquals(rig.va(CODE) + 10, cpu.rip);
        assertEquals(42, cpu.regs[Registers.RAX]);
        assertEquals(rig.va(CODE) + 8, rig.word(cpu.regs[Registers.RSP] + 16));
    }

    @Test
    void userProgramCallsItsKernelAndComesBack() {
        rig.enterUser();
        rig.state.syscall.set(rig.va(CODE) + 12, true);
        rig.code(
                0xb8, 5, 0, 0, 0, // mov eax, 5
                0x0f, 0x05, // syscall
                0x89, 0xc3, // mov ebx, eax
                0x90, 0x90, 0x90, // nop
                0x59, // the kernel's entry: pop rcx
                0x41, 0x5b, // pop r11
                0x68, 0, 1, 0, 0, // push VGCF_in_syscall
                0x51, // push rcx
                0x41, 0x53, // push r11
                0x50, // push rax
                0xb8, 23, 0, 0, 0, // mov eax, 23: iret
                0x0f, 0x05); // syscall
        long sp = cpu.regs[Registers.RSP];
        rig.vcpu.engine.run(2 + 8 + 1);
        assertFalse(rig.state.kernelMode());
        assertEquals(5, cpu.regs[Registers.RBX]);
        assertEquals(rig.va(CODE) + 9, cpu.rip);
        assertEquals(sp, cpu.regs[Registers.RSP]);
        assertFalse(rig.vcpu.upcallMasked());
    }
}
