package org.xenolith.xen.sched;

/**
 * When to stop a run that would go on.
 *
 * @param instructions most instructions to retire, all processors together
 */
public record RunLimits(long instructions) {
    /** None. */
    public static final RunLimits NONE = new RunLimits(Long.MAX_VALUE);
}
