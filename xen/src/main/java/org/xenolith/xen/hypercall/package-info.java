/**
 * The numbers of the hypercall interface: {@link org.xenolith.xen.hypercall.HypercallNumber} names
 * the calls (public/xen.h), {@link org.xenolith.xen.hypercall.Errno} the errors they return. The
 * table that dispatches them belongs to each domain; the calls themselves are in {@code
 * org.xenolith.xen.ops} and in the modules of the guest types.
 */
package org.xenolith.xen.hypercall;
