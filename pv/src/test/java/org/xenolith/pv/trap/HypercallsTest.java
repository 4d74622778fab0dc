package org.xenolith.pv.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.PvRig.ARGUMENTS;
import static org.xenolith.pv.PvRig.HANDLER;
import static org.xenolith.pv.PvRig.HOLE;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.pv.PvRig;
import org.xenolith.pv.trap.state.Addresses;

/** The hypercalls of this package, as the guest makes them. */
class HypercallsTest {
    private static final int SET_TRAP_TABLE = 0;
    private static final int SET_GDT = 2;
    private static final int STACK_SWITCH = 3;
    private static final int SET_CALLBACKS = 4;
    private static final int SET_DEBUGREG = 8;
    private static final int GET_DEBUGREG = 9;
    private static final int UPDATE_DESCRIPTOR = 10;
    private static final int VM_ASSIST = 21;
    private static final int SET_SEGMENT_BASE = 25;
    private static final int NMI_OP = 28;
    private static final int CALLBACK_OP = 30;
    private static final int PHYSDEV_OP = 33;

    private static final int EPERM = -1;
    private static final int EFAULT = -14;
    private static final int EBUSY = -16;
    private static final int ENODEV = -19;
    private static final int EINVAL = -22;
    private static final int ENOSYS = -38;
    private static final long NOT_CANONICAL = 1L << 60;

    private final PvRig rig = new PvRig();
    private final Cpu cpu = rig.cpu;

    /** Makes a hypercall whose argument structure is these words. */
    private long withStruct(int number, int command, long... words) {
        rig.put(ARGUMENTS, 0, words);
        return rig.hypercall(number, command, rig.va(ARGUMENTS));
    }

    @Test
    void trapTable() {
        rig.put(ARGUMENTS, 0, 0xe033_0780L, HANDLER, 0xe033_000eL, HANDLER + 8, 0, 0);
        assertEquals(0, rig.hypercall(SET_TRAP_TABLE, rig.va(ARGUMENTS)));
        assertEquals(HANDLER, rig.state.traps.address(0x80));
        assertEquals(3, rig.state.traps.privilege(0x80));
        assertTrue(rig.state.traps.masksEvents(0x80));
        assertEquals(HANDLER + 8, rig.state.traps.address(14));
        assertFalse(rig.state.traps.masksEvents(14));
        assertEquals(0, rig.hypercall(SET_TRAP_TABLE, 0));
        assertEquals(0, rig.state.traps.address(14));
    }

    @Test
    void badTrapTables() {
        assertEquals(EFAULT, rig.hypercall(SET_TRAP_TABLE, rig.va(HOLE)));
        assertEquals(EFAULT, rig.hypercall(SET_TRAP_TABLE, Addresses.HYPERVISOR_START));
        rig.put(ARGUMENTS, 0, 3, NOT_CANONICAL);
        assertEquals(EINVAL, rig.hypercall(SET_TRAP_TABLE, rig.va(ARGUMENTS)));
    }

    @Test
    void trapTableWithoutEndIsGivenUp() {
        for (int page = PvRig.FREE; page < PvRig.PAGES; page++) {
            for (int offset = 0; offset < 4096; offset += 16) {
                rig.put(page, offset, 3, HANDLER);
            }
        }
        long start = rig.va(PvRig.FREE);
        assertEquals(-7, rig.hypercall(SET_TRAP_TABLE, start));
    }

    @Test
    void stackSwitch() {
        assertEquals(0, rig.hypercall(STACK_SWITCH, 0xe02b, 0x1234));
        assertEquals(0x1234, rig.state.kernelSp);
    }

    @Test
    void callbacks() {
        assertEquals(0, withStruct(CALLBACK_OP, 0, 0x1_0002L, HANDLER));
        assertEquals(HANDLER, rig.state.syscall.address);
        assertTrue(rig.state.syscall.masksEvents);
        assertEquals(0, withStruct(CALLBACK_OP, 0, 0, HANDLER + 1));
        assertEquals(HANDLER + 1, rig.state.event.address);
        assertEquals(0, withStruct(CALLBACK_OP, 0, 4, HANDLER + 2));
        assertEquals(HANDLER + 2, rig.state.traps.address(2));
        assertEquals(ENOSYS, withStruct(CALLBACK_OP, 0, 5, HANDLER));
        assertEquals(ENOSYS, withStruct(CALLBACK_OP, 0, 99, HANDLER));
        assertEquals(EINVAL, withStruct(CALLBACK_OP, 0, 0, NOT_CANONICAL));
        assertEquals(EINVAL, withStruct(CALLBACK_OP, 1, 0));
        assertEquals(0, withStruct(CALLBACK_OP, 1, 4));
        assertEquals(0, rig.state.traps.address(2));
        assertEquals(ENOSYS, withStruct(CALLBACK_OP, 2, 0));
        assertEquals(EFAULT, rig.hypercall(CALLBACK_OP, 0, rig.va(HOLE)));
        assertEquals(0, rig.hypercall(SET_CALLBACKS, 1, 2, 3));
        assertEquals(1, rig.state.event.address);
        assertEquals(2, rig.state.failsafe.address);
        assertEquals(3, rig.state.syscall.address);
    }

    @Test
    void nmiCallback() {
        assertEquals(0, withStruct(NMI_OP, 0, HANDLER, 0));
        assertEquals(HANDLER, rig.state.traps.address(2));
        assertTrue(rig.state.traps.masksEvents(2));
        assertEquals(0, rig.hypercall(NMI_OP, 1, 0));
        assertEquals(0, rig.state.traps.address(2));
        assertEquals(ENOSYS, rig.hypercall(NMI_OP, 2, 0));
    }

    @Test
    void debugRegisters() {
        assertEquals(0, rig.hypercall(SET_DEBUGREG, 0, 0x1000));
        assertEquals(0x1000, rig.hypercall(GET_DEBUGREG, 0));
        assertEquals(EPERM, rig.hypercall(SET_DEBUGREG, 1, Addresses.HYPERVISOR_START));
        assertEquals(EPERM, rig.hypercall(SET_DEBUGREG, 7, 1 << 13));
        assertEquals(EPERM, rig.hypercall(SET_DEBUGREG, 7, 2 << 16 | 1));
        assertEquals(EINVAL, rig.hypercall(SET_DEBUGREG, 6, 1L << 32));
        assertEquals(ENODEV, rig.hypercall(SET_DEBUGREG, 8, 0));
        assertEquals(ENODEV, rig.hypercall(GET_DEBUGREG, -1));
        assertEquals(0, rig.hypercall(SET_DEBUGREG, 6, 0x1001));
        assertEquals(0xffff_0ff1L, rig.hypercall(GET_DEBUGREG, 4));
        assertEquals(0, rig.hypercall(SET_DEBUGREG, 5, 0xd803));
        assertEquals(0x403, rig.hypercall(GET_DEBUGREG, 7));
    }

    @Test
    void segmentBases() {
        assertEquals(0, rig.hypercall(SET_SEGMENT_BASE, 0, 0x1000));
        assertEquals(0, rig.hypercall(SET_SEGMENT_BASE, 1, 0x2000));
        assertEquals(0, rig.hypercall(SET_SEGMENT_BASE, 2, 0x3000));
        assertEquals(0x1000, cpu.segmentBase[Cpu.FS]);
        assertEquals(0x2000, cpu.kernelGsBase);
        assertEquals(0x3000, cpu.segmentBase[Cpu.GS]);
        assertEquals(EINVAL, rig.hypercall(SET_SEGMENT_BASE, 0, NOT_CANONICAL));
        assertEquals(EINVAL, rig.hypercall(SET_SEGMENT_BASE, 4, 0));
        assertEquals(0, rig.hypercall(SET_SEGMENT_BASE, 3, 0xe028));
        assertEquals(0xe02b, cpu.selector[Cpu.GS]);
        assertEquals(0, cpu.kernelGsBase);
        assertEquals(0x3000, cpu.segmentBase[Cpu.GS]);
        assertEquals(0, rig.hypercall(SET_SEGMENT_BASE, 3, 0x18));
        assertEquals(0, cpu.selector[Cpu.GS]);
    }

    @Test
    void assists() {
        assertEquals(0, rig.hypercall(VM_ASSIST, 0, 2));
        assertEquals(0, rig.hypercall(VM_ASSIST, 0, 32));
        assertEquals(1L << 32 | 4, rig.domain.vmAssist);
        assertEquals(0, rig.hypercall(VM_ASSIST, 1, 2));
        assertEquals(1L << 32, rig.domain.vmAssist);
        assertEquals(EINVAL, rig.hypercall(VM_ASSIST, 0, 6));
        assertEquals(EINVAL, rig.hypercall(VM_ASSIST, 0, 64));
        assertEquals(EINVAL, rig.hypercall(VM_ASSIST, 0, -1));
        assertEquals(ENOSYS, rig.hypercall(VM_ASSIST, 2, 2));
    }

    @Test
    void descriptorTables() {
        rig.put(ARGUMENTS, 0, rig.mfn(PvRig.FREE));
        assertEquals(EINVAL, rig.hypercall(SET_GDT, rig.va(ARGUMENTS), 7169));
        assertEquals(EINVAL, rig.hypercall(SET_GDT, rig.va(ARGUMENTS), -1));
        assertEquals(EFAULT, rig.hypercall(SET_GDT, rig.va(HOLE), 1));
        // A frame that is mapped writable cannot hold descriptors.
        assertEquals(EINVAL, rig.hypercall(SET_GDT, rig.va(ARGUMENTS), 512));
        long data = 0x00cf_f300_0000_ffffL;
        assertEquals(0, rig.hypercall(UPDATE_DESCRIPTOR, rig.maddr(PvRig.FREE), data));
        assertEquals(EINVAL, rig.hypercall(UPDATE_DESCRIPTOR, rig.maddr(PvRig.L1), data));
    }

    @Test
    void physicalDevices() {
        assertEquals(0, withStruct(PHYSDEV_OP, 6, 1));
        assertEquals(1 << 12, rig.state.iopl);
        assertEquals(EINVAL, withStruct(PHYSDEV_OP, 6, 4));
        assertEquals(0, withStruct(PHYSDEV_OP, 7, rig.va(PvRig.FREE), 65536));
        assertEquals(65536, rig.state.ioPorts);
        assertEquals(EINVAL, withStruct(PHYSDEV_OP, 7, rig.va(PvRig.FREE), 65537));
        assertEquals(EINVAL, withStruct(PHYSDEV_OP, 7, Addresses.HYPERVISOR_START, 1));
        assertEquals(EPERM, withStruct(PHYSDEV_OP, 13, 0));
        assertEquals(ENODEV, withStruct(PHYSDEV_OP, 19, 0));
        assertEquals(EINVAL, withStruct(PHYSDEV_OP, 28, rig.mfn(PvRig.L1)));
        assertEquals(EINVAL, withStruct(PHYSDEV_OP, 28, -1));
        assertEquals(0, withStruct(PHYSDEV_OP, 28, rig.mfn(PvRig.FREE)));
        assertEquals(EBUSY, withStruct(PHYSDEV_OP, 17, rig.mfn(PvRig.FREE + 1)));
        assertEquals(ENOSYS, withStruct(PHYSDEV_OP, 77, 0));
    }
}
