package org.xenolith.cpu.engine;

/**
 * A translation and the interpreter have come to different states; the message tells which. The
 * machine stands as the interpreter has left it.
 */
public final class VerificationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    VerificationException(String report) {
        super(report);
    }
}
