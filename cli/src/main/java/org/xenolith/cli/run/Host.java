package org.xenolith.cli.run;

import org.xenolith.xen.console.ConsoleSink;

/**
 * What the host lends to a running domain.
 *
 * @param input what is typed on, or piped into, the guest's console
 * @param output where the guest's console goes
 * @param requests what the user asks meanwhile
 * @param interactive whether the input is a terminal with somebody at it
 */
public record Host(
        ConsoleInput input, ConsoleSink output, HostRequests requests, boolean interactive) {}
