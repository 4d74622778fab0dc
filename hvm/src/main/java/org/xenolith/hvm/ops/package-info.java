/**
 * Hypercalls that only HVM and PVH domains have, or that mean something else to them than to PV:
 * {@link org.xenolith.hvm.ops.HvmHypercalls} puts them into a domain's table.
 */
package org.xenolith.hvm.ops;
