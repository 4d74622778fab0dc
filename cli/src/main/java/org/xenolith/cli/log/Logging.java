package org.xenolith.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;

import org.slf4j.LoggerFactory;

/** How much we say, and how lines end. */
public final class Logging {
    /**
     * Set by the launcher, which knows without a native call whether standard error is a terminal.
     */
    private static final boolean COLOUR = Boolean.getBoolean("xenolith.colour");

    private static volatile boolean verbose;
    private static volatile boolean terminalIsRaw;

    private Logging() {}

    /**
     * Sets the level by the number of {@code -v} options: 0 warnings, 1 what happens, 2 or more
     * details and stack traces.
     */
    public static void setVerbosity(int count) {
        Level level = count == 0 ? Level.WARN : count == 1 ? Level.INFO : Level.DEBUG;
        verbose = count >= 2;
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(level);
        }
    }

    /** Tells whether the terminal leaves line ends alone, as it does in raw mode. */
    public static void setTerminalIsRaw(boolean raw) {
        terminalIsRaw = raw;
    }

    /** Text with the line ends that standard error needs now. */
    public static String lines(String text) {
        return terminalIsRaw ? text.replace("\n", "\r\n") : text;
    }

    static boolean verbose() {
        return verbose;
    }

    static boolean colour() {
        return COLOUR;
    }
}
