package org.xenolith.cli.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.slf4j.LoggerFactory;
import org.xenolith.cli.bare.BareOutcome;
import org.xenolith.cli.bare.BareRunner;
import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.config.DomainConfig;
import org.xenolith.cli.run.ConsoleInput;
import org.xenolith.cli.run.DomainRunner;
import org.xenolith.cli.run.Dumps;
import org.xenolith.cli.run.GuestKernel;
import org.xenolith.cli.run.Host;
import org.xenolith.cli.run.HostRequest;
import org.xenolith.cli.run.HostRequests;
import org.xenolith.cli.run.RunException;
import org.xenolith.cli.run.RunOutcome;
import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.xen.console.ConsoleSink;
import org.xenolith.xen.trace.Tracer;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.regex.Pattern;

/**
 * Somebody at a guest's console who knows in advance what to do: each step waits until a text
 * appears behind what was seen before, then types something or does something else. What is typed
 * depends on what the guest writes and on nothing of the host, so a run can be repeated.
 */
final class GuestSession implements ConsoleInput, ConsoleSink {
    /** Ends a guest that hangs; no test waits for it otherwise. */
    private static final long GIVE_UP_MILLIS = 200_000;

    private static final Pattern INSTRUCTIONS = Pattern.compile("after \\d{7,} instructions");

    private record Step(String expected, byte[] typed, Runnable action) {}

    private final HostRequests requests = new HostRequests();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Integer> commands = new LinkedHashMap<>();
    private int next;
    private int seen;
    private byte[] typed = {};
    private int position;
    private RunOutcome outcome;
    private EngineConfig engine = EngineConfig.DEFAULT;
    private final List<Long> dumpTimes = new ArrayList<>();
    private final List<String> dumped = new ArrayList<>();
    private List<String> log = List.of();

    /** Types a text when another has appeared. */
    GuestSession type(String expected, String typed) {
        steps.add(new Step(expected, typed.getBytes(ISO_8859_1), () -> {}));
        return this;
    }

    /** Asks the guest to shut down when a text has appeared, as an interrupt does. */
    GuestSession interrupt(String expected) {
        steps.add(new Step(expected, new byte[0], requests::interrupt));
        return this;
    }

    /** Leaves the console when a text has appeared. */
    GuestSession leave(String expected) {
        steps.add(new Step(expected, new byte[0], () -> requests.post(HostRequest.LEAVE)));
        return this;
    }

    /** Asks for a dump of the guest's state when a text has appeared. */
    GuestSession dump(String expected) {
        steps.add(new Step(expected, new byte[0], requests::dump));
        return this;
    }

    /** Has the guest's state dumped at a virtual time, in nanoseconds. */
    GuestSession dumpAt(long time) {
        dumpTimes.add(time);
        return this;
    }

    /** The dumps, in order. */
    List<String> dumped() {
        return dumped;
    }

    /** Waits for the shell of the ramdisk. */
    GuestSession shell() {
        return shell("/dev/hvc0");
    }

    /** As {@link #shell()}, with the console on another device. */
    GuestSession shell(String console) {
        type("xenolith: shell ready", "");
        type("# ", "stty -echo; exec sh " + console + "\n");
        return type("\n", "echo go 0\n");
    }

    /** In a {@link #shell()}: runs commands one after the other; see {@link #outputOf}. */
    GuestSession run(String... lines) {
        for (String line : lines) {
            int number = commands.size();
            type("go " + number + "\r\n", line + "\necho \"[$?]\" go " + (number + 1) + "\n");
            commands.put(line, number);
        }
        return this;
    }

    /** In a {@link #shell()}: runs a last command, which does not come back. */
    GuestSession runLast(String line) {
        return type("go " + commands.size() + "\r\n", line + "\n");
    }

    /** Executes the guest's code in a certain way. */
    GuestSession by(EngineConfig config) {
        engine = config;
        return this;
    }

    /** Runs the domain to its end. */
    GuestSession start(DomainConfig config) throws Exception {
        byte[] ramdisk =
                config.ramdisk().isPresent()
                        ? Files.readAllBytes(config.ramdisk().get())
                        : new byte[0];
        GuestKernel kernel = GuestKernel.load(config);
        outcome =
                host(
                        DomainRunner.class,
                        host -> DomainRunner.run(config, kernel, ramdisk, host, Tracer.OFF));
        return this;
    }

    /** Runs a bare machine to its end. */
    BareOutcome start(BareConfig config) throws Exception {
        return host(BareRunner.class, BareRunner.prepare(config)::run);
    }

    private interface Guest<T> {
        T run(Host host) throws RunException;
    }

    /** Runs a guest and keeps what {@code runner} logs. */
    private <T> T host(Class<?> runner, Guest<T> guest) throws RunException {
        Timer timer = new Timer("give up", true);
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        requests.post(HostRequest.TIMEOUT);
                    }
                },
                GIVE_UP_MILLIS);
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        events.start();
        Logger logger = (Logger) LoggerFactory.getLogger(runner);
        logger.setLevel(Level.INFO);
        logger.addAppender(events);
        try {
            T end = guest.run(new Host(this, this, requests, false, dumps(), engine));
            assertEquals(steps.size(), next, () -> "steps that were done; console:\n" + text);
            return end;
        } finally {
            timer.cancel();
            logger.detachAppender(events);
            logger.setLevel(null);
            log = events.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        }
    }

    private Dumps dumps() {
        return new Dumps(dumpTimes, dumped::add);
    }

    RunOutcome outcome() {
        return outcome;
    }

    /** What -v says at the end: how many instructions the guest has executed. */
    String instructions() {
        return INSTRUCTIONS
                .matcher(String.join("\n", log))
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError(log))
                .group();
    }

    byte[] console() {
        return output.toByteArray();
    }

    /** The whole console without carriage returns. */
    String text() {
        return text.toString().replace("\r", "");
    }

    /** What a command of {@link #run} wrote; it must have succeeded. */
    String outputOf(String command) {
        int number = commands.get(command);
        String begin = "go " + number + "\n";
        int from = text().indexOf(begin) + begin.length();
        int to = text().indexOf("[", text().indexOf("] go " + (number + 1) + "\n") - 4);
        String end = text().substring(to, text().indexOf("\n", to));
        assertEquals("[0] go " + (number + 1), end, command);
        return text().substring(from, to);
    }

    // ---- the console ---------------------------------------------------------------------------

    @Override
    public void accept(byte[] data, int off, int len) {
        output.write(data, off, len);
        text.append(new String(data, off, len, ISO_8859_1));
    }

    @Override
    public int available() {
        while (position == typed.length && next < steps.size()) {
            Step step = steps.get(next);
            int found = text.indexOf(step.expected, seen);
            if (found < 0) {
                break;
            }
            seen = found + step.expected.length();
            typed = step.typed;
            position = 0;
            next++;
            step.action.run();
        }
        return typed.length - position;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int count = Math.min(length, typed.length - position);
        System.arraycopy(typed, position, target, offset, count);
        position += count;
        return count;
    }

    /** Nobody but the guest itself can bring more, so no host time has to pass. */
    @Override
    public boolean eof() {
        return true;
    }

    @Override
    public void awaitInput(long nanos) {
        // Nothing comes from outside.
    }

    @Override
    public void wake() {
        // Never waits.
    }
}
