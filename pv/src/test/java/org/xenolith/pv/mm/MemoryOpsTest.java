package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.mm.PvFixture.ARGUMENTS;
import static org.xenolith.pv.mm.PvFixture.FREE;
import static org.xenolith.pv.mm.PvFixture.L1;
import static org.xenolith.pv.mm.PvFixture.P;
import static org.xenolith.pv.mm.PvFixture.PAGES;
import static org.xenolith.pv.mm.PvFixture.SELF;
import static org.xenolith.pv.mm.PvFixture.W;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

class MemoryOpsTest {
    private static final int LIST = 2048;
    private static final int OUT_LIST = 3072;

    private final PvFixture f = new PvFixture();

    @AfterEach
    void countsAreExact() {
        CountChecker.check(f);
    }

    private long memoryOp(long command) {
        return f.hypercall(PvMemory.MEMORY_OP, command, f.va(ARGUMENTS));
    }

    private long reservation(int op, int order, long... frames) {
        f.put(LIST, frames);
        f.put(0, f.va(ARGUMENTS) + LIST, frames.length, order, SELF);
        return memoryOp(op);
    }

    @Test
    void balloonsDownAndUp() {
        f.unmap(FREE);
        f.unmap(FREE + 1);
        assertEquals(2, reservation(1, 0, f.mfn[FREE], f.mfn[FREE + 1]));
        assertEquals(PAGES - 2, f.domain.pages);
        assertEquals(FrameTable.NOBODY, f.frames.owner(f.mfn[FREE]));
        assertEquals(MachineToPhys.INVALID, f.pvMachine.m2p.get(f.mfn[FREE]));
        f.ram.put64(f.maddr(FREE), 0x55); // left by someone else
        assertEquals(2, reservation(6, 0, 0x100, 0x101, 0x102));
        assertEquals(PAGES, f.domain.pages);
        long mfn = f.argument(LIST);
        assertEquals(0x100, f.pvMachine.m2p.get(mfn));
        assertEquals(f.domain.domid, f.frames.owner(mfn));
        assertEquals(0, f.ram.get64(mfn << 12));
        assertEquals(0x102, f.argument(LIST + 16), "not done");
    }

    @Test
    void mappedPageGoesWithItsLastMapping() {
        assertEquals(1, reservation(1, 0, f.mfn[FREE]));
        assertEquals(f.domain.domid, f.frames.owner(f.mfn[FREE]));
        assertEquals(PAGES, f.domain.pages);
        assertEquals(0, reservation(1, 0, f.mfn[FREE]), "given up twice");
        f.unmap(FREE);
        assertEquals(FrameTable.NOBODY, f.frames.owner(f.mfn[FREE]));
        assertEquals(PAGES - 1, f.domain.pages);
    }

    @Test
    void freedPageLeavesTheTlb() {
        f.v0.cpu.load8(f.va(FREE));
        f.unmap(FREE); // without a flush
        assertEquals(1, reservation(1, 0, f.mfn[FREE]));
        boolean faulted = false;
        try {
            f.v0.cpu.load8(f.va(FREE));
        } catch (org.xenolith.cpu.state.CpuFault e) {
            faulted = true;
        }
        assertTrue(faulted);
    }

    @Test
    void onlyOwnPagesAreGivenUp() {
        long xen = f.pvMachine.m2p.extent(0);
        long shared = f.domain.sharedInfo >>> 12;
        for (long mfn : new long[] {xen, shared, 0, f.frames.size(), -1}) {
            assertEquals(0, reservation(1, 0, mfn));
        }
        assertEquals(1, reservation(1, 0, f.mfn[FREE], xen, f.mfn[FREE + 1]));
    }

    @Test
    void badReservations() {
        f.put(0, 0x1000, 1, 0, SELF);
        assertEquals(0, memoryOp(6));
        assertEquals(0, f.hypercall(PvMemory.MEMORY_OP, 6, 0x1000));
        f.put(LIST, f.mfn[FREE]);
        f.put(0, f.va(ARGUMENTS) + LIST, 1, 0, 5);
        assertEquals(0, memoryOp(1), "another domain");
        f.put(0, f.va(ARGUMENTS) + LIST, -1, 0, SELF);
        assertEquals(0, memoryOp(1), "absurd count");
        f.put(0, f.va(ARGUMENTS) + LIST, 1, 10, SELF);
        assertEquals(0, memoryOp(1), "order too high");
        f.put(0, f.va(ARGUMENTS) + LIST, 1, 0xffff_ffffL, SELF);
        assertEquals(0, memoryOp(0), "negative order");
        f.put(0, f.va(ARGUMENTS) + LIST, 1, 1L << 48, SELF);
        assertEquals(0, memoryOp(6), "populate on demand");
        assertEquals(7, memoryOp(6 | 7 << 6), "start beyond the end");
        assertEquals(PAGES, f.domain.pages);
    }

    @Test
    void contiguousExtents() {
        f.domain.maxPages = PAGES + 8;
        assertEquals(1, reservation(6, 3, 0x200));
        long mfn = f.argument(LIST);
        assertEquals(0, mfn & 7);
        for (int i = 0; i < 8; i++) {
            assertEquals(0x200 + i, f.pvMachine.m2p.get(mfn + i));
            assertEquals(1, f.frames.references(mfn + i));
        }
        assertEquals(PAGES + 8, f.domain.pages);
        assertEquals(0, reservation(6, 0, 0x300), "limit reached");
    }

    @Test
    void exchange() {
        for (int i = 0; i < 4; i++) {
            f.unmap(FREE + i);
        }
        f.put(LIST, f.mfn[FREE], f.mfn[FREE + 1], f.mfn[FREE + 2], f.mfn[FREE + 3]);
        f.put(OUT_LIST, 0x400);
        f.put(0, f.va(ARGUMENTS) + LIST, 4, 0, SELF);
        f.put(32, f.va(ARGUMENTS) + OUT_LIST, 1, 2, SELF, 0);
        assertEquals(0, memoryOp(11));
        assertEquals(4, f.argument(64));
        long mfn = f.argument(OUT_LIST);
        assertEquals(0, mfn & 3);
        for (int i = 0; i < 4; i++) {
            assertEquals(f.domain.domid, f.frames.owner(mfn + i));
            assertEquals(0x400 + i, f.pvMachine.m2p.get(mfn + i));
            assertEquals(FrameTable.NOBODY, f.frames.owner(f.mfn[FREE + i]));
        }
        assertEquals(PAGES, f.domain.pages);
        assertEquals(PAGES, f.domain.maxPages);
    }

    @Test
    void exchangeRefusals() {
        f.unmap(FREE);
        f.put(OUT_LIST, 0x400);
        // Still mapped; a table; foreign; the same page twice.
        long[][] lists = {
            {f.mfn[FREE], f.mfn[FREE + 1]},
            {f.mfn[FREE], f.mfn[L1]},
            {f.mfn[FREE], f.domain.sharedInfo >>> 12},
            {f.mfn[FREE], f.mfn[FREE]},
        };
        for (long[] list : lists) {
            f.put(LIST, list);
            f.put(0, f.va(ARGUMENTS) + LIST, 2, 0, SELF);
            f.put(32, f.va(ARGUMENTS) + OUT_LIST, 1, 1, SELF, 0);
            assertEquals(-Errno.EINVAL, memoryOp(11));
            assertEquals(0, f.argument(64));
            assertEquals(f.domain.domid, f.frames.owner(f.mfn[FREE]));
        }
        f.put(32, f.va(ARGUMENTS) + OUT_LIST, 2, 1, SELF, 0);
        assertEquals(-Errno.EINVAL, memoryOp(11), "sizes differ");
        f.put(32, f.va(ARGUMENTS) + OUT_LIST, 1, 10, SELF, 0);
        assertEquals(-Errno.EPERM, memoryOp(11), "order");
        f.put(0, f.va(ARGUMENTS) + LIST, 2, 0, 9);
        f.put(32, f.va(ARGUMENTS) + OUT_LIST, 1, 1, 9, 0);
        assertEquals(-Errno.ESRCH, memoryOp(11), "domain");
        f.put(0, 0x1000, 1, 0, SELF);
        f.put(32, f.va(ARGUMENTS) + OUT_LIST, 1, 0, SELF, 0);
        assertEquals(-Errno.EFAULT, memoryOp(11), "list");
        assertNotEquals(MachineToPhys.INVALID, f.pvMachine.m2p.get(f.mfn[FREE]));
    }

    @Test
    void limitsAndFacts() {
        f.put(0, SELF);
        assertEquals(PAGES, memoryOp(3));
        assertEquals(PAGES, memoryOp(4));
        assertEquals(f.frames.size(), memoryOp(2));
        f.ram.put64(f.domain.sharedInfo + 3088, 0x1234);
        assertEquals(0x1233, memoryOp(14));
        f.put(0, 77);
        assertEquals(-Errno.ESRCH, memoryOp(3));
        assertEquals(-Errno.EFAULT, f.hypercall(PvMemory.MEMORY_OP, 3, 0x1000));
        assertEquals(-Errno.EINVAL, memoryOp(3 | 1 << 6));
    }

    @Test
    void machineToPhysicalFacts() {
        assertEquals(0, memoryOp(12));
        assertEquals(0xffff_8000_0000_0000L, f.argument(0));
        assertEquals(0xffff_8040_0000_0000L, f.argument(8));
        assertEquals((1L << 35) - 1, f.argument(16));
        f.put(0, 16, f.va(ARGUMENTS) + LIST, 0);
        assertEquals(0, memoryOp(5));
        assertEquals(1, f.argument(16));
        assertEquals(f.pvMachine.m2p.extent(0), f.argument(LIST));
    }

    @Test
    void memoryMaps() {
        f.put(0, 128, f.va(ARGUMENTS) + LIST);
        assertEquals(-Errno.ENOSYS, memoryOp(9), "none by default");
        f.memory.describeRam(0x800_0000);
        assertEquals(0, memoryOp(9));
        assertEquals(1, (int) f.argument(0));
        assertEquals(0, f.argument(LIST));
        assertEquals(0x800_0000, f.argument(LIST + 8));
        assertEquals(1, (int) f.argument(LIST + 16));
        f.put(LIST, 0, 0x1000_0000, 1);
        f.put(0, SELF, 1, f.va(ARGUMENTS) + LIST);
        assertEquals(0, memoryOp(13));
        f.put(0, 128, f.va(ARGUMENTS) + OUT_LIST);
        assertEquals(0, memoryOp(9));
        assertEquals(1, (int) f.argument(0));
        assertEquals(0x1000_0000, f.argument(OUT_LIST + 8));
        f.put(0, SELF, 1025, f.va(ARGUMENTS) + LIST);
        assertEquals(-Errno.EINVAL, memoryOp(13));
    }

    @Test
    void translatedMemoryIsNotForPv() {
        f.put(0, SELF, 0, 0x10);
        assertEquals(-Errno.EACCES, memoryOp(7));
        assertEquals(-Errno.EACCES, memoryOp(15));
        assertEquals(-Errno.EACCES, memoryOp(23));
        f.put(0, 4L << 32 | SELF);
        assertEquals(-Errno.ENOSYS, memoryOp(7));
        f.put(0, 3L << 16 | SELF);
        assertEquals(-Errno.EOPNOTSUPP, memoryOp(23));
        assertEquals(-Errno.EPERM, memoryOp(10));
        assertEquals(-Errno.EPERM, memoryOp(24));
        assertEquals(-Errno.EOPNOTSUPP, memoryOp(25));
        assertEquals(-Errno.ENOSYS, memoryOp(63));
        f.put(0, 0, 0, 0, 0, SELF);
        assertEquals(-Errno.EINVAL, memoryOp(17));
    }

    @Test
    void grantedFrameIsMappedWithoutReferencesOfItsOwn() {
        long foreign = f.frames.allocate(7);
        int refs = f.frames.references(foreign);
        long gva = f.va(FREE);
        assertEquals(0, f.memory.mapGrant(f.v0, gva, false, foreign, false));
        f.v0.cpu.store64(gva, 0x99);
        assertEquals(0x99, f.ram.get64(foreign << 12));
        assertEquals(refs, f.frames.references(foreign));
        assertEquals(-1, f.memory.unmapGrant(f.v0, gva, false, foreign, true), "access differs");
        assertEquals(
                -1, f.memory.unmapGrant(f.v0, gva, false, foreign + 1, false), "frame differs");
        assertEquals(0, f.memory.unmapGrant(f.v0, gva, false, foreign, false));
        assertEquals(-1, f.memory.unmapGrant(f.v0, gva, false, foreign, false));
        assertEquals(refs, f.frames.references(foreign));
        long pte = f.slot(L1, FREE);
        assertEquals(0, f.memory.mapGrant(f.v0, pte, true, foreign, true));
        assertEquals(0, f.mmuUpdate(pte, 0), "the guest may drop the mapping itself");
        assertEquals(refs, f.frames.references(foreign));
        assertEquals(-1, f.memory.unmapGrant(f.v0, pte, true, foreign, true));
        assertEquals(0, f.mmuUpdate(pte, f.maddr(FREE) | P | W));
    }

    @Test
    void grantsNeedAnL1Entry() {
        long foreign = f.frames.allocate(7);
        assertEquals(-1, f.memory.mapGrant(f.v0, 0, false, foreign, false));
        assertEquals(-1, f.memory.mapGrant(f.v0, PvMemory.M2P_START, false, foreign, false));
        assertEquals(-1, f.memory.mapGrant(f.v0, f.slot(FREE, 0), true, foreign, false));
        assertEquals(-1, f.memory.mapGrant(f.v0, f.slot(PvFixture.L2, 0), true, foreign, false));
        assertEquals(-1, f.memory.mapGrant(f.v0, f.slot(L1, 5) + 4, true, foreign, false));
        assertEquals(-1, f.memory.mapGrant(f.v0, foreign << 12, true, foreign, false));
    }
}
