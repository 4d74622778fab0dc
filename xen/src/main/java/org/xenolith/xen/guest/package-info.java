/**
 * A domain as its user starts it: what {@code xl create} and the daemons of a control domain do on
 * a real Xen for any type of guest. {@link org.xenolith.xen.guest.Guest} is the running domain with
 * its xenstore tree, its rings and its console; the {@code pv} and {@code hvm} modules build it.
 */
package org.xenolith.xen.guest;
