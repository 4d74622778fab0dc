/**
 * Runs the processors of a machine that has no hypervisor of ours. {@link
 * org.xenolith.cpu.run.ProcessorLoop} interleaves them on one host thread, always the one that is
 * furthest behind in virtual time; {@link org.xenolith.cpu.run.VirtualClock} is that time as
 * devices see it; {@link org.xenolith.cpu.run.IdleSource} is where input from the host comes from.
 * A run depends on nothing but that input.
 */
package org.xenolith.cpu.run;
