package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.hypercall.Errno;

/** Domain arguments of memory hypercalls (DOMID_* of public/xen.h). No domain is privileged. */
final class Foreign {
    static final int DOMID_SELF = 0x7ff0;
    static final int DOMID_IO = 0x7ff1;
    private static final int DOMID_XEN = 0x7ff2;

    private Foreign() {}

    /**
     * Checks the owner of pages that a caller wants to map: itself (DOMID_SELF only) or DOMID_IO.
     *
     * @return 0, -ESRCH or -EPERM
     */
    static int pageOwner(Domain caller, int domid) {
        return switch (domid) {
            case DOMID_SELF, DOMID_IO -> 0;
            case DOMID_XEN -> -Errno.EPERM;
            default ->
                    domid == caller.domid || caller.machine.domain(domid) == null
                            ? -Errno.ESRCH
                            : -Errno.EPERM;
        };
    }
}
