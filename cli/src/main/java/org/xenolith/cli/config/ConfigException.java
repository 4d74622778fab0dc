package org.xenolith.cli.config;

/** A configuration that cannot be used; the message is one line for the user. */
public final class ConfigException extends Exception {
    /** A configuration that is wrong in the way that {@code message} says. */
    public ConfigException(String message) {
        super(message);
    }
}
