/**
 * A PV guest as its user starts it: a machine of its own, a domain built from a kernel image, its
 * xenstore tree and rings, its console. What {@code xl create} and the daemons of a control domain
 * do on a real Xen.
 */
package org.xenolith.pv.guest;
