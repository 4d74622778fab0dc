package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;

/** Counts all references anew from the tables themselves and compares. */
final class CountChecker {
    private final PvFixture f;
    private final int[] refs;
    private final int[] typeRefs;

    private CountChecker(PvFixture fixture) {
        f = fixture;
        refs = new int[f.frames.size()];
        typeRefs = new int[f.frames.size()];
    }

    /**
     * Checks every frame of the domain.
     *
     * @param gdt frames that the test has in use as GDT, once per use
     */
    static void check(PvFixture fixture, long... gdt) {
        CountChecker checker = new CountChecker(fixture);
        checker.roots(gdt);
        for (long mfn = 0; mfn < fixture.frames.size(); mfn++) {
            checker.table(mfn);
        }
        for (long mfn = 0; mfn < fixture.frames.size(); mfn++) {
            checker.compare(mfn);
        }
    }

    private void roots(long[] gdt) {
        for (Vcpu v : f.domain.vcpus) {
            use(f.memory.kernelRoot(v) >>> 12);
            use(f.memory.userRoot(v) >>> 12);
        }
        for (long mfn : gdt) {
            use(mfn);
        }
    }

    private void use(long mfn) {
        if (mfn != 0) {
            refs[(int) mfn]++;
            typeRefs[(int) mfn]++;
        }
    }

    private boolean own(long mfn) {
        return f.frames.owner(mfn) == f.domain.domid && mfn >= f.firstMfn;
    }

    private void table(long mfn) {
        if (!own(mfn)) {
            return;
        }
        if (f.memory.pages.isAllocated(mfn)) {
            refs[(int) mfn]++;
        }
        if (f.memory.types.isPinned(mfn)) {
            use(mfn);
        }
        int level = f.frames.type(mfn);
        if (!PageTypes.isTable(level) || f.frames.typeReferences(mfn) == 0) {
            return;
        }
        for (int i = 0; i < 512; i++) {
            long at = (mfn << 12) + 8L * i;
            long entry = f.ram.get64(at);
            if (level == 4 && XenSlots.contains(i)) {
                xenSlot(i, entry);
            } else if (Pte.present(entry)) {
                entry(level, mfn, at, entry);
            }
        }
    }

    private void xenSlot(int index, long entry) {
        if (index == 256) {
            assertTrue(entry == 0 || entry == f.pvMachine.m2p.l4Entry(), "M2P slot");
            assertFalse(Pte.writable(entry), "M2P slot is writable");
        } else if (index == 260) {
            assertEquals(0, entry & Pte.USER, "per-domain slot is open to the guest");
        } else {
            assertEquals(0, entry, "unused slot of Xen's");
        }
    }

    private void entry(int level, long container, long at, long entry) {
        assertFalse(Pte.hasForbiddenBits(level, entry), "forbidden bits");
        assertTrue((entry & Pte.USER) != 0, "USER is forced on");
        long target = Pte.mfn(entry);
        if (level == 1) {
            if (f.memory.types.entries.grantEntries.contains(at)) {
                return;
            }
            assertTrue(f.frames.owner(target) == f.domain.domid, "maps a foreign frame");
            refs[(int) target]++;
            if (Pte.writable(entry)) {
                typeRefs[(int) target]++;
                assertEquals(
                        FrameTable.WRITABLE, f.frames.type(target), "writable but otherwise typed");
            }
            return;
        }
        if (f.frames.type(target) == level) {
            assertFalse(Pte.writable(entry), "writable linear table");
            if (target != container) {
                use(target);
            }
            return;
        }
        assertEquals(level - 1, f.frames.type(target), "type of a child table");
        use(target);
    }

    private void compare(long mfn) {
        if (!own(mfn)) {
            return;
        }
        assertEquals(refs[(int) mfn], f.frames.references(mfn), "references of " + mfn);
        assertEquals(typeRefs[(int) mfn], f.frames.typeReferences(mfn), "type references " + mfn);
        int type = f.frames.type(mfn);
        if (PageTypes.isTable(type) || type == FrameTable.SEGDESC) {
            assertEquals(typeRefs[(int) mfn] > 0, f.frames.isValidated(mfn), "validated " + mfn);
        }
    }
}
