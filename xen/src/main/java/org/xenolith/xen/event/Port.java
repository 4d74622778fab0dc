package org.xenolith.xen.event;

/** One entry of a domain's table of ports. */
final class Port {
    enum State {
        FREE,
        RESERVED,
        UNBOUND,
        INTERDOMAIN,
        VIRQ,
        IPI
    }

    final int number;
    State state = State.FREE;

    /** Processor that is told. */
    int vcpu;

    /** For UNBOUND who may bind; for INTERDOMAIN the other side. */
    int remoteDomid;

    /** For INTERDOMAIN the other side's table, or null if the other side is {@link #listener}. */
    EventChannels remote;

    /** For INTERDOMAIN the other side's port. */
    int remotePort;

    /** For INTERDOMAIN with the hypervisor: called when the guest sends. */
    Runnable listener;

    int virq;

    /** FIFO: queue that the next event joins, 0 (highest) to 15. */
    int priority;

    /** FIFO: raised while the port had no event word yet. */
    boolean savedPending;

    /** FIFO: the queue that the port was last linked into. */
    int lastVcpu;

    int lastPriority;

    Port(int number) {
        this.number = number;
    }

    void free() {
        state = State.FREE;
        vcpu = 0;
        remote = null;
        listener = null;
    }
}
