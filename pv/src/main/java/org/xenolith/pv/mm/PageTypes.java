package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

import java.util.BitSet;

/**
 * Exclusive types of frames: promotion to page table or descriptor page with a check of the whole
 * contents when the first type reference is taken, and the reverse when the last is dropped.
 */
final class PageTypes {
    private final FrameTable frames;
    private final int domid;
    private final PvMachine machine;
    private final DomainPages pages;
    private final TlbFlushes tlbs;
    private final XenSlots slots;
    private final RefusalLog log;
    private final BitSet pinned = new BitSet();

    /** Tables that map tables of their own level. */
    final LinearTables linear = new LinearTables();

    final EntryChecks entries;

    /** Entries examined; lets hypercalls bound the work of one call. */
    long work;

    PageTypes(
            Domain domain,
            PvMachine machine,
            DomainPages pages,
            TlbFlushes tlbs,
            XenSlots slots,
            RefusalLog log) {
        this.frames = domain.frames();
        this.domid = domain.domid;
        this.machine = machine;
        this.pages = pages;
        this.tlbs = tlbs;
        this.slots = slots;
        this.log = log;
        entries = new EntryChecks(domid, frames, pages, this, linear, log);
    }

    /**
     * Takes a general and a type reference on a frame of the domain.
     *
     * @param type {@link FrameTable#L1} to {@link FrameTable#WRITABLE}
     * @return 0, or a negated error number with no count changed
     */
    int acquire(long mfn, int type) {
        if (!frames.reference(mfn, domid)) {
            return log.refuse("use of a foreign frame", -Errno.EINVAL, mfn);
        }
        int rc = acquireType(mfn, type);
        if (rc != 0) {
            pages.put(mfn);
        }
        return rc;
    }

    /** Drops what {@link #acquire} took. */
    void release(long mfn) {
        releaseType(mfn);
        pages.put(mfn);
    }

    /** As {@link #acquire} for a caller that holds a general reference already. */
    int acquireType(long mfn, int type) {
        if (!frames.referenceType(mfn, type)) {
            return log.refuse("use of a frame as another type", -Errno.EINVAL, mfn);
        }
        if (frames.isValidated(mfn)) {
            return 0;
        }
        tlbs.forbidWrites(mfn);
        int rc = type == FrameTable.SEGDESC ? checkDescriptors(mfn) : promote(mfn, type);
        if (rc != 0) {
            frames.releaseType(mfn);
            return rc;
        }
        frames.setValidated(mfn, true);
        return 0;
    }

    void releaseType(long mfn) {
        if (frames.releaseType(mfn) == 0 && frames.type(mfn) != FrameTable.WRITABLE) {
            frames.setValidated(mfn, false);
            if (isTable(frames.type(mfn))) {
                dropEntries(mfn, frames.type(mfn), 512);
            }
        }
    }

    /** Pins a table: references that keep it validated until {@link #unpin}. */
    int pin(long mfn, int level) {
        int rc = acquire(mfn, level);
        if (rc == 0 && pinned.get((int) mfn)) {
            release(mfn);
            return log.refuse("second pin of a table", -Errno.EINVAL, mfn);
        }
        if (rc == 0) {
            pinned.set((int) mfn);
        }
        return rc;
    }

    int unpin(long mfn) {
        if (frames.owner(mfn) != domid || !pinned.get((int) mfn)) {
            return log.refuse("unpin of a frame not pinned", -Errno.EINVAL, mfn);
        }
        pinned.clear((int) mfn);
        release(mfn);
        return 0;
    }

    boolean isPinned(long mfn) {
        return frames.exists(mfn) && pinned.get((int) mfn);
    }

    /** Level of a frame of the domain that is in use as page table, else 0. */
    int tableLevel(long mfn) {
        if (frames.owner(mfn) != domid || frames.typeReferences(mfn) == 0) {
            return 0;
        }
        int type = frames.type(mfn);
        return isTable(type) ? type : 0;
    }

    static boolean isTable(int type) {
        return type >= FrameTable.L1 && type <= FrameTable.L4;
    }

    private int promote(long mfn, int level) {
        long base = mfn << 12;
        work += 512;
        for (int i = 0; i < 512; i++) {
            if (level == 4 && XenSlots.contains(i)) {
                continue;
            }
            long entry = machine.machine.ram.get64(base + 8L * i);
            if (Pte.present(entry)) {
                int rc = entries.take(level, entry, mfn);
                if (rc != 0) {
                    dropEntries(mfn, level, i);
                    return rc;
                }
            }
        }
        // Only now, because a refused table stays as the guest wrote it.
        for (int i = 0; i < 512; i++) {
            long entry = machine.machine.ram.get64(base + 8L * i);
            if (Pte.present(entry) && !(level == 4 && XenSlots.contains(i))) {
                long adjusted = Pte.adjusted(level, entry);
                if (adjusted != entry) {
                    machine.machine.memory.put64(base + 8L * i, adjusted);
                }
            }
        }
        if (level == 4) {
            slots.install(mfn);
        }
        return 0;
    }

    private void dropEntries(long mfn, int level, int count) {
        work += count;
        for (int i = 0; i < count; i++) {
            if (!(level == 4 && XenSlots.contains(i))) {
                long at = (mfn << 12) + 8L * i;
                entries.put(level, machine.machine.ram.get64(at), at);
            }
        }
    }

    private int checkDescriptors(long mfn) {
        long base = mfn << 12;
        work += 512;
        for (int i = 0; i < 512; i++) {
            if (!SegmentDescriptor.acceptable(machine.machine.ram.get64(base + 8L * i))) {
                return log.refuse("unsafe segment descriptor", -Errno.EINVAL, base + 8L * i);
            }
        }
        for (int i = 0; i < 512; i++) {
            long descriptor = machine.machine.ram.get64(base + 8L * i);
            long fixed = SegmentDescriptor.fixed(descriptor);
            if (fixed != descriptor) {
                machine.machine.memory.put64(base + 8L * i, fixed);
            }
        }
        return 0;
    }
}
