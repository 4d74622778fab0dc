package org.xenolith.xen.sched;

/** Why a run ended. */
public enum RunOutcome {
    /** Every domain has shut down; each knows its reason. */
    ALL_DOWN,
    /** {@link Scheduler#requestStop} was called. */
    STOPPED,
    /** A limit of {@link RunLimits} was reached. */
    LIMIT
}
