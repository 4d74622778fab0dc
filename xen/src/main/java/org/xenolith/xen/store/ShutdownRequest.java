package org.xenolith.xen.store;

/** What a guest can be asked to do through its control/shutdown node. */
public enum ShutdownRequest {
    POWEROFF("poweroff"),
    HALT("halt"),
    REBOOT("reboot"),
    SUSPEND("suspend");

    private final String value;

    ShutdownRequest(String value) {
        this.value = value;
    }

    /** The text written to the node. */
    String value() {
        return value;
    }
}
