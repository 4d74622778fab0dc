/**
 * What the hypervisor does for its guests, event by event, for people and tools: {@link
 * org.xenolith.xen.trace.Tracer} says which kinds are wanted and takes {@link
 * org.xenolith.xen.trace.TraceEvent}s. With none wanted, tracing costs one comparison an event.
 */
package org.xenolith.xen.trace;
