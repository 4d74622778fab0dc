/**
 * What the hypervisor remembers of a PV virtual processor beyond the processor's own registers: its
 * virtual trap table, callbacks, kernel stack, I/O privilege and the guest's view of control and
 * debug registers.
 *
 * <p>Start at {@link org.xenolith.pv.trap.state.VcpuState}. Guests run at CPL 3 always; whether the
 * guest's kernel or its user program runs is {@link
 * org.xenolith.pv.trap.state.VcpuState#kernelMode}, and each has a page-table root of its own.
 */
package org.xenolith.pv.trap.state;
