package org.xenolith.cli.run;

/** Why a command cannot do its work; the message is one line for the user. */
public final class RunException extends Exception {
    private final ExitStatus status;

    /** A failure that ends the program with {@code status}. */
    public RunException(ExitStatus status, String message) {
        super(message);
        this.status = status;
    }

    /** What the user named cannot be used. */
    public static RunException unusable(String message) {
        return new RunException(ExitStatus.UNUSABLE, message);
    }

    /** The status that the program ends with. */
    public ExitStatus status() {
        return status;
    }
}
