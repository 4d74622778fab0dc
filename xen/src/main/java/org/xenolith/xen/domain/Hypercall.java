package org.xenolith.xen.domain;

/** One entry of the hypercall table. */
@FunctionalInterface
public interface Hypercall {
    /**
     * Serves the hypercall.
     *
     * @param vcpu the calling virtual processor
     * @return the value for the guest's result register; an error is a negated {@link
     *     org.xenolith.xen.hypercall.Errno}
     * @throws GuestFault if a guest pointer is bad; the guest then gets -EFAULT
     */
    long call(Vcpu vcpu, long a1, long a2, long a3, long a4, long a5) throws GuestFault;
}
