/**
 * Pages that a guest shares with a backend of ours. {@link org.xenolith.xen.ring.RingPage} is the
 * page, {@link org.xenolith.xen.ring.ByteRing} the byte queue that xenstore and the console keep in
 * one. Start with ByteRing: it shows how offsets that a hostile guest may have written are met.
 */
package org.xenolith.xen.ring;
