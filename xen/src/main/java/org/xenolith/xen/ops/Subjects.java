package org.xenolith.xen.ops;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.hypercall.Errno;

/** Domains that operations are about (DOMID_* of public/xen.h). No domain is privileged. */
public final class Subjects {
    /** The caller itself. */
    public static final int DOMID_SELF = 0x7ff0;

    private Subjects() {}

    /**
     * Checks that an operation concerns its caller, named by DOMID_SELF or its number.
     *
     * @return 0, -ESRCH or -EPERM
     */
    public static int own(Domain caller, int domid) {
        if (domid == DOMID_SELF || domid == caller.domid) {
            return 0;
        }
        return caller.machine.domain(domid) == null ? -Errno.ESRCH : -Errno.EPERM;
    }
}
