package org.xenolith.xen.guest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

/** A domain on a machine of its own, connected and ready to run. */
public final class Guest {
    private static final Logger LOG = LoggerFactory.getLogger(Guest.class);

    private final Domain domain;
    private final DomainStoreTree tree;
    private final StoreConnection store;
    private final ConsoleRing console;
    private final ConsoleSink output;
    private long bytesWritten;
    private boolean reportedStore;
    private boolean reportedConsole;

    private Guest(Domain domain, GuestPorts ports, Rings rings, ConsoleSink output) {
        Machine machine = domain.machine;
        this.domain = domain;
        this.output = output;
        tree = new DomainStoreTree(machine.store);
        store =
                new StoreConnection(
                        domain.domid,
                        machine.store,
                        new FrameRingPage(machine.memory, rings.storeMfn()),
                        () -> domain.events.notifyPort(ports.store()));
        console =
                new ConsoleRing(
                        new FrameRingPage(machine.memory, rings.consoleMfn()),
                        () -> domain.events.notifyPort(ports.console()));
    }

    /**
     * Machine frames of the guest's rings, and their numbers as the guest knows them.
     *
     * @param storeMfn xenstore ring
     * @param storeGfn the same as the guest names it
     * @param consoleMfn console ring
     * @param consoleGfn the same as the guest names it
     */
    public record Rings(long storeMfn, long storeGfn, long consoleMfn, long consoleGfn) {}

    /**
     * What the guest's xenstore tree says beyond what its domain knows.
     *
     * @param memoryMiB memory at start
     * @param maxMemoryMiB most that it may have
     * @param image what it was started from
     */
    public record Description(int memoryMiB, int maxMemoryMiB, DomainStoreParameters.Image image) {}

    /**
     * Connects a domain that has been built.
     *
     * @param output receives what the guest writes to its PV console
     */
    public static Guest connect(
            Domain domain,
            GuestPorts ports,
            Rings rings,
            Description description,
            ConsoleSink output) {
        Guest guest = new Guest(domain, ports, rings, output);
        domain.events.bindHypervisor(ports.store(), guest::serveStore);
        domain.events.bindHypervisor(ports.console(), guest::drainConsole);
        int control = GuestPorts.CONTROL_DOMAIN;
        domain.grants.reserve(GrantTable.RESERVED_CONSOLE, control, rings.consoleGfn());
        domain.grants.reserve(GrantTable.RESERVED_XENSTORE, control, rings.storeGfn());
        guest.tree.writeBase();
        guest.tree.writeDomain(
                new DomainStoreParameters(
                        domain.domid,
                        domain.name,
                        domain.uuid,
                        description.memoryMiB() * 1024L,
                        description.maxMemoryMiB() * 1024L,
                        domain.vcpus.length,
                        new DomainStoreParameters.Ring(ports.store(), rings.storeGfn()),
                        new DomainStoreParameters.Ring(ports.console(), rings.consoleGfn()),
                        "",
                        description.image()));
        domain.machine.store.introduceDomain(domain.domid);
        return guest;
    }

    /** The machine, to be run by a scheduler. */
    public Machine machine() {
        return domain.machine;
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
