package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.ops.Subjects;

/** The hypercall mmu_update: a batch of changes to page tables and to the M2P (public/xen.h). */
final class MmuUpdate {
    private static final int NORMAL = 0;
    private static final int MACHPHYS = 1;
    private static final int PRESERVE_AD = 2;
    private static final int NO_TRANSLATE = 3;
    private static final int REQUEST_SIZE = 16;

    private final Domain domain;
    private final PvMachine machine;
    private final PageTypes types;
    private final DomainPages pages;
    private final PageTableUpdates updates;
    private final RefusalLog log;

    MmuUpdate(
            Domain domain,
            PvMachine machine,
            PageTypes types,
            DomainPages pages,
            PageTableUpdates updates,
            RefusalLog log) {
        this.domain = domain;
        this.machine = machine;
        this.types = types;
        this.pages = pages;
        this.updates = updates;
        this.log = log;
    }

    /** Arguments: requests, count, pointer to the number done (or 0), domain of the pages. */
    long call(GuestMemory memory, long requests, long count, long pdone, long foreign) {
        long n = count & 0xffff_ffffL;
        int tableDomain = (int) (foreign >>> 16) & 0xffff;
        int pageDomain = (int) foreign & 0xffff;
        if (!PvMemory.addressOk(requests)) {
            return -Errno.EFAULT;
        }
        int rc = tableDomain == 0 ? 0 : Subjects.own(domain, tableDomain - 1);
        if (rc == 0) {
            rc = Foreign.pageOwner(domain, pageDomain);
        }
        if (rc != 0) {
            return log.refuse("mmu_update for another domain", rc, foreign);
        }
        Batch batch = new Batch(types, n);
        while (rc == 0 && batch.more()) {
            rc = one(memory, requests + REQUEST_SIZE * batch.done, pageDomain == Foreign.DOMID_IO);
            if (rc == 0) {
                batch.done++;
            }
        }
        pages.flushStale();
        batch.report(memory, pdone);
        return rc != 0 ? rc : batch.result();
    }

    private int one(GuestMemory memory, long gva, boolean io) {
        long pointer;
        long value;
        try {
            pointer = memory.read64(gva);
            value = memory.read64(gva + 8);
        } catch (GuestFault e) {
            return -Errno.EFAULT;
        }
        int command = (int) pointer & 7;
        long at = pointer & ~7L;
        return switch (command) {
            case NORMAL, PRESERVE_AD, NO_TRANSLATE ->
                    io ? updateIo(at, value) : updates.update(at, value, command == PRESERVE_AD);
            case MACHPHYS -> machphys(at >>> 12, value);
            default -> -Errno.ENOSYS;
        };
    }

    /** For pages of DOMID_IO: no domain has any, so a present entry is always refused. */
    private int updateIo(long at, long value) {
        int level = types.tableLevel(at >>> 12);
        if (level > 1) {
            return -Errno.EINVAL;
        }
        if (level == 1 && Pte.present(value)) {
            return updates.refuseIo(value);
        }
        return updates.update(at, value, false);
    }

    private int machphys(long mfn, long pfn) {
        FrameTable frames = domain.frames();
        if (frames.owner(mfn) != domain.domid) {
            return log.refuse("M2P update of a foreign frame", -Errno.EINVAL, mfn);
        }
        machine.m2p.set(mfn, pfn);
        return 0;
    }
}
