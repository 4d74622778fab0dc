package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.STACK;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;
import org.xenolith.xen.domain.ShutdownReason;

class IretTest {
    private static final long IN_SYSCALL = 1 << 8;
    private static final long RIP = 0x40_1000;
    private static final long RSP = 0x7fff_f000;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;

    /** Executes the hypercall with a frame as SYSCALL would. */
    private static void iret(PvRig rig, long... frame) {
        rig.put(STACK, 0x400, frame);
        rig.cpu.regs[Registers.RSP] = rig.va(STACK) + 0x400;
        rig.cpu.regs[Registers.RAX] = 23;
        rig.supervisor.syscall(rig.cpu);
    }

    @Test
    void toUserMode() {
        rig.userRoot();
        cpu.segmentBase[Cpu.GS] = 0x7000;
        iret(rig, 1, 2, 3, 0, RIP, 0xe033, Flags.IF | Flags.ZF, RSP, 0xe02b);
        assertFalse(rig.state.kernelMode());
        assertEquals(1, cpu.context());
        assertEquals(0x7000, cpu.kernelGsBase);
        assertEquals(RIP, cpu.rip);
        assertEquals(RSP, cpu.regs[Registers.RSP]);
        assertEquals(1, cpu.regs[Registers.RAX]);
        assertEquals(2, cpu.regs[Registers.R11]);
        assertEquals(3, cpu.regs[Registers.RCX]);
        assertEquals(2 | Flags.IF | Flags.ZF, Flags.get(cpu));
        assertFalse(rig.vcpu.upcallMasked());
    }

    @Test
    void toKernelModeWithEventsMasked() {
        iret(rig, 1, 2, 3, 0, RIP, 0xe030, 0, RSP, 0xe028);
        assertTrue(rig.state.kernelMode());
        assertEquals(0xe033, cpu.selector[Cpu.CS]);
        assertEquals(0xe02b, cpu.selector[Cpu.SS]);
        assertEquals(2 | Flags.IF, Flags.get(cpu));
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void inSyscallLeavesRcxAndR11AsSysretDoes() {
        rig.userRoot();
        iret(rig, 1, 2, 3, IN_SYSCALL, RIP, 0x33, Flags.IF | Flags.CF, RSP, 0x2b);
        assertEquals(RIP, cpu.regs[Registers.RCX]);
        assertEquals(2 | Flags.IF | Flags.CF, cpu.regs[Registers.R11]);
        assertEquals(0xe033, cpu.selector[Cpu.CS]);
    }

    @Test
    void guestCannotSetIoplOrVm() {
        iret(rig, 0, 0, 0, 0, RIP, 0xe030, -1, RSP, 0xe02b);
        assertEquals(0, Flags.get(cpu) & (Flags.IOPL | Flags.VM | Flags.VIF | Flags.VIP));
        assertEquals(0, rig.state.iopl);
    }

    @Test
    void architecturalIoplIsTheGuestsToSet() {
        rig.domain.vmAssist = 1 << 4;
        iret(rig, 0, 0, 0, 0, RIP, 0xe030, Flags.IOPL, RSP, 0xe02b);
        assertEquals(Flags.IOPL, rig.state.iopl);
        assertEquals(0, Flags.get(cpu) & Flags.IOPL);
    }

    @Test
    void unmasksNmis() {
        rig.state.nmiMasked = true;
        iret(rig, 0, 0, 0, 0, RIP, 0xe030, 0, RSP, 0xe02b);
        assertFalse(rig.state.nmiMasked);
    }

    @Test
    void pendingEventIsTakenAtOnce() {
        rig.userRoot();
        rig.state.event.set(HANDLER, true);
        rig.machine.memory.put8(rig.vcpu.info, 1);
        iret(rig, 9, 2, 3, 0, RIP, 0xe033, Flags.IF, RSP, 0xe02b);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(9, cpu.regs[Registers.RAX]);
        assertTrue(rig.state.kernelMode());
        assertEquals(RIP, rig.word(rig.state.kernelSp - 40));
    }

    @Test
    void toUserModeWithoutPageTableEndsTheDomain() {
        iret(rig, 0, 0, 0, 0, RIP, 0xe033, 0, RSP, 0xe02b);
        assertEquals(ShutdownReason.CRASH, rig.domain.shutdown);
        assertTrue(rig.domain.crash.reason().contains("user page table"));
    }

    @Test
    void unreadableFrameEndsTheDomain() {
        for (long bad : new long[] {0, -8, 0xffff_8000_0000_0000L, 1L << 47, 1L << 63}) {
            PvRig other = new PvRig();
            other.cpu.regs[Registers.RSP] = bad;
            other.cpu.regs[Registers.RAX] = 23;
            other.supervisor.syscall(other.cpu);
            assertEquals(ShutdownReason.CRASH, other.domain.shutdown);
        }
    }

    @Test
    void frameNeedsNoAlignmentAndMayCrossPages() {
        long[] frame = {1, 2, 3, 0, RIP, 0xe030, Flags.IF, RSP, 0xe02b};
        long at = rig.va(PvRig.FREE + 1) - 13;
        for (int i = 0; i < 72; i++) {
            long where = at + i - PvRig.BASE;
            int value = (int) (frame[i / 8] >>> 8 * (i % 8));
            rig.machine.memory.put8(rig.maddr((int) (where >>> 12)) + (where & 4095), value);
        }
        cpu.regs[Registers.RSP] = at;
        cpu.regs[Registers.RAX] = 23;
        rig.supervisor.syscall(cpu);
        assertEquals(RIP, cpu.rip);
        assertEquals(1, cpu.regs[Registers.RAX]);
        assertEquals(2, cpu.regs[Registers.R11]);
    }

    @Test
    void badSelectorFaultsWhereItReturnsTo() {
        rig.userRoot();
        rig.state.traps.set(CpuFault.GP, 4, HANDLER);
        iret(rig, 7, 2, 3, 0, RIP, 0x1003, Flags.IF, RSP, 0xe02b);
        assertEquals(HANDLER, cpu.rip);
        long frame = cpu.regs[Registers.RSP];
        assertEquals(0x1000, rig.word(frame + 16));
        assertEquals(RIP, rig.word(frame + 24));
        assertEquals(0x1003, rig.word(frame + 32));
        assertEquals(RSP, rig.word(frame + 48));
        assertEquals(7, cpu.regs[Registers.RAX]);
    }

    @Test
    void badStackSelectorAndRipFaultToo() {
        rig.state.traps.set(CpuFault.GP, 4, HANDLER);
        iret(rig, 7, 2, 3, 0, RIP, 0xe030, Flags.IF, rig.va(STACK) + 0x800, 0xe030);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(0xe030, rig.word(cpu.regs[Registers.RSP] + 16));
        iret(rig, 7, 2, 3, 0, 1L << 60, 0xe030, Flags.IF, rig.va(STACK) + 0x800, 0xe02b);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(0, rig.word(cpu.regs[Registers.RSP] + 16));
        assertEquals(1L << 60, rig.word(cpu.regs[Registers.RSP] + 24));
    }

    @Property(tries = 200)
    void aFrameTakesBackWhatItSaved(
            @ForAll long rax,
            @ForAll long rcx,
            @ForAll long r11,
            @ForAll @LongRange(min = 0, max = (1L << 47) - 1) long rip,
            @ForAll long rsp,
            @ForAll int flags,
            @ForAll boolean user,
            @ForAll boolean masked) {
        PvRig other = new PvRig();
        Cpu c = other.cpu;
        long stack = user ? rsp : other.va(STACK) + 0x800 + (rsp & 0x3ff);
        long visible = flags & Iret.SETTABLE | Flags.IF;
        other.state.traps.set(CpuFault.DE, 4, HANDLER);
        if (user) {
            other.enterUser();
        }
        other.vcpu.setUpcallMask(masked);
        c.regs[Registers.RAX] = rax;
        c.regs[Registers.RCX] = rcx;
        c.regs[Registers.R11] = r11;
        c.regs[Registers.RSP] = stack;
        c.rip = rip;
        Flags.set(c, visible);
        other.raise(CpuFault.DE, 0);
        long[] frame = new long[9];
        long at = c.regs[Registers.RSP];
        frame[0] = rax;
        frame[1] = other.word(at + 8);
        frame[2] = other.word(at);
        for (int i = 4; i < 9; i++) {
            frame[i] = other.word(at + 8L * (i - 2));
        }
        iret(other, frame);
        assertEquals(rax, c.regs[Registers.RAX]);
        assertEquals(rcx, c.regs[Registers.RCX]);
        assertEquals(r11, c.regs[Registers.R11]);
        assertEquals(stack, c.regs[Registers.RSP]);
        assertEquals(rip, c.rip);
        assertEquals(visible | 2, Flags.get(c));
        assertEquals(user, !other.state.kernelMode());
        assertEquals(masked, other.vcpu.upcallMasked());
    }
}
