package org.xenolith.cli.config;

import java.util.Locale;

/** What happens with a domain that has shut down: xl.cfg's {@code on_poweroff} and its siblings. */
public enum ShutdownAction {
    /** The domain ends. */
    DESTROY,
    /** A new domain starts from the same configuration. */
    RESTART,
    /** As {@link #RESTART}; the old domain stays under another name. */
    RENAME_RESTART,
    /** The domain stays as it is. */
    PRESERVE,
    /** As {@link #DESTROY}, after its memory was saved to a file. */
    COREDUMP_DESTROY,
    /** As {@link #RESTART}, after its memory was saved to a file. */
    COREDUMP_RESTART,
    /** The domain is reset and goes on. */
    SOFT_RESET;

    /** The action of that name in xl.cfg, null when there is none. */
    static ShutdownAction named(String name) {
        for (ShutdownAction action : values()) {
            if (action.toString().equals(name)) {
                return action;
            }
        }
        return null;
    }

    /** The name in xl.cfg. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
