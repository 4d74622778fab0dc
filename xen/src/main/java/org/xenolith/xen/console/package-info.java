/**
 * The host's end of a guest's PV console. {@link org.xenolith.xen.console.ConsoleRing} moves bytes
 * between the shared page (io/console.h) and a {@link org.xenolith.xen.console.ConsoleSink} or the
 * host's input; whoever owns the event channel calls it on an event from the guest.
 */
package org.xenolith.xen.console;
