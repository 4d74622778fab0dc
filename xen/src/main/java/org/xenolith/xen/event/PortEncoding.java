package org.xenolith.xen.event;

/** How ports are represented in memory shared with the guest. */
sealed interface PortEncoding permits TwoLevelEncoding, FifoEncoding {
    /** Ports that can be represented, 0 to this - 1. */
    int limit();

    /** A port was given a new use. */
    void initialise(Port port);

    /**
     * Raises a port.
     *
     * @return whether it was not pending before
     */
    boolean setPending(Port port);

    void clearPending(Port port);

    /** Clears the guest's mask and delivers what is pending behind it. */
    void unmask(Port port);

    boolean isPending(Port port);

    /** Whether a closed port is still in use by the guest's queues and may not be given out. */
    boolean isBusy(Port port);

    /** Chooses the queue of future events; 0 or a negated error number. */
    int setPriority(Port port, int priority);

    /** Returns the guest's pages. */
    void destroy();
}
