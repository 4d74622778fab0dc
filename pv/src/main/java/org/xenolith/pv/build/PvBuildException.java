package org.xenolith.pv.build;

/**
 * A kernel that cannot be started with the given settings. The message is one line for the user.
 */
public final class PvBuildException extends Exception {
    private static final long serialVersionUID = 1L;

    PvBuildException(String message) {
        super(message);
    }
}
