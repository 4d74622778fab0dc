package org.xenolith.pv.mm;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.xen.domain.Domain;

import java.util.HashSet;
import java.util.Set;

/** Notes each kind of refused request once per domain, because guests can repeat them at will. */
final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

    private final Domain domain;
    private final Set<String> seen = new HashSet<>();

    RefusalLog(Domain domain) {
        this.domain = domain;
    }

    /**
     * Notes a refusal.
     *
     * @param what a constant
     * @param error the negated error number, which is returned
     * @param subject the frame, entry or address in question
     */
    int refuse(String what, int error, long subject) {
        if (LOG.isDebugEnabled() && seen.add(what)) {
            LOG.debug(
                    "d{}: {} refused with {} (0x{})",
                    domain.domid,
                    what,
                    error,
                    Long.toHexString(subject));
        }
        return error;
    }
}
