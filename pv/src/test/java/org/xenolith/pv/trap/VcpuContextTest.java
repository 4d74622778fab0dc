package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.FREE;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.HOLE;
import static org.xenolith.pv.PvRig.STACK;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.FpuState;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.PvRig;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Vcpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

class VcpuContextTest {
    private static final int EINVAL = -22;

    private final PvRig rig = new PvRig();
    private final Vcpu target = rig.domain.vcpus[1];
    private final Cpu cpu = target.cpu;
    private final ByteBuffer context =
            ByteBuffer.allocate(VcpuContext.LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    @BeforeEach
    void context() {
        context.putLong(512, 1 << 2 | 1); // in kernel, i387 valid
        context.putShort(0, (short) 0x27f);
        context.putInt(24, 0x1f80);
        context.putLong(160 + 16, 0x1122);
        for (int i = 0; i < 15; i++) {
            context.putLong(520 + 8 * i, 100 + i);
        }
        context.putLong(648, HANDLER); // rip
        context.putLong(656, 0xe030);
        context.putLong(664, Flags.IF | Flags.ZF | Flags.IOPL);
        context.putLong(672, rig.va(STACK) + 0x1000);
        context.putLong(680, 0xe02b);
        context.putLong(688, 0xe02b); // es
        context.putLong(720 + 16 * 14, 4 << 8 | 14);
        context.putLong(720 + 16 * 14 + 8, HANDLER + 14);
        context.putLong(4976, rig.va(STACK) + 0x800);
        context.putLong(4984, 0x8005003bL);
        context.putLong(4984 + 24, rig.maddr(PvRig.L4));
        context.putLong(5112, HANDLER + 1);
        context.putLong(5120, HANDLER + 2);
        context.putLong(5128, HANDLER + 3);
        context.putLong(5144, 0x1000);
        context.putLong(5152, 0x2000);
        context.putLong(5160, 0x3000);
    }

    private long initialise() throws GuestFault {
        byte[] bytes = context.array();
        rig.vcpu.memory().write(rig.va(FREE), bytes, 0, bytes.length);
        return rig.pv.initialiseVcpu(rig.vcpu, target, rig.va(FREE));
    }

    @Test
    void loadsEverything() throws GuestFault {
        assertEquals(0, initialise());
        VcpuState state = TrapHypercalls.state(target);
        assertEquals(100, cpu.regs[Registers.R15]);
        assertEquals(114, cpu.regs[Registers.RDI]);
        assertEquals(110, cpu.regs[Registers.RAX]);
        assertEquals(HANDLER, cpu.rip);
        assertEquals(rig.va(STACK) + 0x1000, cpu.regs[Registers.RSP]);
        assertEquals(0xe033, cpu.selector[Cpu.CS]);
        assertEquals(0xe02b, cpu.selector[Cpu.ES]);
        assertEquals(2 | Flags.IF | Flags.ZF, Flags.get(cpu));
        assertEquals(Flags.IOPL, state.iopl);
        assertEquals(0x1000, cpu.segmentBase[Cpu.FS]);
        assertEquals(0x2000, cpu.segmentBase[Cpu.GS]);
        assertEquals(0x3000, cpu.kernelGsBase);
        assertEquals(rig.maddr(PvRig.L4), cpu.root(0));
        assertTrue(state.control.taskSwitched());
        assertEquals(HANDLER + 14, state.traps.address(14));
        assertTrue(state.traps.masksEvents(14));
        assertEquals(HANDLER + 1, state.event.address);
        assertEquals(HANDLER + 2, state.failsafe.address);
        assertEquals(HANDLER + 3, state.syscall.address);
        assertFalse(state.syscall.masksEvents);
        assertEquals(rig.va(STACK) + 0x800, state.kernelSp);
        assertEquals(0x27f, cpu.fpu.control);
        assertEquals(0xffff, cpu.fpu.tag);
        assertEquals(0x1122, cpu.fpu.vec[FpuState.LANES]);
        assertTrue(state.kernelMode());
    }

    @Test
    void userModeNeedsARoot() throws GuestFault {
        context.putLong(512, 0);
        assertEquals(EINVAL, initialise());
        context.putLong(4984 + 8, rig.maddr(PvRig.USER_L4));
        assertEquals(0, initialise());
        assertFalse(TrapHypercalls.state(target).kernelMode());
        assertEquals(rig.maddr(PvRig.USER_L4), cpu.root(1));
        assertEquals(0x3000, cpu.segmentBase[Cpu.GS]);
    }

    @Test
    void badSelectorLeadsToTheFailsafe() throws GuestFault {
        context.putLong(688 + 8, 0x1234); // ds
        assertEquals(0, initialise());
        assertEquals(HANDLER + 2, cpu.rip);
        assertEquals(0, cpu.selector[Cpu.DS]);
        long frame = rig.va(STACK) + 0x1000 - 88;
        assertEquals(frame, cpu.regs[Registers.RSP]);
        assertEquals(0x1234, rig.word(frame + 16));
        assertEquals(0xe02b, rig.word(frame + 24));
        assertEquals(HANDLER, rig.word(frame + 48));
    }

    @Test
    void badFieldsAreRefused() throws GuestFault {
        long bad = 1L << 60;
        for (int at : new int[] {648, 672, 4976, 5112, 5120, 5128, 5144, 5152, 5160, 728}) {
            long good = context.getLong(at);
            context.putLong(at, bad);
            assertEquals(EINVAL, initialise(), "offset " + at);
            context.putLong(at, good);
        }
        refuse(4816, 0x1001); // LDT not aligned
        refuse(4824, 8193);
        refuse(4824, -1);
        refuse(4960, 7169);
        refuse(4960, -1);
        refuse(4984 + 24, rig.maddr(STACK));
        refuse(4984 + 24, -1);
        refuse(5048, Addresses.HYPERVISOR_START);
        refuse(5048 + 48, 1L << 32);
        assertEquals(0, initialise());
    }

    private void refuse(int at, long value) throws GuestFault {
        long good = context.getLong(at);
        context.putLong(at, value);
        assertEquals(EINVAL, initialise(), "offset " + at);
        context.putLong(at, good);
    }

    @Test
    void unreadableContextIsABadPointer() {
        long pointer = rig.va(HOLE);
        assertThrows(GuestFault.class, () -> rig.pv.initialiseVcpu(rig.vcpu, target, pointer));
    }
}
