package org.xenolith.xen.event;

import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.frames.SharedMemory;
import org.xenolith.xen.hypercall.GuestAbi;

/** What event channels need of the domain they belong to. */
public interface EventDomain {
    int domid();

    SharedMemory memory();

    FrameTable frames();

    /** Machine address of shared_info. */
    long sharedInfo();

    /** The layout of shared_info and vcpu_info. */
    GuestAbi sharedAbi();

    /** Number of virtual processors, online or not. */
    int vcpuCount();

    /** The processor with an id from 0 to {@link #vcpuCount} - 1. */
    EventVcpu eventVcpu(int id);

    /** Machine frame behind a guest frame number, or -1. */
    long gfnToMfn(long gfn);

    /** The event channels of a domain, or null if there is no such domain. */
    EventChannels eventsOf(int domid);
}
