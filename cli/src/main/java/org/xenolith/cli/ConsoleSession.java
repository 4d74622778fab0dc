package org.xenolith.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.DomainRunner;
import org.xenolith.cli.run.Dumps;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.Host;
import org.xenolith.cli.run.HostConsoleInput;
import org.xenolith.cli.run.HostConsoleOutput;
import org.xenolith.cli.run.HostRequest;
import org.xenolith.cli.run.HostRequests;
import org.xenolith.cli.run.RunException;
import org.xenolith.cli.run.RunOutcome;
import org.xenolith.cli.terminal.Signals;
import org.xenolith.cli.terminal.Terminal;
import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.xen.trace.Tracer;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;

/** Connects a guest with this process: its console with our streams, our signals with it. */
final class ConsoleSession {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleSession.class);

    /** Ctrl-], as in {@code xl console} and telnet. */
    private static final int LEAVE_KEY = 0x1d;

    /** Ctrl-\, with which a JVM in a terminal shows what its threads do. */
    private static final int DUMP_KEY = 0x1c;

    /** How long a pipe's writer has to finish before the guest starts anyway. */
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private ConsoleSession() {}

    /** What runs with this process as its host. */
    interface Guest<T> {
        /**
         * Runs to the end.
         *
         * @throws RunException if it cannot start
         */
        T run(Host host) throws RunException;
    }

    /**
     * Runs the domain to its end; what is to be said about that goes to {@code err}.
     *
     * @param dumps when its state is to be shown
     * @param tracer takes its events
     */
    static ExitStatus run(
            GuestImages images, EngineConfig engine, Dumps dumps, Tracer tracer, PrintWriter err)
            throws RunException {
        DomainConfig config = images.config();
        LOG.info(
                "domain {} ({}): {} MiB, {} vCPUs, kernel {}",
                config.name(),
                config.uuid(),
                config.memory(),
                config.vcpus(),
                config.kernel());
        RunOutcome outcome =
                onTerminal(
                        config.timeout(),
                        engine,
                        dumps,
                        host ->
                                DomainRunner.run(
                                        config, images.kernel(), images.ramdisk(), host, tracer));
        outcome.report().ifPresent(report -> err.println("xenolith: " + report.stripTrailing()));
        err.flush();
        return outcome.status();
    }

    /**
     * Runs something with this process's streams, signals and terminal.
     *
     * @param timeout host time after which {@link HostRequest#TIMEOUT} is posted
     * @param engine how its code is executed
     * @param dumps when its state is to be shown
     */
    static <T> T onTerminal(
            Optional<Duration> timeout, EngineConfig engine, Dumps dumps, Guest<T> guest)
            throws RunException {
        HostRequests requests = new HostRequests();
        Optional<Terminal> terminal = Terminal.open();
        boolean raw = terminal.isPresent() && terminal.get().makeRaw();
        Logging.setTerminalIsRaw(raw);
        Timer timer = new Timer("timeout", true);
        try {
            HostConsoleInput input = input(raw, requests);
            requests.onPost(input::wake);
            Signals.handle("INT", () -> interrupt(requests));
            Signals.handle("USR1", requests::dump);
            timeout.ifPresent(
                    time -> timer.schedule(timeout(requests), Math.max(1, time.toMillis())));
            if (raw) {
                sayTerminal(terminal);
            }
            var output = new HostConsoleOutput(new FileOutputStream(FileDescriptor.out), requests);
            return guest.run(new Host(input, output, requests, raw, dumps, engine));
        } finally {
            timer.cancel();
            Logging.setTerminalIsRaw(false);
            terminal.ifPresent(Terminal::close);
        }
    }

    private static HostConsoleInput input(boolean raw, HostRequests requests) {
        HostConsoleInput input =
                new HostConsoleInput(
                        new FileInputStream(FileDescriptor.in),
                        character -> raw && isOurs(character, requests));
        input.start();
        if (!raw) {
            input.settle(SETTLE_NANOS);
        }
        return input;
    }

    /** Does what a key asks of us; false for those of the guest. */
    private static boolean isOurs(int character, HostRequests requests) {
        switch (character) {
            case LEAVE_KEY -> requests.post(HostRequest.LEAVE);
            case DUMP_KEY -> requests.dump();
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void interrupt(HostRequests requests) {
        requests.interrupt();
        if (requests.current() == HostRequest.SHUTDOWN) {
            LOG.warn("asking the guest to shut down; another interrupt destroys it");
        }
    }

    private static TimerTask timeout(HostRequests requests) {
        return new TimerTask() {
            @Override
            public void run() {
                requests.post(HostRequest.TIMEOUT);
            }
        };
    }

    private static void sayTerminal(Optional<Terminal> terminal) {
        String size =
                terminal.flatMap(Terminal::size)
                        .map(s -> " of " + s.columns() + " columns and " + s.rows() + " rows")
                        .orElse("");
        LOG.info(
                "the console is a terminal{}; Ctrl-] leaves, Ctrl-\\ dumps the guest's state",
                size);
    }
}
