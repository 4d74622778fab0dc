package org.xenolith.xen.trace;

/**
 * Something that the hypervisor has dealt with.
 *
 * @param kind what it is
 * @param time virtual nanoseconds
 * @param domid of the domain
 * @param vcpu of the processor
 * @param rip where the guest stood
 * @param what the exit's reason, the hypercall's name, or the exception
 * @param detail the exit's qualification, the hypercall's first argument, or the error code
 * @param done what was done about it, in a few words
 */
public record TraceEvent(
        TraceKind kind,
        long time,
        int domid,
        int vcpu,
        long rip,
        String what,
        long detail,
        String done) {}
