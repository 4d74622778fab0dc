package org.xenolith.cli.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.config.ShutdownAction;
import org.xenolith.firmware.image.KernelImage;
import org.xenolith.pv.build.PvBuildException;
import org.xenolith.pv.guest.PvGuest;
import org.xenolith.pv.guest.PvGuestConfig;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.sched.RunLimits;
import org.xenolith.xen.sched.Scheduler;
import org.xenolith.xen.time.Wallclock;

import java.time.Instant;

/** Builds a domain and runs it until it ends, and again if it is to be restarted. */
public final class DomainRunner {
    private static final Logger LOG = LoggerFactory.getLogger(DomainRunner.class);

    /** Highest number of an ordinary domain (DOMID_FIRST_RESERVED - 1, public/xen.h). */
    private static final int LAST_DOMID = 0x7fef;

    private DomainRunner() {}

    /**
     * Runs a PV domain in this thread until it powers off, crashes, or the host ends it.
     *
     * @param ramdisk the ramdisk's bytes, empty for none
     * @throws RunException when the domain cannot be built
     */
    public static RunOutcome run(DomainConfig config, KernelImage kernel, byte[] ramdisk, Host host)
            throws RunException {
        for (int domid = 1; ; domid = domid % LAST_DOMID + 1) {
            PvGuest guest = build(config, kernel, ramdisk, host, domid);
            long start = System.nanoTime();
            runOnce(guest, config, host);
            report(guest.domain(), System.nanoTime() - start);
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

    private static PvGuest build(
            DomainConfig config, KernelImage kernel, byte[] ramdisk, Host host, int domid)
            throws RunException {
        Wallclock date = config.realTime() ? Wallclock.of(Instant.now()) : Wallclock.FIXED;
        try {
            return PvGuest.build(
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
                            date,
                            host.engine()),
                    host.output());
        } catch (PvBuildException e) {
            throw RunException.unusable(e.getMessage());
        } catch (OutOfMemoryError e) {
            throw RunException.unusable(
                    "memory: the host cannot give " + config.maxMemory() + " MiB; ask for less");
        }
    }

    private static void runOnce(PvGuest guest, DomainConfig config, Host host) {
        ConsoleFeed feed = new ConsoleFeed(new PvConsole(guest), host);
        Scheduler scheduler = new Scheduler(guest.machine(), feed);
        feed.onStop(scheduler::requestStop);
        if (config.realTime()) {
            scheduler.realTime(System::nanoTime);
        }
        scheduler.run(RunLimits.NONE);
        guest.drainConsole();
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

    private static RunOutcome outcome(PvGuest guest, ShutdownReason reason) {
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
