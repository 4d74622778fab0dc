package org.xenolith.cli.run;

/** A guest as its console's other end sees it. Called by the machine's thread. */
public interface ConsoleGuest {
    /** How many bytes of console input the guest can take now. */
    int inputSpace();

    /** Whether the guest waits for input by asking for it again and again. */
    boolean polls();

    /** Hands console input to the guest; no more than {@link #inputSpace}. */
    void offerInput(byte[] data, int offset, int length);

    /** How many bytes the guest has written to its console so far. */
    long bytesWritten();

    /**
     * Asks the guest to shut down, in whatever way it may hear.
     *
     * @return whether that changed anything for it
     */
    boolean requestShutdown();
}
