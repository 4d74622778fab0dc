package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenolith.pv.mm.PvFixture.ARGUMENTS;
import static org.xenolith.pv.mm.PvFixture.FREE;
import static org.xenolith.pv.mm.PvFixture.L1;
import static org.xenolith.pv.mm.PvFixture.L2;
import static org.xenolith.pv.mm.PvFixture.L3;
import static org.xenolith.pv.mm.PvFixture.L4;
import static org.xenolith.pv.mm.PvFixture.P;
import static org.xenolith.pv.mm.PvFixture.PCD;
import static org.xenolith.pv.mm.PvFixture.PSE;
import static org.xenolith.pv.mm.PvFixture.SELF;
import static org.xenolith.pv.mm.PvFixture.U;
import static org.xenolith.pv.mm.PvFixture.W;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

/** What a guest may not do to page tables, case by case, and the error it gets. */
class PageTableRefusalTest {
    private final PvFixture f = new PvFixture();

    @AfterEach
    void countsAreExact() {
        CountChecker.check(f);
    }

    private void refused(int errno, int page, int index, long entry) {
        long before = f.entry(page, index);
        assertEquals(-errno, f.mmuUpdate(f.slot(page, index), entry));
        assertEquals(before, f.entry(page, index), "entry changed");
    }

    private void accepted(int page, int index, long entry) {
        assertEquals(0, f.mmuUpdate(f.slot(page, index), entry));
    }

    // ---- L1 ------------------------------------------------------------------------------------

    @Test
    void mapsOwnPageAndForcesUser() {
        accepted(L1, 100, f.maddr(FREE) | P | W);
        assertEquals(f.maddr(FREE) | P | W | U | Pte.GUEST_KERNEL, f.entry(L1, 100));
        accepted(L1, 101, f.maddr(FREE) | P | U);
        assertEquals(f.maddr(FREE) | P | U | Pte.GLOBAL, f.entry(L1, 101));
    }

    @Test
    void pageTableMayNotBeMappedWritable() {
        for (int table = L4; table <= L1; table++) {
            refused(Errno.EBUSY, L1, 100, f.maddr(table) | P | W);
            accepted(L1, 100, f.maddr(table) | P);
            refused(Errno.EBUSY, L1, 100, f.maddr(table) | P | W);
        }
    }

    @Test
    void foreignFramesMayNotBeMapped() {
        refused(Errno.EBUSY, L1, 100, f.pvMachine.m2p.extent(0) << 12 | P);
        long free = f.frames.size() - 1L;
        assertEquals(FrameTable.NOBODY, f.frames.owner(free));
        refused(Errno.EBUSY, L1, 100, free << 12 | P);
        refused(Errno.EPERM, L1, 100, (long) f.frames.size() << 12 | P);
        refused(Errno.EINVAL, L1, 100, Pte.FRAME | P);
        refused(Errno.EBUSY, L1, 100, P); // frame 0
    }

    @Test
    void cacheAttributesAndLargePagesAreRefused() {
        for (long bit : new long[] {1 << 3, PCD, PSE}) {
            refused(Errno.EINVAL, L1, 100, f.maddr(FREE) | P | bit);
        }
        // Even where nothing else changes.
        refused(Errno.EINVAL, L1, FREE, f.entry(L1, FREE) | PCD);
    }

    @Test
    void availableBitsNxAndGlobalAreAllowed() {
        long flags = P | W | U | 0xe00 | 0x7ffL << 52 | Pte.NX | Pte.GLOBAL;
        accepted(L1, 100, f.maddr(FREE) | flags);
        assertEquals(f.maddr(FREE) | flags, f.entry(L1, 100));
    }

    @Test
    void absentEntriesMaySayAnything() {
        accepted(L1, 100, -1L & ~P);
        assertEquals(-1L & ~P, f.entry(L1, 100));
    }

    @Test
    void sharedInfoMayBeMapped() {
        accepted(L1, 100, f.domain.sharedInfo | P | W);
        accepted(L1, 100, 0);
    }

    @Test
    void preserveKeepsAccessedAndDirty() {
        accepted(L1, 100, f.maddr(FREE) | P | W | Pte.ACCESSED | Pte.DIRTY);
        assertEquals(0, f.mmuUpdate(f.slot(L1, 100) | 2, f.maddr(FREE) | P));
        long marks = Pte.ACCESSED | Pte.DIRTY;
        assertEquals(marks, f.entry(L1, 100) & (marks | W));
    }

    // ---- upper levels --------------------------------------------------------------------------

    @Test
    void largePageAtL2IsRefused() {
        // XSA-148: the bit must be refused also if all else stays as it is.
        int index = Pte.index(2, PvFixture.BASE);
        refused(Errno.EINVAL, L2, index, f.entry(L2, index) | PSE);
        refused(Errno.EINVAL, L2, 7, f.maddr(FREE) | P | W | U | PSE);
        refused(Errno.EINVAL, L3, 7, f.maddr(L2) | P | PSE);
        refused(Errno.EINVAL, L4, 7, f.maddr(L3) | P | PSE);
    }

    @Test
    void largePageInNewTableIsRefused() {
        f.unmap(FREE);
        f.raw(FREE, 3, f.maddr(FREE + 1) | P | U | PSE);
        assertEquals(-Errno.EINVAL, f.pin(2, FREE));
        assertEquals(0, f.frames.typeReferences(f.mfn[FREE]));
    }

    @Test
    void globalAboveL1IsRefused() {
        refused(Errno.EINVAL, L2, 7, f.maddr(L1) | P | Pte.GLOBAL);
        int index = Pte.index(2, PvFixture.BASE);
        refused(Errno.EINVAL, L2, index, f.entry(L2, index) | Pte.GLOBAL);
    }

    @Test
    void wrongLevelsAreRefused() {
        refused(Errno.EINVAL, L4, 7, f.maddr(L2) | P | U);
        refused(Errno.EINVAL, L4, 7, f.maddr(L1) | P | U);
        refused(Errno.EINVAL, L3, 7, f.maddr(L1) | P | U);
        refused(Errno.EINVAL, L2, 7, f.maddr(L3) | P | U);
        refused(Errno.EINVAL, L2, 7, f.maddr(FREE) | P | U); // mapped writable
        accepted(L2, 7, f.maddr(L1) | P | U);
    }

    @Test
    void xenSlotsAreRefused() {
        for (int slot = 256; slot <= 271; slot++) {
            refused(Errno.EINVAL, L4, slot, 0);
            refused(Errno.EINVAL, L4, slot, f.maddr(L3) | P | W | U);
        }
        accepted(L4, 255, f.maddr(L3) | P | U);
        accepted(L4, 272, f.maddr(L3) | P | U);
    }

    @Test
    void promotionFillsXenSlotsWhateverTheGuestPutThere() {
        f.unmap(FREE);
        for (int slot = 256; slot <= 271; slot++) {
            f.raw(FREE, slot, f.maddr(FREE + 1) | P | W | U);
        }
        assertEquals(0, f.pin(4, FREE));
        assertEquals(f.entry(L4, 256), f.entry(FREE, 256));
        assertEquals(f.entry(L4, 260), f.entry(FREE, 260));
        assertEquals(0, f.entry(FREE, 258));
    }

    // ---- linear tables -------------------------------------------------------------------------

    @Test
    void linearTableIsReadOnly() {
        // XSA-182: from read-only to writable is no harmless change of flags.
        accepted(L4, 300, f.maddr(L4) | P | U);
        refused(Errno.EINVAL, L4, 300, f.maddr(L4) | P | W | U);
        refused(Errno.EINVAL, L4, 301, f.maddr(L4) | P | W | U);
        refused(Errno.EINVAL, L3, 301, f.maddr(L3) | P | W | U);
        accepted(L3, 301, f.maddr(L3) | P | U);
        accepted(L2, 301, f.maddr(L2) | P | U);
        accepted(L4, 300, 0);
    }

    @Test
    void linearTablesDoNotChain() {
        f.unmap(FREE);
        f.unmap(FREE + 1);
        assertEquals(0, f.pin(4, FREE));
        assertEquals(0, f.pin(4, FREE + 1));
        accepted(L4, 300, f.maddr(FREE) | P | U);
        refused(Errno.EINVAL, FREE, 300, f.maddr(FREE + 1) | P | U);
        refused(Errno.EINVAL, FREE + 1, 300, f.maddr(L4) | P | U);
        accepted(FREE + 1, 300, f.maddr(FREE) | P | U);
        accepted(L4, 300, 0);
        accepted(FREE + 1, 300, 0);
        accepted(FREE, 300, f.maddr(FREE + 1) | P | U);
    }

    @Test
    void linearTableNeedsAValidatedOne() {
        f.unmap(FREE);
        assertEquals(0, f.pin(3, FREE));
        assertEquals(0, f.unpin(FREE));
        // It is now nothing in particular, and becomes a proper child.
        accepted(L4, 300, f.maddr(FREE) | P | U);
    }

    // ---- promotion -----------------------------------------------------------------------------

    @Test
    void failedPromotionUndoesEverything() {
        f.unmap(FREE);
        f.unmap(FREE + 1);
        f.raw(FREE, 0, f.maddr(FREE + 1) | P | W | U);
        f.raw(FREE + 1, 0, f.maddr(FREE + 2) | P | W);
        f.raw(FREE + 1, 511, f.maddr(L4) | P | W);
        int refs = f.frames.references(f.mfn[FREE + 2]);
        assertEquals(-Errno.EBUSY, f.pin(2, FREE));
        assertEquals(refs, f.frames.references(f.mfn[FREE + 2]));
        assertEquals(0, f.frames.typeReferences(f.mfn[FREE]));
        assertEquals(0, f.frames.typeReferences(f.mfn[FREE + 1]));
    }

    @Test
    void tableWritableToItselfIsRefused() {
        f.unmap(FREE);
        f.raw(FREE, 0, f.maddr(FREE) | P | W);
        assertEquals(-Errno.EBUSY, f.pin(1, FREE));
    }

    @Test
    void mappedWritableMayNotBecomeTable() {
        for (int level = 1; level <= 4; level++) {
            assertEquals(-Errno.EINVAL, f.pin(level, FREE));
        }
        assertEquals(-Errno.EINVAL, f.mmuext(0, f.domain.sharedInfo >>> 12, 0));
    }

    @Test
    void stolenWriteAccessIsTakenFromTheTlb() {
        f.v1.cpu.setRoot(0, f.memory.kernelRoot(f.v0));
        f.v1.cpu.store64(f.va(FREE), 0); // the translation is now cached as writable
        f.unmap(FREE);
        assertEquals(0, f.pin(1, FREE));
        int vector = -1;
        try {
            f.v1.cpu.store64(f.va(FREE), f.maddr(L4) | P | W);
        } catch (org.xenolith.cpu.state.CpuFault fault) {
            vector = fault.vector;
        }
        assertEquals(org.xenolith.cpu.state.CpuFault.PF, vector);
        assertEquals(0, f.entry(FREE, 0));
    }

    // ---- mmu_update itself ---------------------------------------------------------------------

    @Test
    void unknownCommands() {
        for (int command = 4; command < 8; command++) {
            assertEquals(-Errno.ENOSYS, f.mmuUpdate(f.slot(L1, 100) | command, 0));
        }
    }

    @Test
    void foreignTablesAndFrames() {
        assertEquals(-Errno.EINVAL, f.mmuUpdate(f.pvMachine.m2p.extent(0) << 12, 0));
        assertEquals(-Errno.EINVAL, f.mmuUpdate(-8, 0));
        assertEquals(-Errno.EINVAL, f.mmuUpdate((long) f.frames.size() << 12, 0));
    }

    @Test
    void plainPagesAreJustWritten() {
        assertEquals(0, f.mmuUpdate(f.slot(FREE, 5), 0x1234));
        assertEquals(0x1234, f.entry(FREE, 5));
        f.unmap(FREE);
        assertEquals(0, f.mmuUpdate(f.slot(FREE, 6), -1));
        assertEquals(-1, f.entry(FREE, 6));
    }

    @Test
    void machineToPhysicalOfOwnFramesOnly() {
        assertEquals(0, f.mmuUpdate(f.maddr(FREE) | 1, 0x4711));
        assertEquals(0x4711, f.pvMachine.m2p.get(f.mfn[FREE]));
        long xen = f.pvMachine.m2p.extent(0);
        assertEquals(-Errno.EINVAL, f.mmuUpdate(xen << 12 | 1, 0x4711));
        assertNotEquals(0x4711, f.pvMachine.m2p.get(xen));
        assertEquals(-Errno.EINVAL, f.mmuUpdate((long) f.frames.size() << 12 | 1, 0));
    }

    @Test
    void batchStopsAtTheFirstRefusalAndSaysWhere() {
        f.put(0, f.slot(L1, 100), f.maddr(FREE) | P, f.slot(L4, 256), 0, f.slot(L1, 101), -2);
        long done = f.va(ARGUMENTS) + 512;
        assertEquals(
                -Errno.EINVAL, f.hypercall(PvMemory.MMU_UPDATE, f.va(ARGUMENTS), 3, done, SELF));
        assertEquals(1, f.argument(512));
        assertTrue(Pte.present(f.entry(L1, 100)));
        assertEquals(0, f.entry(L1, 101));
    }

    @Test
    void badPointers() {
        long m2p = PvMemory.M2P_START;
        assertEquals(-Errno.EFAULT, f.hypercall(PvMemory.MMU_UPDATE, m2p, 1, 0, SELF));
        assertEquals(-Errno.EFAULT, f.hypercall(PvMemory.MMU_UPDATE, 0x1000, 1, 0, SELF));
        assertEquals(0, f.hypercall(PvMemory.MMU_UPDATE, 0x1000, 0, 0, SELF));
        assertEquals(-Errno.EFAULT, f.hypercall(PvMemory.MMU_UPDATE, 1L << 47, 1, 0, SELF));
    }

    @Test
    void otherDomains() {
        long[][] cases = {
            {1, -Errno.ESRCH}, // itself by number
            {77, -Errno.ESRCH},
            {0x7ff2, -Errno.EPERM}, // DOMID_XEN
            {(1 + 1) << 16 | SELF, 0}, // tables of itself
            {(77 + 1) << 16 | SELF, -Errno.ESRCH},
        };
        f.put(0, f.slot(L1, 100), 0);
        for (long[] c : cases) {
            long rc = f.hypercall(PvMemory.MMU_UPDATE, f.va(ARGUMENTS), 1, 0, c[0]);
            assertEquals(c[1], rc, "domain " + c[0]);
        }
    }

    @Test
    void deviceMemory() {
        f.put(0, f.slot(L1, 100), 0xfee00000L | P | W);
        long io = 0x7ff1;
        assertEquals(-Errno.EPERM, f.hypercall(PvMemory.MMU_UPDATE, f.va(ARGUMENTS), 1, 0, io));
        f.put(0, f.slot(L1, 100), f.maddr(FREE) | P | W);
        assertEquals(-Errno.EBUSY, f.hypercall(PvMemory.MMU_UPDATE, f.va(ARGUMENTS), 1, 0, io));
        assertEquals(0, f.entry(L1, 100));
    }

    @Test
    void endlessBatchIsCutOff() {
        // The same request over and over: the list is one page, mapped again and again.
        f.put(0, f.slot(L1, 100), 0);
        for (int i = 0; i < 4096; i += 16) {
            f.put(i, f.slot(L1, 511), 0);
        }
        for (int i = 0; i < 512; i++) {
            f.unmap(FREE);
            f.raw(FREE, i, f.maddr(ARGUMENTS) | P);
        }
        f.unmap(FREE + 1);
        for (int i = 0; i < 512; i++) {
            f.raw(FREE + 1, i, f.maddr(FREE) | P | U);
        }
        int slot = Pte.index(3, PvFixture.BASE) + 1;
        accepted(L3, slot, f.maddr(FREE + 1) | P | U);
        for (int i = 0; i < 4096; i += 16) {
            f.put(i, f.slot(L1, 511), 0);
        }
        long list = PvFixture.BASE + (1L << 30);
        long rc = f.hypercall(PvMemory.MMU_UPDATE, list, 0x400_0000, 0, SELF);
        assertEquals(-Errno.E2BIG, rc);
    }
}
