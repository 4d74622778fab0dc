package org.xenolith.cli;

import org.xenolith.cli.config.ConfigException;
import org.xenolith.cli.log.Logging;
import org.xenolith.cli.run.Dumps;

import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Options of all commands that run a guest: when to show its state. */
final class DumpOptions {
    private static final int NANOSECOND_DIGITS = 9;

    @Option(
            names = "--dump-at",
            paramLabel = "SECONDS",
            description =
                    "Write the state of all processors, with their VMCS, to standard error at this"
                            + " virtual time, to the nanosecond; may be repeated. At other times:"
                            + " Ctrl-\\ on a terminal, or the signal USR1.")
    private List<BigDecimal> times = new ArrayList<>();

    /**
     * What they ask for.
     *
     * @param err takes the dumps
     * @throws ConfigException if there is no such time
     */
    Dumps dumps(PrintWriter err) throws ConfigException {
        List<Long> nanoseconds = new ArrayList<>();
        for (BigDecimal time : times) {
            nanoseconds.add(nanoseconds(time));
        }
        return new Dumps(
                nanoseconds,
                text -> {
                    err.print(Logging.lines("xenolith: " + text + "\n"));
                    err.flush();
                });
    }

    private static long nanoseconds(BigDecimal time) throws ConfigException {
        // Exponents have no bound: 1e999999999 must not become a number with so many digits.
        boolean likely = time.signum() >= 0 && time.precision() - time.scale() <= 9;
        if (!likely || time.stripTrailingZeros().scale() > NANOSECOND_DIGITS) {
            throw new ConfigException(
                    "--dump-at: "
                            + time
                            + " is no time in seconds, from 0, with 9 decimals at most");
        }
        return time.movePointRight(NANOSECOND_DIGITS).longValueExact();
    }
}
