package org.xenolith.cli.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.DomainType;
import org.xenolith.cli.config.ShimConfig;
import org.xenolith.cli.config.ShutdownAction;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.firmware.boot.BootModule;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.hvm.build.HvmGuestConfig;
import org.xenolith.hvm.guest.HvmGuest;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.pv.guest.PvGuest;
import org.xenolith.pv.guest.PvGuestConfig;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.guest.Guest;
import org.xenolith.xen.sched.RunLimits;
import org.xenolith.xen.sched.Scheduler;
import org.xenolith.xen.time.Wallclock;
import org.xenolith.xen.trace.Tracer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Builds a domain and runs it until it ends, and again if it is to be restarted. */
public final class DomainRunner {
    private static final Logger LOG = LoggerFactory.getLogger(DomainRunner.class);

    /** Highest number of an ordinary domain (DOMID_FIRST_RESERVED - 1, public/xen.h). */
    private static final int LAST_DOMID = 0x7fef;

    /** The processor of translated guests: as Xen shows it, without VMX and MONITOR. */
    public static final String GUEST_MODEL = "max,+hypervisor,-monitor";

    private DomainRunner() {}

    /**
     * Runs a domain in this thread until it powers off, crashes, or the host ends it.
     *
     * @param ramdisk the ramdisk's bytes, empty for none
     * @param tracer takes the domain's events
     * @throws RunException when the domain cannot be built
     */
    public static RunOutcome run(
            DomainConfig config, GuestKernel kernel, byte[] ramdisk, Host host, Tracer tracer)
            throws RunException {
        for (int domid = 1; ; domid = domid % LAST_DOMID + 1) {
            RunningGuest running = build(config, kernel, ramdisk, host, domid);
            Guest guest = running.guest();
            guest.machine().tracer = tracer;
            guest.machine().virtualization = config.virtualization();
            long start = System.nanoTime();
            runOnce(running, config, host);
            report(guest.domain(), System.nanoTime() - start);
            running.statistics().get().lines().forEach(LOG::info);
            if (host.requests().current().endsRun()) {
                return RunOutcome.endedBy(host.requests().current());
            }
            ShutdownReason reason = guest.domain().shutdown;
            if (!restarts(action(config, reason))) {
                return outcome(guest, reason);
            }
            if (guest.domain().crash != null) {
                LOG.warn("{}", guest.crashReport().stripTrailing());
            }
            LOG.info("{}: {}: starting again", config.name(), reason);
        }
    }

    private static RunningGuest build(
            DomainConfig config, GuestKernel kernel, byte[] ramdisk, Host host, int domid)
            throws RunException {
        try {
            return switch (kernel) {
                case GuestKernel.Pv pv -> pv(config, pv.image(), ramdisk, host, domid);
                case GuestKernel.Translated t -> translated(config, t, ramdisk, host, domid);
            };
        } catch (PvBuildException | ImageException e) {
            throw RunException.unusable(e.getMessage());
        } catch (OutOfMemoryError e) {
            throw RunException.unusable(
                    "memory: the host cannot give " + config.maxMemory() + " MiB; ask for less");
        }
    }

    private static Wallclock date(DomainConfig config) {
        return config.realTime() ? Wallclock.of(Instant.now()) : Wallclock.FIXED;
    }

    private static RunningGuest pv(
            DomainConfig config, KernelImage kernel, byte[] ramdisk, Host host, int domid)
            throws PvBuildException {
        Guest guest =
                PvGuest.build(
                        new PvGuestConfig(
                                domid,
                                config.name(),
                                config.uuid(),
                                kernel,
                                ramdisk,
                                config.commandLine(),
                                config.memory(),
                                config.maxMemory(),
                                config.vcpus(),
                                date(config),
                                host.engine()),
                        host.output());
        return new RunningGuest(guest, new RingConsole(guest), () -> "");
    }

    private static RunningGuest translated(
            DomainConfig config,
            GuestKernel.Translated kernel,
            byte[] ramdisk,
            Host host,
            int domid)
            throws ImageException {
        HvmGuest hvm =
                HvmGuest.build(
                        new HvmGuestConfig(
                                kernel.type() == DomainType.PVH,
                                domid,
                                config.name(),
                                config.uuid(),
                                kernel.image(),
                                modules(config, kernel, ramdisk),
                                config.shim()
                                        .map(ShimConfig::commandLine)
                                        .orElse(config.commandLine()),
                                config.memory(),
                                config.maxMemory(),
                                config.vcpus(),
                                CpuModel.parse(GUEST_MODEL),
                                config.firmware(),
                                date(config),
                                host.engine()),
                        host.output());
        Guest guest = hvm.guest();
        return new RunningGuest(
                guest,
                hvm.com1() == null ? new RingConsole(guest) : new SerialConsole(guest, hvm.com1()),
                hvm.hvm()::exitStatistics);
    }

    /** The ramdisk; before it a kernel that is to run within. */
    private static List<BootModule> modules(
            DomainConfig config, GuestKernel.Translated kernel, byte[] ramdisk) {
        List<BootModule> modules = new ArrayList<>();
        kernel.guest().ifPresent(guest -> modules.add(new BootModule(config.commandLine(), guest)));
        if (ramdisk.length > 0) {
            modules.add(new BootModule("", ramdisk));
        }
        return modules;
    }

    private static void runOnce(RunningGuest running, DomainConfig config, Host host) {
        ConsoleFeed feed = new ConsoleFeed(running.console(), host);
        Scheduler scheduler = new Scheduler(running.guest().machine(), feed);
        feed.onStop(scheduler::requestStop);
        Domain domain = running.guest().domain();
        host.dumps().arm(domain.machine.timers, domain.name, domain::describe);
        feed.onDump(now -> host.dumps().write(domain.name, now, domain::describe));
        if (config.realTime()) {
            scheduler.realTime(System::nanoTime);
        }
        scheduler.run(RunLimits.NONE);
        running.guest().drainConsole();
    }

    private static void report(Domain domain, long nanos) {
        EngineReport.log(domain.machine.codeCache);
        long instructions = 0;
        for (Vcpu vcpu : domain.vcpus) {
            instructions += vcpu.cpu.instructions;
        }
        LOG.info(
                "{}: {} after {} instructions, {} s of virtual time ({} s, {} MIPS)",
                domain.name,
                domain.shutdown == null ? "destroyed" : domain.shutdown,
                instructions,
                "%.3f".formatted(domain.machine.now() / 1e9),
                "%.2f".formatted(nanos / 1e9),
                "%.0f".formatted(instructions * 1e3 / nanos));
    }

    private static ShutdownAction action(DomainConfig config, ShutdownReason reason) {
        return switch (reason) {
            case POWEROFF -> config.onPoweroff();
            case REBOOT -> config.onReboot();
            case CRASH -> config.onCrash();
            case SUSPEND, WATCHDOG, SOFT_RESET -> ShutdownAction.DESTROY;
        };
    }

    private static boolean restarts(ShutdownAction action) {
        return switch (action) {
            case RESTART, RENAME_RESTART, COREDUMP_RESTART -> true;
            case DESTROY, PRESERVE, COREDUMP_DESTROY, SOFT_RESET -> false;
        };
    }

    private static RunOutcome outcome(Guest guest, ShutdownReason reason) {
        return switch (reason) {
            case POWEROFF, REBOOT -> RunOutcome.poweredOff();
            case CRASH -> RunOutcome.crashed(guest.crashReport());
            case WATCHDOG -> RunOutcome.crashed(guest.domain().name + ": its watchdog expired");
            case SUSPEND, SOFT_RESET ->
                    RunOutcome.failed(
                            guest.domain().name
                                    + ": it asked for "
                                    + reason
                                    + ", which is not supported");
        };
    }
}
