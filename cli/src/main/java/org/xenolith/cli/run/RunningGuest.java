package org.xenolith.cli.run;

import org.xenolith.xen.guest.Guest;

/**
 * A guest that has been built.
 *
 * @param guest its domain
 * @param console its console's other end
 */
record RunningGuest(Guest guest, ConsoleGuest console) {}
