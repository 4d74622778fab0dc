/**
 * How a PV guest enters the hypervisor and comes back: traps, SYSCALL, events, iret.
 *
 * <p>Start at {@link org.xenolith.pv.trap.PvSupervisor}, the owner of ring 0 on one processor. What
 * it cannot settle itself it hands to the guest's kernel through {@link
 * org.xenolith.pv.trap.Bounce}, which builds the frame that the PV ABI promises. {@link
 * org.xenolith.pv.trap.TrapHypercalls} registers the hypercalls that belong here; the state they
 * act on is in {@code trap.state}, the emulation of single instructions in {@code trap.emulate} and
 * the CPUID policy in {@code trap.cpuid}.
 */
package org.xenolith.pv.trap;
