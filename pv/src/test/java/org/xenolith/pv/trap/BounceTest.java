package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.HOLE;
import static org.xenolith.pv.PvRig.STACK;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.xen.domain.ShutdownReason;

/** Frames word by word, for each way into the guest's kernel. */
class BounceTest {
    private static final long RIP = 0x401234;
    private static final long RCX = 0x1111;
    private static final long R11 = 0x2222;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;
    private long sp;

    @BeforeEach
    void state() {
        cpu.rip = RIP;
        cpu.regs[Registers.RCX] = RCX;
        cpu.regs[Registers.R11] = R11;
        sp = rig.va(STACK) + 0x808;
        cpu.regs[Registers.RSP] = sp;
        Flags.set(cpu, Flags.IF | Flags.CF | Flags.TF | Flags.AC | Flags.DF);
    }

    private void assertFrame(long top, long... words) {
        long at = top - 8L * words.length;
        assertEquals(at, cpu.regs[Registers.RSP]);
        for (int i = 0; i < words.length; i++) {
            assertEquals(words[i], rig.word(at + 8L * i), "word " + i);
        }
        assertEquals(HANDLER, cpu.rip);
        assertEquals(0xe033, cpu.selector[Cpu.CS]);
        assertEquals(0xe02b, cpu.selector[Cpu.SS]);
        assertTrue(rig.state.kernelMode());
    }

    private long flags(int... set) {
        long value = 2 | Flags.CF | Flags.TF | Flags.AC | Flags.DF;
        for (int flag : set) {
            value |= flag;
        }
        return value;
    }

    @Test
    void exceptionInKernel() {
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertFrame(sp & ~15L, RCX, R11, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
        assertFalse(rig.vcpu.upcallMasked());
        assertEquals(2 | Flags.IF | Flags.CF | Flags.DF, Flags.get(cpu));
    }

    @Test
    void exceptionWithErrorCodeThatMasksEvents() {
        rig.state.traps.set(CpuFault.NP, 4, HANDLER);
        rig.raise(CpuFault.NP, 0x38);
        assertFrame(sp & ~15L, RCX, R11, 0x38, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void frameShowsThatEventsWereMasked() {
        rig.vcpu.setUpcallMask(true);
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertFrame(sp & ~15L, RCX, R11, RIP, 0x1_0000_e030L, flags(), sp, 0xe02b);
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void exceptionInUserModeTakesTheKernelStackRootAndGs() {
        cpu.segmentBase[Cpu.GS] = 0x7000;
        cpu.kernelGsBase = 0x8000;
        rig.enterUser();
        assertEquals(0x8000, cpu.segmentBase[Cpu.GS]);
        assertEquals(1, cpu.context());
        rig.state.traps.set(CpuFault.AC, 0, HANDLER);
        rig.raise(CpuFault.AC, 0);
        long top = rig.state.kernelSp;
        assertFrame(top, RCX, R11, 0, RIP, 0xe033, flags(Flags.IF), sp, 0xe02b);
        assertEquals(0, cpu.context());
        assertEquals(0x7000, cpu.segmentBase[Cpu.GS]);
        assertEquals(0x8000, cpu.kernelGsBase);
    }

    @Test
    void pageFaultTellsAddressAndTheGuestsOwnMode() {
        rig.state.traps.set(CpuFault.PF, 4, HANDLER);
        cpu.cr2 = 0x1234_5678;
        rig.raise(CpuFault.PF, 7);
        assertFrame(sp & ~15L, RCX, R11, 3, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
        assertEquals(0x1234_5678, rig.machine.ram.get64(rig.vcpu.info + 16));
    }

    @Test
    void pageFaultOfUserModeKeepsTheUserBit() {
        rig.enterUser();
        rig.state.traps.set(CpuFault.PF, 4, HANDLER);
        cpu.cr2 = 0x1000;
        rig.raise(CpuFault.PF, 4);
        assertEquals(4, rig.word(cpu.regs[Registers.RSP] + 16));
    }

    @Test
    void accessToTheHypervisorsRangeIsTheGuestsPageFault() {
        rig.domain.vmAssist = 4;
        rig.state.traps.set(CpuFault.PF, 4, HANDLER);
        cpu.cr2 = Addresses.HYPERVISOR_START;
        rig.raise(CpuFault.PF, 7);
        assertFrame(sp & ~15L, RCX, R11, 3, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
    }

    @Test
    void eventMasksFurtherEvents() {
        rig.state.event.set(HANDLER, true);
        rig.supervisor.deliverUpcall();
        assertFrame(sp & ~15L, RCX, R11, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void pendingEventFollowsAnException() {
        rig.state.event.set(HANDLER, true);
        rig.state.traps.set(CpuFault.DE, 0, HANDLER + 0x100);
        rig.machine.memory.put8(rig.vcpu.info, 1);
        rig.raise(CpuFault.DE, 0);
        long inner = (sp & ~15L) - 56;
        assertEquals(HANDLER, cpu.rip);
        assertEquals(HANDLER + 0x100, rig.word(cpu.regs[Registers.RSP] + 16));
        assertEquals(inner, rig.word(cpu.regs[Registers.RSP] + 40));
    }

    @Test
    void syscallOfUserModeReachesItsCallbackWithoutDf() {
        rig.enterUser();
        rig.state.syscall.set(HANDLER, true);
        rig.supervisor.syscall(cpu);
        long saved = flags(Flags.IF);
        assertFrame(rig.state.kernelSp, RIP, saved, RIP, 0xe033, saved, sp, 0xe02b);
        assertEquals(2 | Flags.IF | Flags.CF, Flags.get(cpu));
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void syscallWithoutCallbackIsUndefined() {
        rig.enterUser();
        rig.state.traps.set(CpuFault.UD, 0, HANDLER);
        cpu.rip = rig.va(PvRig.CODE) + 2;
        rig.supervisor.syscall(cpu);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(rig.va(PvRig.CODE), rig.word(cpu.regs[Registers.RSP] + 16));
    }

    @Test
    void nmiIsDeliveredOnceUntilIret() {
        rig.state.traps.setMasked(2, HANDLER);
        rig.machine.running = null;
        assertEquals(0, rig.pv.sendNmi(rig.vcpu));
        assertFrame(sp & ~15L, RCX, R11, RIP, 0xe030, flags(Flags.IF), sp, 0xe02b);
        cpu.rip = RIP;
        assertEquals(0, rig.pv.sendNmi(rig.vcpu));
        assertEquals(RIP, cpu.rip);
        assertTrue(rig.state.nmiPending);
    }

    @Test
    void failsafeShowsTheSelectors() {
        rig.state.failsafe.set(HANDLER, true);
        rig.supervisor.bounce().failsafe(0x10, 0x20, 0x30, 0x40);
        assertFrame(
                sp & ~15L,
                RCX,
                R11,
                0x10,
                0x20,
                0x30,
                0x40,
                RIP,
                0xe030,
                flags(Flags.IF),
                sp,
                0xe02b);
        assertTrue(rig.vcpu.upcallMasked());
    }

    @Test
    void architecturalIoplIsShown() {
        rig.domain.vmAssist = 1 << 4;
        rig.state.iopl = Flags.IOPL;
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertFrame(sp & ~15L, RCX, R11, RIP, 0xe030, flags(Flags.IF, Flags.IOPL), sp, 0xe02b);
    }

    @Test
    void frameMayCrossPages() {
        long boundary = rig.va(PvRig.FREE + 1);
        sp = boundary + 16;
        cpu.regs[Registers.RSP] = sp;
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertEquals(RCX, rig.word(boundary - 40));
        assertEquals(0xe02b, rig.word(boundary + 8));
    }

    private void assertCrash(String reason) {
        assertEquals(ShutdownReason.CRASH, rig.domain.shutdown);
        assertTrue(rig.domain.crash.reason().contains(reason), rig.domain.crash.reason());
        assertTrue(rig.domain.crash.details().contains("rip e033:"), rig.domain.crash.details());
    }

    @Test
    void unmappedStackEndsTheDomain() {
        cpu.regs[Registers.RSP] = rig.va(HOLE);
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertCrash("kernel stack");
    }

    @Test
    void readOnlyStackEndsTheDomain() {
        cpu.regs[Registers.RSP] = rig.va(PvRig.L1) + 512;
        rig.state.traps.set(CpuFault.DE, 0, HANDLER);
        rig.raise(CpuFault.DE, 0);
        assertCrash("kernel stack");
    }

    @Test
    void stacksInAndAroundTheHypervisorsRangeEndTheDomain() {
        for (long bad :
                new long[] {
                    Addresses.HYPERVISOR_START + 0x1000,
                    Addresses.HYPERVISOR_END,
                    Addresses.HYPERVISOR_END + 48,
                    0,
                    0x8000_0000_0000_0000L,
                    0x0000_8000_0000_0000L
                }) {
            PvRig other = new PvRig();
            other.cpu.regs[Registers.RSP] = bad;
            other.state.traps.set(CpuFault.DE, 0, HANDLER);
            other.raise(CpuFault.DE, 0);
            assertEquals(ShutdownReason.CRASH, other.domain.shutdown, Long.toHexString(bad));
        }
    }

    @Test
    void unhandledVectorEndsTheDomain() {
        rig.raise(CpuFault.GP, 0x18);
        assertCrash("unhandled vector 13, error code 0x18");
    }

    @Test
    void missingCallbackEndsTheDomain() {
        rig.supervisor.deliverUpcall();
        assertCrash("event callback");
    }
}
