package org.xenolith.xen.guest;

import org.xenolith.xen.domain.Domain;

/**
 * Event channels that a domain's builder allocates before anything else.
 *
 * @param store of the xenstore ring
 * @param console of the console ring
 */
public record GuestPorts(int store, int console) {
    /** The control domain, at whose side the hypervisor itself stands. */
    static final int CONTROL_DOMAIN = 0;

    /** Allocates them. */
    public static GuestPorts of(Domain domain) {
        return new GuestPorts(
                domain.events.allocUnboundFor(CONTROL_DOMAIN),
                domain.events.allocUnboundFor(CONTROL_DOMAIN));
    }
}
