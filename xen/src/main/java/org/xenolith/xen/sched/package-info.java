/**
 * Runs the machine. {@link org.xenolith.xen.sched.Scheduler} interleaves the virtual processors of
 * all domains on one host thread, always the one that is furthest behind in virtual time, so that a
 * run depends on nothing but its input. {@link org.xenolith.cpu.run.IdleSource} is where that input
 * comes from, {@link org.xenolith.xen.sched.HostClock} what ties virtual time to the host's when
 * somebody wants that.
 */
package org.xenolith.xen.sched;
