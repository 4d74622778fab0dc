package org.xenolith.cli.run;

/** The bytes that the host has for the guest's console. Called by the machine's thread. */
public interface ConsoleInput {
    /** How many bytes can be read now; cheap enough to ask often. */
    int available();

    /** Reads at most {@code length} bytes without waiting; returns how many, from 0. */
    int read(byte[] target, int offset, int length);

    /** Whether all was read and nothing will follow. */
    boolean eof();

    /**
     * Waits for something new since the last wait: bytes, the end of the input, or a request posted
     * to {@link HostRequests}; at most for {@code nanos} of host time. Bytes that a {@link #read}
     * left behind are new; bytes that nobody tried to read are not.
     */
    void awaitInput(long nanos);

    /** Ends the current or else the next {@link #awaitInput}. Any thread may call this. */
    void wake();
}
