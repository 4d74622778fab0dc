/**
 * Xenstore: the tree of small values by which domains and the control domain configure devices and
 * signal each other (xenstore.txt, xenstore-ring.txt, io/xs_wire.h).
 *
 * <p>Read {@link org.xenolith.xen.store.XenStore} first, the store as the hypervisor uses it. Below
 * it, {@code Operations} holds the meaning of each request over a {@code NodeTable}, which is the
 * {@code LiveTree} or a {@code Transaction}'s view; {@code Permissions}, {@code Account} (quotas)
 * and {@code Watches} are the rules that apply. Guests arrive over {@link
 * org.xenolith.xen.store.StoreConnection}: {@code StoreRing} is the shared page, {@code
 * MessageReader} and {@code OutputQueue} its two directions, {@code RequestHandler} the protocol,
 * and {@code Session} what the connection holds. {@link org.xenolith.xen.store.DomainStoreTree}
 * writes what a toolstack says about a guest.
 */
package org.xenolith.xen.store;
