package org.xenolith.xen.event;

/** What event channels need of a virtual processor. */
public interface EventVcpu {
    int id();

    /** Machine address of the processor's vcpu_info, or 0 while it has none. */
    long infoAddress();

    /** vcpu_info.evtchn_upcall_pending was set, which had been clear. */
    void upcallRaised();

    /** Ends a wait in SCHEDOP_block or SCHEDOP_poll; nothing if the processor does not wait. */
    void wake();

    /** Whether the processor waits in SCHEDOP_poll for {@code port}. */
    boolean polls(int port);
}
