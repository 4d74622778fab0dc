/**
 * The hypercalls that all types of guests share. {@link org.xenolith.xen.ops.CommonHypercalls} puts
 * them into a domain's table; each class next to it is one hypercall with its sub-operations, reads
 * the guest's arguments through checked access, and leaves the work to the objects of {@code
 * org.xenolith.xen.domain}, {@code event} and {@code grant}.
 */
package org.xenolith.xen.ops;
