package org.xenolith.hvm.guest;

import org.xenolith.devices.serial.ByteSink;
import org.xenolith.devices.serial.Uart16550;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.hvm.HvmDomain;
import org.xenolith.hvm.build.HvmBuilder;
import org.xenolith.hvm.build.HvmGuestConfig;
import org.xenolith.hvm.ops.HvmParams;
import org.xenolith.hvm.p2m.P2m;
import org.xenolith.hvm.platform.BarePlatform;
import org.xenolith.hvm.platform.PcPlatform;
import org.xenolith.hvm.platform.Platform;
import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.guest.Guest;
import org.xenolith.xen.guest.GuestPorts;
import org.xenolith.xen.store.DomainStoreParameters;

import java.time.Instant;

/**
 * An HVM or PVH guest on a machine of its own, ready to run.
 *
 * @param guest the domain with its PV services
 * @param hvm what is special about it
 * @param com1 its first serial port, or null for a PVH guest
 */
public record HvmGuest(Guest guest, HvmDomain hvm, Uart16550 com1) {
    private static final int PAGES_PER_MIB = 256;

    /** What xl lets every domain have beyond its maximum, and the special frames. */
    private static final int SLACK_PAGES = 256 + 16;

    /** Frames of the hypervisor: grant tables, VMX structures and the like. */
    private static final int XEN_FRAMES = 1024;

    /**
     * Builds a machine that just holds the guest, and the guest in it.
     *
     * @param output receives what the guest writes to its consoles
     * @throws ImageException if the kernel cannot be started as it is asked for
     */
    public static HvmGuest build(HvmGuestConfig config, ConsoleSink output) throws ImageException {
        int maxPages = config.maxMemoryMiB() * PAGES_PER_MIB + SLACK_PAGES;
        long frames = maxPages + P2m.tablesFor(maxPages) + XEN_FRAMES;
        Machine machine = new Machine(frames << 12, config.engine());
        machine.wallclock = config.wallclock();
        Events events = new Events();
        ByteSink bytes = value -> output.accept(new byte[] {(byte) value}, 0, 1);
        Instant start = Instant.ofEpochSecond(config.wallclock().seconds());
        PcPlatform board =
                config.pvh() ? null : new PcPlatform(machine, start, bytes, bytes, events);
        Platform platform = board == null ? new BarePlatform(machine, bytes, events) : board;
        HvmDomain hvm =
                new HvmDomain(
                        machine,
                        config.domid(),
                        config.name(),
                        config.uuid(),
                        config.vcpus(),
                        config.model(),
                        platform);
        events.domain = hvm.domain;
        hvm.domain.maxPages = maxPages;
        GuestPorts ports = GuestPorts.of(hvm.domain);
        hvm.params.set(HvmParams.STORE_EVTCHN, ports.store());
        hvm.params.set(HvmParams.CONSOLE_EVTCHN, ports.console());
        HvmBuilder.build(hvm, config);
        long store = hvm.params.get(HvmParams.STORE_PFN);
        long console = hvm.params.get(HvmParams.CONSOLE_PFN);
        Guest guest =
                Guest.connect(
                        hvm.domain,
                        ports,
                        new Guest.Rings(hvm.gfnToMfn(store), store, hvm.gfnToMfn(console), console),
                        new Guest.Description(
                                config.memoryMiB(),
                                config.maxMemoryMiB(),
                                new DomainStoreParameters.Image(
                                        config.pvh() ? "linux" : "hvm",
                                        config.kernel().name(),
                                        config.modules().isEmpty() ? null : "ramdisk",
                                        config.commandLine(),
                                        config.wallclock().text())),
                        output);
        return new HvmGuest(guest, hvm, board == null ? null : board.com1());
    }

    /** What the guest asks of its machine becomes the end of its domain. */
    private static final class Events implements SystemEvents {
        private Domain domain;

        @Override
        public void powerOff() {
            domain.shutDown(ShutdownReason.POWEROFF);
        }

        @Override
        public void reset() {
            domain.shutDown(ShutdownReason.REBOOT);
        }

        @Override
        public void exit(int status) {
            throw new IllegalStateException("no port leads here");
        }

        /** Address line 20 is always there: nothing that runs on Xen masks it. */
        @Override
        public void a20(boolean enabled) {}
    }
}
