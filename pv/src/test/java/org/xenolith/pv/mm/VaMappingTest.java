package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.xenolith.pv.mm.PvFixture.ARGUMENTS;
import static org.xenolith.pv.mm.PvFixture.FREE;
import static org.xenolith.pv.mm.PvFixture.L1;
import static org.xenolith.pv.mm.PvFixture.L4;
import static org.xenolith.pv.mm.PvFixture.P;
import static org.xenolith.pv.mm.PvFixture.U;
import static org.xenolith.pv.mm.PvFixture.W;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

class VaMappingTest {
    private static final long LOCAL = 0;
    private static final long ALL = 4;
    private static final long TLB_FLUSH = 1;
    private static final long INVLPG = 2;

    private final PvFixture f = new PvFixture();

    private void cacheOnBoth() {
        f.memory.newBaseptr(f.v1, f.mfn[L4]);
        for (Vcpu v : f.domain.vcpus) {
            v.cpu.load8(f.va(FREE));
        }
    }

    private static boolean sees(Vcpu v, long gva) {
        try {
            v.cpu.load8(gva);
            return true;
        } catch (CpuFault e) {
            return false;
        }
    }

    private void flushes(long flags, boolean first, boolean second) {
        assertEquals(0, f.vaMapping(f.va(FREE), f.maddr(FREE) | P | W, TLB_FLUSH | ALL));
        cacheOnBoth();
        assertEquals(0, f.vaMapping(f.va(FREE), 0, flags));
        assertEquals(!first, sees(f.v0, f.va(FREE)), "vCPU 0");
        assertEquals(!second, sees(f.v1, f.va(FREE)), "vCPU 1");
        CountChecker.check(f);
    }

    @Test
    void flushesAsAsked() {
        flushes(0, false, false);
        flushes(TLB_FLUSH | LOCAL, true, false);
        flushes(INVLPG | LOCAL, true, false);
        flushes(TLB_FLUSH | ALL, true, true);
        flushes(INVLPG | ALL, true, true);
        f.put(256, 2);
        flushes(TLB_FLUSH | f.va(ARGUMENTS) + 256, false, true);
        flushes(INVLPG | f.va(ARGUMENTS) + 256, false, true);
    }

    @Test
    void mapsOnceMore() {
        assertEquals(0, f.vaMapping(f.va(FREE), f.maddr(FREE + 1) | P | W, INVLPG));
        f.ram.put64(f.maddr(FREE + 1), 0x55);
        f.v0.cpu.cpl = 3;
        assertEquals(0x55, f.v0.cpu.load64(f.va(FREE)));
        CountChecker.check(f);
    }

    @Test
    void refusals() {
        long entry = f.maddr(FREE) | P;
        assertEquals(-Errno.EINVAL, f.vaMapping(0, entry, 0)); // no tables there
        assertEquals(-Errno.EINVAL, f.vaMapping(PvMemory.M2P_START, entry, 0));
        assertEquals(-Errno.EINVAL, f.vaMapping(XenSlots.PER_DOMAIN_START, entry, 0));
        assertEquals(-Errno.EINVAL, f.vaMapping(1L << 47, entry, 0));
        long notCanonical = f.va(FREE) & (1L << 48) - 1;
        assertEquals(-Errno.EINVAL, f.vaMapping(notCanonical, entry, 0));
        assertEquals(-Errno.EBUSY, f.vaMapping(f.va(FREE), f.maddr(L1) | P | W, 0));
        assertEquals(-Errno.EFAULT, f.vaMapping(f.va(FREE), entry, TLB_FLUSH | 0x10000));
        assertEquals(
                -Errno.ESRCH,
                f.hypercall(PvMemory.UPDATE_VA_MAPPING_OTHERDOMAIN, f.va(FREE), entry, 0, 77));
        CountChecker.check(f);
    }

    @Test
    void guestCannotReadThePerDomainArea() {
        assertThrows(CpuFault.class, () -> f.v0.cpu.load64(XenSlots.PER_DOMAIN_START));
        assertThrows(CpuFault.class, () -> f.v0.cpu.store64(XenSlots.PER_DOMAIN_START, 0));
    }

    @Test
    void guestReadsTheM2pButCannotWriteIt() {
        long entry = PvMemory.M2P_START + 8 * f.mfn[FREE];
        assertEquals(FREE, f.v0.cpu.load64(entry));
        assertEquals(MachineToPhys.INVALID, f.v0.cpu.load64(PvMemory.M2P_START));
        assertThrows(CpuFault.class, () -> f.v0.cpu.store64(entry, 0));
        assertThrows(CpuFault.class, () -> f.v0.cpu.executable(entry));
        long past = PvMemory.M2P_START + 8L * f.frames.size();
        assertThrows(CpuFault.class, () -> f.v0.cpu.load64(past + 4096));
    }

    @Test
    void strictUserRootsLoseTheM2p() {
        f.domain.vmAssist |= 1L << 32;
        f.unmap(FREE);
        assertEquals(0, f.mmuext(15, f.mfn[FREE], 0));
        assertEquals(0, f.entry(FREE, 256));
        assertEquals(f.maddr(FREE), f.memory.userRoot(f.v0));
        assertEquals(f.maddr(FREE), f.v0.cpu.root(1));
        CountChecker.check(f);
        assertEquals(0, f.mmuext(15, 0, 0));
        assertEquals(0, f.memory.userRoot(f.v0));
        CountChecker.check(f);
    }

    @Test
    void writesToL1TablesAreEmulated() {
        long gva = f.va(L1) + 8 * 100;
        assertEquals(true, f.memory.isTableWrite(f.v0, gva));
        assertEquals(false, f.memory.isTableWrite(f.v0, f.va(L4)));
        assertEquals(false, f.memory.isTableWrite(f.v0, f.va(FREE)));
        assertEquals(false, f.memory.isTableWrite(f.v0, 0));
        assertEquals(0, f.memory.emulateWrite(f.v0, gva, 8, f.maddr(FREE) | P | W));
        assertEquals(f.maddr(FREE) | P | W | U | Pte.GUEST_KERNEL, f.entry(L1, 100));
        assertEquals(0, f.memory.emulateWrite(f.v0, gva, 1, 0x21)); // drops write access
        assertEquals(0, f.entry(L1, 100) & W);
        CountChecker.check(f);
        assertEquals(-Errno.EBUSY, f.memory.emulateWrite(f.v0, gva, 8, f.maddr(L4) | P | W));
        assertEquals(-Errno.EINVAL, f.memory.emulateWrite(f.v0, gva + 4, 8, 0));
        assertEquals(-Errno.EFAULT, f.memory.emulateWrite(f.v0, f.va(FREE), 8, 0));
        CountChecker.check(f);
    }

    @Test
    void compareExchangeOnL1Tables() {
        long gva = f.va(L1) + 8 * 100;
        long entry = f.maddr(FREE) | P;
        assertEquals(1, f.memory.emulateCompareExchange(f.v0, gva, 8, 5, entry));
        assertEquals(0, f.memory.emulateCompareExchange(f.v0, gva, 8, 0, entry));
        assertEquals(entry | U | Pte.GUEST_KERNEL, f.memory.readTable(f.v0, gva, 8));
        assertEquals(f.mfn[FREE] & 0xf, f.memory.readTable(f.v0, gva + 1, 1) >>> 4);
        assertEquals(
                -Errno.EBUSY,
                f.memory.emulateCompareExchange(
                        f.v0, gva, 8, entry | U | Pte.GUEST_KERNEL, f.maddr(L4) | P | W));
        CountChecker.check(f);
    }

    @Test
    void endOfTheDomainGivesBackTheHypervisorsTables() {
        int free = f.frames.free();
        f.memory.destroy();
        assertEquals(free + 3, f.frames.free()); // L3, L2 and L1 of the per-domain area
        assertEquals(MachineToPhys.INVALID, f.pvMachine.m2p.get(f.mfn[FREE]));
    }
}
