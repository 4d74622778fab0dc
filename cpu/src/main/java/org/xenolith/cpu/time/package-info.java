/**
 * Deadlines in virtual time, whose unit is the nanosecond and whose origin is the start of the
 * machine. {@link org.xenolith.cpu.time.TimerQueue} orders {@link org.xenolith.cpu.time.Timer}s so
 * that nothing but the guests decides which fires first. Nothing here looks at the host's clock.
 */
package org.xenolith.cpu.time;
