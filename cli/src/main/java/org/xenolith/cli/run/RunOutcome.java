package org.xenolith.cli.run;

import java.util.Optional;

/**
 * How a run ended.
 *
 * @param status what the program exits with
 * @param report lines for standard error, such as the guest's crash record
 */
public record RunOutcome(ExitStatus status, Optional<String> report) {
    /** The guest powered off. */
    public static RunOutcome poweredOff() {
        return new RunOutcome(ExitStatus.SUCCESS, Optional.empty());
    }

    /** The guest crashed; {@code record} describes its state. */
    public static RunOutcome crashed(String record) {
        return new RunOutcome(ExitStatus.CRASHED, Optional.of(record));
    }

    /** The run cannot go on for a reason of our own. */
    public static RunOutcome failed(String reason) {
        return new RunOutcome(ExitStatus.FAILURE, Optional.of(reason));
    }

    /** The host ended the run. */
    public static RunOutcome endedBy(HostRequest request) {
        return switch (request) {
            case LEAVE -> new RunOutcome(ExitStatus.SUCCESS, Optional.empty());
            case TIMEOUT -> new RunOutcome(ExitStatus.TIMED_OUT, Optional.of("timeout"));
            case INTERRUPT -> new RunOutcome(ExitStatus.INTERRUPTED, Optional.of("interrupted"));
            case OUTPUT_CLOSED ->
                    new RunOutcome(ExitStatus.FAILURE, Optional.of("standard output was closed"));
            case NONE, SHUTDOWN ->
                    throw new IllegalArgumentException(request + " does not end a run");
        };
    }
}
