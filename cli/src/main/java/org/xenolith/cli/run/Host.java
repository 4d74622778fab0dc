package org.xenolith.cli.run;

import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.xen.console.ConsoleSink;

/**
 * What the host lends to a running domain.
 *
 * @param input what is typed on, or piped into, the guest's console
 * @param output where the guest's console goes
 * @param requests what the user asks meanwhile
 * @param interactive whether the input is a terminal with somebody at it
 * @param dumps when the guest's state is to be shown, and to whom
 * @param engine how the guest's code is executed, which it does not notice
 */
public record Host(
        ConsoleInput input,
        ConsoleSink output,
        HostRequests requests,
        boolean interactive,
        Dumps dumps,
        EngineConfig engine) {}
