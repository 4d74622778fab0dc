package org.xenolith.xen.trace;

import java.util.Locale;

/** Kinds of events that can be traced. */
public enum TraceKind {
    /** VM exits of HVM and PVH domains. */
    EXITS,
    /** Hypercalls. */
    HYPERCALLS,
    /** Exceptions and software interrupts of PV domains that reach the hypervisor. */
    TRAPS;

    /** The name that users give it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
