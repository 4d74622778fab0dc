/**
 * Event channels (public/event_channel.h): numbered ports through which domains, the hypervisor and
 * a domain's own processors raise one-bit events.
 *
 * <p>{@link org.xenolith.xen.event.EventChannels} is one domain's table of ports and what
 * hypercalls do to it. How a raised port becomes visible in memory that the guest shares is the
 * business of two encodings behind one interface: bitmaps in shared_info ("2-level") and queues of
 * linked event words ("FIFO"), which the guest may switch to. Both treat what the guest left in
 * that memory as hostile.
 *
 * <p>This package sees its domain through {@link org.xenolith.xen.event.EventDomain} and {@link
 * org.xenolith.xen.event.EventVcpu} only.
 */
package org.xenolith.xen.event;
