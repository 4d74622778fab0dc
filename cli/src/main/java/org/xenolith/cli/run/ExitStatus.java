package org.xenolith.cli.run;

/** The exit statuses of the program. */
public enum ExitStatus {
    /** The guest powered off, or the user left its console. */
    SUCCESS(0),
    /** We failed, not the guest and not the user. */
    FAILURE(1),
    /** Wrong usage or configuration, or an image that cannot be used. */
    UNUSABLE(2),
    /** The guest crashed. */
    CRASHED(3),
    /** The time given by {@code --timeout} has passed. */
    TIMED_OUT(4),
    /** A second interrupt destroyed the guest; 128 + SIGINT, as shells have it. */
    INTERRUPTED(130);

    private final int code;

    ExitStatus(int code) {
        this.code = code;
    }

    /** The number that the process ends with. */
    public int code() {
        return code;
    }
}
