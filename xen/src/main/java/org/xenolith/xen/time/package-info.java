/**
 * Virtual time. Its unit is the nanosecond, its origin the start of the machine, and every value is
 * what some processor's {@code now()} read or will read: nothing here looks at the host's clock.
 * {@link org.xenolith.xen.time.TimerQueue} holds the deadlines, {@link
 * org.xenolith.xen.time.Wallclock} the date that virtual time 0 stands for, and {@link
 * org.xenolith.xen.time.TimeInfo} is how guests are told (pvclock).
 */
package org.xenolith.xen.time;
