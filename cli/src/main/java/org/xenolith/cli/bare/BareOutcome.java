package org.xenolith.cli.bare;

import org.xenolith.cli.run.ExitStatus;
import org.xenolith.cli.run.RunOutcome;

import java.util.Optional;

/**
 * How a bare machine ended.
 *
 * @param status what the program exits with, 0 to 255: an {@link ExitStatus}, or the guest's choice
 * @param report lines for standard error
 */
public record BareOutcome(int status, Optional<String> report) {
    /** As a domain's run ends. */
    static BareOutcome of(RunOutcome outcome) {
        return new BareOutcome(outcome.status().code(), outcome.report());
    }

    /** The guest chose the status. */
    static BareOutcome chosen(int status) {
        return new BareOutcome(status & 0xff, Optional.empty());
    }
}
