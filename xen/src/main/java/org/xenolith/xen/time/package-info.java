/**
 * Virtual time as guests are told of it: {@link org.xenolith.xen.time.Wallclock} is the date that
 * virtual time 0 stands for, {@link org.xenolith.xen.time.TimeInfo} the pvclock record. Deadlines
 * are kept by {@link org.xenolith.cpu.time.TimerQueue}.
 */
package org.xenolith.xen.time;
