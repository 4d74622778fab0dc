package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

/** The one place where an entry of a validated page table changes. */
final class PageTableUpdates {
    private final Domain domain;
    private final FrameTable frames;
    private final PageTypes types;
    private final DomainPages pages;
    private final TlbFlushes tlbs;
    private final GuestTables tables;
    private final RefusalLog log;

    PageTableUpdates(
            Domain domain, PageTypes types, DomainPages pages, TlbFlushes tlbs, RefusalLog log) {
        this.domain = domain;
        this.frames = domain.frames();
        this.types = types;
        this.pages = pages;
        this.tlbs = tlbs;
        this.tables = new GuestTables(domain.machine.ram);
        this.log = log;
    }

    /**
     * Checks and stores a new entry.
     *
     * @param at machine address of the entry, aligned, in a table of the domain that is in use
     * @param level of that table, 1..4
     * @param entry as the guest wants it
     * @param preserve keep accessed and dirty bits that are set
     * @return 0, or a negated error number with nothing changed
     */
    int set(long at, int level, long entry, boolean preserve) {
        types.work++;
        if (level == 4 && XenSlots.contains((int) (at >>> 3) & 511)) {
            return log.refuse("change of Xen's L4 slots", -Errno.EINVAL, at);
        }
        long old = domain.machine.ram.get64(at);
        long kept = preserve ? old & (Pte.ACCESSED | Pte.DIRTY) : 0;
        if (!Pte.present(entry)) {
            store(at, level, entry | kept);
            types.entries.put(level, old, at);
            return 0;
        }
        long adjusted = Pte.adjusted(level, entry);
        if (!Pte.hasForbiddenBits(level, entry) && Pte.differInFlagsOnly(old, adjusted)) {
            store(at, level, adjusted | kept);
            return 0;
        }
        int rc = types.entries.take(level, adjusted, at >>> 12);
        if (rc == 0) {
            store(at, level, adjusted | kept);
            types.entries.put(level, old, at);
        }
        return rc;
    }

    private void store(long at, int level, long entry) {
        domain.machine.memory.put64(at, entry);
        if (level > 1 && types.linear.inUse()) {
            tlbs.all();
        }
    }

    /**
     * MMU_NORMAL_PT_UPDATE and its kin: stores a page-table entry, or eight bytes of any page that
     * the domain may write.
     *
     * @param at machine address, a multiple of 8
     */
    int update(long at, long value, boolean preserve) {
        long mfn = at >>> 12;
        int level = types.tableLevel(mfn);
        if (level != 0) {
            return set(at, level, value, preserve);
        }
        if (!frames.referenceWritable(mfn, domain.domid)) {
            return log.refuse("mmu_update of a frame it may not write", -Errno.EINVAL, at);
        }
        domain.machine.memory.put64(at, value);
        frames.releaseType(mfn);
        pages.put(mfn);
        return 0;
    }

    /** The error for an L1 entry that names a page of DOMID_IO, of which no domain has any. */
    int refuseIo(long entry) {
        if (Pte.hasForbiddenBits(1, entry)) {
            return -Errno.EINVAL;
        }
        int error = frames.exists(Pte.mfn(entry)) ? -Errno.EBUSY : -Errno.EPERM;
        return log.refuse("mapping of device memory", error, entry);
    }

    /**
     * Machine address of the L1 entry for a linear address, in a table that is in use.
     *
     * @return -1 if there is none
     */
    long l1Entry(long kernelRoot, long gva) {
        long at = tables.l1Entry(kernelRoot, gva);
        return at >= 0 && types.tableLevel(at >>> 12) == FrameTable.L1 ? at : -1;
    }

    // ---- writes to L1 tables that the processor refused ----------------------------------------

    /**
     * Machine address behind a gva that maps an L1 table read-only.
     *
     * @return -1 if it does not
     */
    long tableByte(long kernelRoot, long gva) {
        long mapping = l1Entry(kernelRoot, gva);
        if (mapping < 0) {
            return -1;
        }
        long entry = domain.machine.ram.get64(mapping);
        if (!Pte.present(entry)
                || Pte.writable(entry)
                || types.tableLevel(Pte.mfn(entry)) != FrameTable.L1) {
            return -1;
        }
        return entry & Pte.FRAME | gva & 0xfff;
    }

    /**
     * Does a write of 1, 2, 4 or 8 aligned bytes to an L1 table as an update of the whole entry.
     *
     * @param at from {@link #tableByte}
     */
    int emulateWrite(long at, int size, long value) {
        if ((at & size - 1) != 0 || Integer.bitCount(size) != 1 || size > 8) {
            return log.refuse("unaligned write to a page table", -Errno.EINVAL, at);
        }
        long slot = at & ~7L;
        int shift = 8 * (int) (at & 7);
        long mask = (size == 8 ? -1L : (1L << 8 * size) - 1) << shift;
        long merged = domain.machine.ram.get64(slot) & ~mask | value << shift & mask;
        int rc = set(slot, FrameTable.L1, merged, false);
        pages.flushStale();
        return rc;
    }
}
