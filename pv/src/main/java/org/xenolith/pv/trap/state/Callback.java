package org.xenolith.pv.trap.state;

/** An entry point registered with HYPERVISOR_callback_op (public/callback.h). */
public final class Callback {
    /** Linear address, 0 while none is registered. */
    public long address;

    /** CALLBACKF_mask_events: entry masks event delivery. */
    public boolean masksEvents;

    /** Registers the entry point. */
    public void set(long entry, boolean mask) {
        address = entry;
        masksEvents = mask;
    }
}
