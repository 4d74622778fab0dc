package org.xenolith.xen.sched;

/** The host's time, for runs in which guests shall see time pass as the host does. */
@FunctionalInterface
public interface HostClock {
    /** Nanoseconds since some fixed moment; never goes back. */
    long now();
}
