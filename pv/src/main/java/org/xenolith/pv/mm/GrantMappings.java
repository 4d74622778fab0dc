package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;

/**
 * L1 entries that map granted frames. The grant's handle holds the references on the frame, so
 * these entries hold none; {@link EntryChecks#grantEntries} remembers which they are.
 */
final class GrantMappings {
    private static final int OKAY = 0;
    private static final int GENERAL_ERROR = -1;

    private final Domain domain;
    private final PageTypes types;
    private final DomainPages pages;
    private final PageTableUpdates updates;
    private final Roots roots;
    private final TlbFlushes tlbs;

    GrantMappings(
            Domain domain,
            PageTypes types,
            DomainPages pages,
            PageTableUpdates updates,
            Roots roots,
            TlbFlushes tlbs) {
        this.domain = domain;
        this.types = types;
        this.pages = pages;
        this.updates = updates;
        this.roots = roots;
        this.tlbs = tlbs;
    }

    int map(Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        long at = locate(caller, hostAddress, ptePointer);
        if (at < 0) {
            return GENERAL_ERROR;
        }
        long access = Pte.PRESENT | Pte.ACCESSED | Pte.DIRTY | (readOnly ? 0 : Pte.WRITE);
        long old = domain.machine.ram.get64(at);
        domain.machine.memory.put64(at, Pte.adjusted(1, mfn << 12 | access));
        types.entries.put(1, old, at);
        types.entries.grantEntries.add(at);
        pages.flushStale();
        return OKAY;
    }

    int unmap(Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        long at = locate(caller, hostAddress, ptePointer);
        if (at < 0) {
            return GENERAL_ERROR;
        }
        long entry = domain.machine.ram.get64(at);
        if (!types.entries.grantEntries.contains(at)
                || !Pte.present(entry)
                || Pte.mfn(entry) != mfn
                || Pte.writable(entry) == readOnly) {
            return GENERAL_ERROR;
        }
        domain.machine.memory.put64(at, 0);
        types.entries.put(1, entry, at);
        if (ptePointer) {
            tlbs.all();
        } else {
            tlbs.page(hostAddress);
        }
        return OKAY;
    }

    private long locate(Vcpu caller, long hostAddress, boolean ptePointer) {
        if (!ptePointer) {
            return updates.l1Entry(roots.kernel(caller), hostAddress);
        }
        boolean usable =
                (hostAddress & 7) == 0 && types.tableLevel(hostAddress >>> 12) == FrameTable.L1;
        return usable ? hostAddress : -1;
    }
}
