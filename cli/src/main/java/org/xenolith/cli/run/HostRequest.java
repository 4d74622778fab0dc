package org.xenolith.cli.run;

/** What the host's side asks of a running domain. */
public enum HostRequest {
    /** Nothing. */
    NONE,
    /** Ask the guest to shut down, and go on. */
    SHUTDOWN,
    /** Destroy the domain: interrupted a second time. */
    INTERRUPT,
    /** Destroy the domain: the user left the console. */
    LEAVE,
    /** Destroy the domain: its time is over. */
    TIMEOUT,
    /** Destroy the domain: nobody reads what it writes. */
    OUTPUT_CLOSED;

    /** Whether the run is to end now. */
    public boolean endsRun() {
        return this != NONE && this != SHUTDOWN;
    }
}
