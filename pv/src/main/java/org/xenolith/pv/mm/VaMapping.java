package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

/** The hypercalls update_va_mapping and update_va_mapping_otherdomain (UVMF_* of public/xen.h). */
final class VaMapping {
    private static final int FLUSH_TYPE = 3;
    private static final int TLB_FLUSH = 1;
    private static final int INVLPG = 2;
    private static final long LOCAL = 0;
    private static final long ALL = 4;

    private final Domain domain;
    private final Roots roots;
    private final DomainPages pages;
    private final PageTableUpdates updates;
    private final TlbFlushes tlbs;

    VaMapping(
            Domain domain,
            Roots roots,
            DomainPages pages,
            PageTableUpdates updates,
            TlbFlushes tlbs) {
        this.domain = domain;
        this.roots = roots;
        this.pages = pages;
        this.updates = updates;
        this.tlbs = tlbs;
    }

    /** Sets the L1 entry for a gva in the kernel's address space, then flushes as asked. */
    long call(Vcpu vcpu, GuestMemory memory, long gva, long entry, long flags, int pageDomain)
            throws GuestFault {
        int rc = Foreign.pageOwner(domain, pageDomain);
        if (rc != 0) {
            return rc;
        }
        long at = updates.l1Entry(roots.kernel(vcpu), gva);
        if (at < 0) {
            return -Errno.EINVAL;
        }
        rc =
                pageDomain == Foreign.DOMID_IO && Pte.present(entry)
                        ? updates.refuseIo(entry)
                        : updates.set(at, 1, entry, false);
        if (rc != 0) {
            return rc;
        }
        pages.flushStale();
        int type = (int) flags & FLUSH_TYPE;
        if (type == TLB_FLUSH || type == INVLPG) {
            boolean[] set = processors(vcpu, memory, flags & ~(long) FLUSH_TYPE);
            tlbs.some(set, type == INVLPG, gva);
        }
        return 0;
    }

    private boolean[] processors(Vcpu caller, GuestMemory memory, long which) throws GuestFault {
        if (which == LOCAL || which == ALL) {
            boolean[] set = new boolean[domain.vcpus.length];
            for (int i = 0; i < set.length; i++) {
                set[i] = which == ALL || i == caller.id;
            }
            return set;
        }
        return tlbs.processors(memory, which);
    }
}
