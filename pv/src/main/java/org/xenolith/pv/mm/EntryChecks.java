package org.xenolith.pv.mm;

import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

import java.util.HashSet;
import java.util.Set;

/**
 * What a page-table entry of a guest may say, and the references that a present one holds while its
 * table is validated: an L1 entry a general one on the page, plus a type reference WRITABLE if it
 * allows writing; an entry of level n a general and a type reference on a table of level n - 1.
 */
final class EntryChecks {
    /** What an L1 entry with all address bits set names: deliberately no frame. */
    private static final long NO_MFN = Pte.FRAME >>> 12;

    private final int domid;
    private final FrameTable frames;
    private final DomainPages pages;
    private final PageTypes types;
    private final LinearTables linear;
    private final RefusalLog log;

    /**
     * Machine addresses of L1 entries that map grants. The grant's handle holds their references,
     * also after the guest has overwritten the entry.
     */
    final Set<Long> grantEntries = new HashSet<>();

    EntryChecks(
            int domid,
            FrameTable frames,
            DomainPages pages,
            PageTypes types,
            LinearTables linear,
            RefusalLog log) {
        this.domid = domid;
        this.frames = frames;
        this.pages = pages;
        this.types = types;
        this.linear = linear;
        this.log = log;
    }

    /**
     * Takes the references of a present entry.
     *
     * @param level 1..4
     * @param container mfn of the table that holds or will hold the entry
     * @return 0, or a negated error number with nothing changed
     */
    int take(int level, long entry, long container) {
        if (Pte.hasForbiddenBits(level, entry)) {
            return log.refuse("page-table entry with forbidden flags", -Errno.EINVAL, entry);
        }
        return level == 1 ? takeL1(entry) : takeTable(level, entry, container);
    }

    /**
     * Drops the references of an entry that {@link #take} accepted. Absent entries hold none, nor
     * do those that map grants.
     *
     * @param at machine address where the entry stands or stood
     */
    void put(int level, long entry, long at) {
        if (!Pte.present(entry) || level == 1 && grantEntries.remove(at)) {
            return;
        }
        long mfn = Pte.mfn(entry);
        long container = at >>> 12;
        if (level == 1) {
            if (Pte.writable(entry)) {
                frames.releaseType(mfn);
            }
            pages.put(mfn);
        } else if (mfn == container) {
            linear.unlinkSelf();
        } else {
            if (frames.type(mfn) == level) {
                linear.unlink(container, mfn);
            }
            types.release(mfn);
        }
    }

    private int takeL1(long entry) {
        long mfn = Pte.mfn(entry);
        if (!frames.exists(mfn)) {
            int error = mfn == NO_MFN ? -Errno.EINVAL : -Errno.EPERM;
            return log.refuse("mapping of an address without RAM", error, entry);
        }
        if (!frames.reference(mfn, domid)) {
            return log.refuse("mapping of a foreign frame", -Errno.EBUSY, entry);
        }
        if (Pte.writable(entry) && !frames.referenceType(mfn, FrameTable.WRITABLE)) {
            pages.put(mfn);
            return log.refuse("writable mapping of a frame in typed use", -Errno.EBUSY, entry);
        }
        return 0;
    }

    private int takeTable(int level, long entry, long container) {
        int rc = types.acquire(Pte.mfn(entry), level - 1);
        if (rc == -Errno.EINVAL && takeLinear(level, entry, container)) {
            return 0;
        }
        return rc;
    }

    private boolean takeLinear(int level, long entry, long container) {
        long mfn = Pte.mfn(entry);
        if (Pte.writable(entry)) {
            return false;
        }
        if (mfn == container) {
            linear.linkSelf();
            return true;
        }
        if (frames.owner(mfn) != domid
                || frames.type(mfn) != level
                || frames.typeReferences(mfn) == 0
                || !frames.isValidated(mfn)
                || !linear.link(container, mfn)) {
            return false;
        }
        if (!frames.reference(mfn, domid)) {
            linear.unlink(container, mfn);
            return false;
        }
        if (!frames.referenceType(mfn, level)) {
            linear.unlink(container, mfn);
            pages.put(mfn);
            return false;
        }
        return true;
    }
}
