package org.xenolith.cli.run;

import org.xenolith.xen.guest.Guest;

import java.util.function.Supplier;

/**
 * A guest that has been built.
 *
 * @param guest its domain
 * @param console its console's other end
 * @param statistics facts about its run so far, one a line
 */
record RunningGuest(Guest guest, ConsoleGuest console, Supplier<String> statistics) {}
