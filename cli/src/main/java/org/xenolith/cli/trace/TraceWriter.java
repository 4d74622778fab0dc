package org.xenolith.cli.trace;

import com.google.gson.stream.JsonWriter;

import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.RunException;
import org.xenolith.xen.trace.TraceEvent;
import org.xenolith.xen.trace.Tracer;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;

/**
 * Writes events, one a line. Numbers that are addresses or bits are hexadecimal, in JSON as strings
 * (its numbers have no 64 bits).
 */
public final class TraceWriter implements AutoCloseable {
    private final Writer out;
    private final boolean json;
    private final boolean toTerminal;
    private final Tracer tracer;

    private TraceWriter(TraceOption option, Writer out) {
        this.out = out;
        json = option.json();
        toTerminal = option.file().isEmpty();
        tracer = new Tracer(option.kinds(), this::write);
    }

    /**
     * Opens the file, if the option names one.
     *
     * @param terminal where events go otherwise
     * @throws RunException if it cannot be written
     */
    public static TraceWriter open(TraceOption option, Writer terminal) throws RunException {
        if (option.file().isEmpty()) {
            return new TraceWriter(option, terminal);
        }
        try {
            return new TraceWriter(option, Files.newBufferedWriter(option.file().get()));
        } catch (IOException e) {
            throw new RunException(
                    ExitStatus.UNUSABLE,
                    "--trace: cannot write " + option.file().get() + ": " + e.getMessage());
        }
    }

    /** What the machine hands its events to. */
    public Tracer tracer() {
        return tracer;
    }

    private void write(TraceEvent event) {
        String line = json ? json(event) : text(event);
        try {
            out.write(toTerminal ? Logging.lines(line) : line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(TraceEvent e) {
        return "%d.%09d d%dv%d %x %s (%x)%s%s%n"
                .formatted(
                        e.time() / 1_000_000_000,
                        e.time() % 1_000_000_000,
                        e.domid(),
                        e.vcpu(),
                        e.rip(),
                        e.what(),
                        e.detail(),
                        e.done().isEmpty() ? "" : ": ",
                        e.done());
    }

    private static String json(TraceEvent e) {
        StringWriter text = new StringWriter();
        try (JsonWriter writer = new JsonWriter(text)) {
            writer.beginObject();
            writer.name("kind").value(e.kind().toString());
            writer.name("time").value(e.time());
            writer.name("domid").value(e.domid());
            writer.name("vcpu").value(e.vcpu());
            writer.name("rip").value("0x" + Long.toHexString(e.rip()));
            writer.name("what").value(e.what());
            writer.name("detail").value("0x" + Long.toHexString(e.detail()));
            writer.name("done").value(e.done());
            writer.endObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.append('\n').toString();
    }

    @Override
    public void close() throws RunException {
        try {
            if (toTerminal) {
                out.flush();
            } else {
                out.close();
            }
        } catch (IOException e) {
            throw new RunException(
                    ExitStatus.FAILURE, "--trace: cannot write the file: " + e.getMessage());
        }
    }
}
