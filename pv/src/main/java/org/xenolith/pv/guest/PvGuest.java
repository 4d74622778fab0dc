package org.xenolith.pv.guest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.pv.PvDomain;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.pv.build.PvBuildParams;
import org.xenolith.pv.build.PvImage;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.xen.console.ConsoleRing;
import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.grant.GrantTable;
import org.xenolith.xen.ring.FrameRingPage;
import org.xenolith.xen.store.DomainStoreParameters;
import org.xenolith.xen.store.DomainStoreTree;
import org.xenolith.xen.store.ShutdownRequest;
import org.xenolith.xen.store.StoreConnection;

import java.util.Locale;

/** A PV guest on a machine of its own, ready to run. */
public final class PvGuest {
    private static final Logger LOG = LoggerFactory.getLogger(PvGuest.class);
    private static final int CONTROL_DOMAIN = 0;
    private static final int PAGES_PER_MIB = 256;

    /** What xl lets every domain have beyond its maximum: 1 MiB. */
    private static final int SLACK_PAGES = 256;

    private final Machine machine;
    private final Domain domain;
    private final DomainStoreTree tree;
    private final StoreConnection store;
    private final ConsoleRing console;
    private final ConsoleSink output;
    private long bytesWritten;
    private boolean reportedStore;
    private boolean reportedConsole;

    private PvGuest(
            Machine machine, Domain domain, Ports ports, PvImage image, ConsoleSink output) {
        this.machine = machine;
        this.domain = domain;
        this.output = output;
        tree = new DomainStoreTree(machine.store);
        store =
                new StoreConnection(
                        domain.domid,
                        machine.store,
                        new FrameRingPage(machine.memory, image.storeMfn()),
                        () -> domain.events.notifyPort(ports.store));
        console =
                new ConsoleRing(
                        new FrameRingPage(machine.memory, image.consoleMfn()),
                        () -> domain.events.notifyPort(ports.console));
    }

    private record Ports(int store, int console) {}

    /**
     * Builds a machine that just holds the guest, and the guest in it.
     *
     * @param output receives what the guest writes to its console
     * @throws PvBuildException if the kernel cannot be started as it is asked for; the message is
     *     one line
     */
    public static PvGuest build(PvGuestConfig config, ConsoleSink output) throws PvBuildException {
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
        Ports ports =
                new Ports(
                        domain.events.allocUnboundFor(CONTROL_DOMAIN),
                        domain.events.allocUnboundFor(CONTROL_DOMAIN));
        PvImage image =
                pv.build(
                        new PvBuildParams(
                                config.kernel(),
                                config.ramdisk(),
                                config.commandLine(),
                                pages,
                                maxPages,
                                ports.store,
                                ports.console));
        domain.maxPages = maxPages + SLACK_PAGES;
        PvGuest guest = new PvGuest(machine, domain, ports, image, output);
        guest.connect(config, ports, image);
        return guest;
    }

    private void connect(PvGuestConfig config, Ports ports, PvImage image) {
        domain.events.bindHypervisor(ports.store, this::serveStore);
        domain.events.bindHypervisor(ports.console, this::drainConsole);
        domain.grants.reserve(GrantTable.RESERVED_CONSOLE, CONTROL_DOMAIN, image.consoleMfn());
        domain.grants.reserve(GrantTable.RESERVED_XENSTORE, CONTROL_DOMAIN, image.storeMfn());
        tree.writeBase();
        tree.writePvDomain(
                new DomainStoreParameters(
                        config.domid(),
                        config.name(),
                        config.uuid(),
                        config.memoryMiB() * 1024L,
                        config.maxMemoryMiB() * 1024L,
                        config.vcpus(),
                        new DomainStoreParameters.Ring(ports.store, image.storeMfn()),
                        new DomainStoreParameters.Ring(ports.console, image.consoleMfn()),
                        "",
                        new DomainStoreParameters.Image(
                                "linux",
                                config.kernel().name(),
                                config.ramdisk().length == 0 ? null : "ramdisk",
                                config.commandLine(),
                                startTime(config))));
        machine.store.introduceDomain(config.domid());
    }

    private static String startTime(PvGuestConfig config) {
        long hundredths = config.wallclock().nanos() / 10_000_000;
        return "%d.%02d".formatted(config.wallclock().seconds(), hundredths);
    }

    /** The machine, to be run by a scheduler. */
    public Machine machine() {
        return machine;
    }

    public Domain domain() {
        return domain;
    }

    /** How many bytes of console input the guest can take now. */
    public int inputSpace() {
        return console.inputSpace();
    }

    /** Hands console input to the guest; returns how many bytes it took. */
    public int offerInput(byte[] data, int offset, int length) {
        return console.offerInput(data, offset, length);
    }

    /** Asks the guest's kernel to shut down, as {@code xl shutdown} does. */
    public boolean requestShutdown() {
        return tree.requestShutdown(domain.domid, ShutdownRequest.POWEROFF);
    }

    /** Moves what the guest has written to its console to the output. */
    public void drainConsole() {
        bytesWritten += console.drainOutput(output);
        if (console.error() != null && !reportedConsole) {
            reportedConsole = true;
            LOG.warn("{}: console ring: {}", domain.name, console.error());
        }
    }

    /** How many bytes the guest has written to its console so far. */
    public long bytesWritten() {
        return bytesWritten;
    }

    private void serveStore() {
        store.service();
        if (store.error() != null && !reportedStore) {
            reportedStore = true;
            LOG.warn("{}: xenstore connection: {}", domain.name, store.error());
        }
    }

    /** Registers, stack and last hypercalls of every online vCPU, one fact a line. */
    public String crashReport() {
        return String.format(
                Locale.ROOT,
                "%s crashed on vCPU %d: %s%n%s",
                domain.name,
                domain.crash.vcpu(),
                domain.crash.reason(),
                domain.crash.details());
    }
}
