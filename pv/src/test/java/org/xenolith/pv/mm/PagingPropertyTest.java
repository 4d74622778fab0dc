package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.xenolith.xen.frames.FrameTable;

import java.util.Arrays;
import java.util.List;

/** Random sequences of what a hostile guest can ask for keep the counts exact. */
class PagingPropertyTest {
    private static final long MARKS = Pte.USER | Pte.GLOBAL | Pte.GUEST_KERNEL | Pte.ACCESSED;
    private static final long[] FLAGS = {
        0,
        Pte.PRESENT,
        Pte.PRESENT | Pte.WRITE,
        Pte.PRESENT | Pte.USER | Pte.NX,
        Pte.PRESENT | Pte.WRITE | Pte.USER | Pte.DIRTY,
        Pte.PRESENT | 1 << 7,
        Pte.PRESENT | Pte.GLOBAL,
        Pte.PRESENT | 1 << 4 | Pte.WRITE,
        Pte.WRITE,
        Pte.PRESENT | 0xe00 | 0x7ffL << 52
    };

    /** Pages that the operations choose from: the tables of the address space, and some others. */
    private static final int POOL = 14;

    private final long[] gdt = new long[2];

    @Property(tries = 400)
    void countsStayExact(@ForAll @Size(min = 1, max = 120) List<Long> operations) {
        PvFixture f = new PvFixture();
        gdt[0] = gdt[1] = 0;
        for (long operation : operations) {
            long[] before = snapshot(f);
            int[] counts = counts(f);
            int rc = perform(f, new Choices(operation));
            if (rc < 0) {
                assertEquals(Arrays.toString(counts), Arrays.toString(counts(f)), "counts");
                assertEquals(-1, Arrays.mismatch(before, snapshot(f)), "a refusal left a change");
            }
        }
        CountChecker.check(f, gdt);
    }

    /** A structured start, so that many operations succeed: a second tree of tables. */
    @Property(tries = 300)
    void countsStayExactWithSecondTree(@ForAll @Size(min = 1, max = 80) List<Long> operations) {
        PvFixture f = new PvFixture();
        gdt[0] = gdt[1] = 0;
        for (int page = PvFixture.FREE; page < PvFixture.FREE + 4; page++) {
            f.unmap(page);
        }
        int root = PvFixture.FREE;
        for (int i = 0; i < 3; i++) {
            f.raw(root + i, 0, f.maddr(root + i + 1) | Pte.PRESENT | Pte.WRITE | Pte.USER);
        }
        f.raw(root + 3, 0, f.maddr(12) | Pte.PRESENT | Pte.WRITE);
        assertEquals(0, f.pin(4, root));
        assertEquals(0, f.memory.newUserBaseptr(f.v0, f.mfn[root]));
        for (long operation : operations) {
            perform(f, new Choices(operation));
        }
        CountChecker.check(f, gdt);
    }

    /** The choices that one random number encodes. */
    private static final class Choices {
        private long rest;

        Choices(long seed) {
            // Shrunk seeds are small, so their bits are spread first.
            rest = seed * 0x9e3779b97f4a7c15L;
            rest ^= rest >>> 29;
        }

        int below(int n) {
            int choice = (int) Long.remainderUnsigned(rest, n);
            rest = Long.divideUnsigned(rest, n);
            return choice;
        }
    }

    private int perform(PvFixture f, Choices c) {
        int operation = c.below(12);
        int page = c.below(POOL);
        long mfn = f.mfn[page];
        switch (operation) {
            case 0:
                return f.memory.types.pin(mfn, 1 + c.below(4));
            case 1:
                return f.memory.types.unpin(mfn);
            case 2, 3, 4:
                return f.memory.updates.update(slot(f, c, page), entry(f, c), c.below(2) == 1);
            case 5:
                long at = f.memory.updates.l1Entry(f.memory.kernelRoot(f.v0), f.va(page));
                return at < 0 ? -1 : f.memory.updates.set(at, 1, entry(f, c), false);
            case 6:
                return f.memory.newBaseptr(f.domain.vcpus[c.below(2)], mfn);
            case 7:
                return f.memory.newUserBaseptr(f.v0, c.below(4) == 0 ? 0 : mfn);
            case 8:
                int vcpu = c.below(2);
                boolean none = c.below(3) == 0;
                int rc = f.memory.setGdt(f.domain.vcpus[vcpu], new long[] {mfn}, none ? 0 : 512);
                if (rc == 0) {
                    gdt[vcpu] = none ? 0 : mfn;
                }
                return rc;
            case 9:
                if (!f.memory.pages.isAllocated(mfn)) {
                    return -1;
                }
                f.memory.pages.giveUp(mfn);
                f.memory.pages.flushStale();
                return 0;
            case 10:
                long fresh = f.memory.allocatePage(page);
                if (fresh < 0) {
                    return -1;
                }
                f.mfn[page] = fresh;
                return 0;
            default:
                int size = 1 << c.below(4);
                long gva = f.va(page) + 8L * c.below(PvFixture.PAGES);
                return f.memory.emulateWrite(f.v0, gva, size, entry(f, c));
        }
    }

    private static long slot(PvFixture f, Choices c, int page) {
        int[] indices = {0, 1, 5, 255, 256, 260, 271, 272, Pte.index(4, PvFixture.BASE), 511};
        return f.slot(page, indices[c.below(indices.length)]);
    }

    private static long entry(PvFixture f, Choices c) {
        long flags = FLAGS[c.below(FLAGS.length)];
        long target =
                switch (c.below(12)) {
                    case 0 -> f.domain.sharedInfo >>> 12;
                    case 1 -> f.pvMachine.m2p.extent(0);
                    case 2 -> f.frames.size() + 5L;
                    default -> f.mfn[c.below(POOL)];
                };
        return target << 12 | flags;
    }

    /** Contents of the pages, but for the marks that Xen sets in tables it found good. */
    private static long[] snapshot(PvFixture f) {
        long[] words = new long[POOL * 512];
        for (int i = 0; i < words.length; i++) {
            words[i] = f.entry(i >> 9, i & 511) & ~MARKS;
        }
        return words;
    }

    private static int[] counts(PvFixture f) {
        int[] counts = new int[3 * POOL];
        for (int i = 0; i < POOL; i++) {
            counts[3 * i] = f.frames.references(f.mfn[i]);
            counts[3 * i + 1] = f.frames.typeReferences(f.mfn[i]);
            // Without references the type says nothing.
            boolean used = counts[3 * i + 1] > 0;
            counts[3 * i + 2] = used ? f.frames.type(f.mfn[i]) : FrameTable.NONE;
        }
        return counts;
    }
}
