/**
 * The numbers of the hypercall interface: {@link org.xenolith.xen.hypercall.HypercallNumber} names
 * the calls (public/xen.h), {@link org.xenolith.xen.hypercall.Errno} the errors they return, {@link
 * org.xenolith.xen.hypercall.GuestAbi} the two layouts of their arguments, and {@link
 * org.xenolith.xen.hypercall.SharedInfo} where the fields of the shared page are. The table that
 * dispatches them belongs to each domain; the calls themselves are in {@code org.xenolith.xen.ops}
 * and in the modules of the guest types.
 */
package org.xenolith.xen.hypercall;
