package org.xenolith.pv.guest;

import org.xenolith.pv.PvDomain;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.pv.build.PvBuildParams;
import org.xenolith.pv.build.PvImage;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.guest.Guest;
import org.xenolith.xen.guest.GuestPorts;
import org.xenolith.xen.store.DomainStoreParameters;

/** Builds PV guests. */
public final class PvGuest {
    private static final int PAGES_PER_MIB = 256;

    /** What xl lets every domain have beyond its maximum: 1 MiB. */
    private static final int SLACK_PAGES = 256;

    private PvGuest() {}

    /**
     * Builds a machine that just holds the guest, and the guest in it.
     *
     * @param output receives what the guest writes to its console
     * @throws PvBuildException if the kernel cannot be started as it is asked for; the message is
     *     one line
     */
    public static Guest build(PvGuestConfig config, ConsoleSink output) throws PvBuildException {
        int maxPages = config.maxMemoryMiB() * PAGES_PER_MIB;
        int pages = config.memoryMiB() * PAGES_PER_MIB;
        long frames = PvMachine.framesFor(maxPages + SLACK_PAGES, config.vcpus());
        Machine machine = new Machine(frames << 12, config.engine());
        machine.wallclock = config.wallclock();
        PvMachine pvMachine = new PvMachine(machine);
        PvDomain pv =
                PvDomain.create(
                        pvMachine, config.domid(), config.name(), config.uuid(), config.vcpus());
        Domain domain = pv.domain;
        GuestPorts ports = GuestPorts.of(domain);
        PvImage image =
                pv.build(
                        new PvBuildParams(
                                config.kernel(),
                                config.ramdisk(),
                                config.commandLine(),
                                pages,
                                maxPages,
                                ports.store(),
                                ports.console()));
        domain.maxPages = maxPages + SLACK_PAGES;
        return Guest.connect(
                domain,
                ports,
                new Guest.Rings(
                        image.storeMfn(), image.storeMfn(), image.consoleMfn(), image.consoleMfn()),
                new Guest.Description(
                        config.memoryMiB(),
                        config.maxMemoryMiB(),
                        new DomainStoreParameters.Image(
                                "linux",
                                config.kernel().name(),
                                config.ramdisk().length == 0 ? null : "ramdisk",
                                config.commandLine(),
                                config.wallclock().text())),
                output);
    }
}
