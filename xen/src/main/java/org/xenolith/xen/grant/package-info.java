/**
 * Grant tables, version 1 (public/grant_table.h): how a domain lets another one use a frame of its
 * own. {@link org.xenolith.xen.grant.GrantTable} is what a domain offers, in frames that it shares
 * with the hypervisor; {@link org.xenolith.xen.grant.MapTrack} what a domain has mapped of others'.
 * The hypercall that joins the two, with the page tables of the guest, is in {@code
 * org.xenolith.xen.ops}.
 */
package org.xenolith.xen.grant;
