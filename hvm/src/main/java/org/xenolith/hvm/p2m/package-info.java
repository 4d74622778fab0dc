/**
 * The physical memory of HVM and PVH domains: {@link org.xenolith.hvm.p2m.P2m} maps guest frame
 * numbers (gfn) to machine frames (mfn) in the EPT tables that the processor itself walks; {@link
 * org.xenolith.hvm.p2m.HvmMemory} fills them, changes them for the guest's memory hypercalls, and
 * {@link org.xenolith.hvm.p2m.HvmGuestMemory} is how hypercalls reach their arguments.
 *
 * <p>Addresses: gva (guest virtual), gpa (guest physical, {@code gfn << 12 | offset}), maddr
 * (machine).
 */
package org.xenolith.hvm.p2m;
