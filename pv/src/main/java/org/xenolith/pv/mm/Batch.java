package org.xenolith.pv.mm;

import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.hypercall.Errno;

/**
 * Progress of a hypercall that serves many requests. Xen lets long ones be interrupted and
 * continues them; here one call runs to its end, so a batch that no kernel sends is cut off with
 * -E2BIG, and the guest is told how far it came.
 */
final class Batch {
    /** Requests in one call. */
    private static final int MAX_REQUESTS = 1 << 17;

    /** Page-table entries examined in one call: about a second. */
    private static final long MAX_WORK = 1L << 27;

    private final PageTypes types;
    private final long count;
    private final long workAtStart;

    /** Requests served. */
    long done;

    Batch(PageTypes types, long count) {
        this.types = types;
        this.count = count;
        workAtStart = types.work;
    }

    boolean more() {
        return done < count && !exhausted();
    }

    private boolean exhausted() {
        return done >= MAX_REQUESTS || types.work - workAtStart > MAX_WORK;
    }

    /** The result when no request failed. */
    int result() {
        return done < count ? -Errno.E2BIG : 0;
    }

    /**
     * Stores the number of served requests, if the guest asked for it; a bad pointer is ignored.
     */
    void report(GuestMemory memory, long pdone) {
        if (pdone == 0) {
            return;
        }
        try {
            memory.write32(pdone, (int) done);
        } catch (GuestFault e) {
            // As Xen: the outcome of the requests counts, not that of the report.
            return;
        }
    }
}
