/**
 * Instructions that a PV guest may not execute itself and that the hypervisor carries out for it:
 * privileged ones ({@link org.xenolith.pv.trap.emulate.PrivilegedInstructions}), CPUID behind Xen's
 * prefix ({@link org.xenolith.pv.trap.emulate.ForcedEmulation}) and writes to page tables ({@link
 * org.xenolith.pv.trap.emulate.PageTableWrites}).
 *
 * <p>All decode with the processor's own opcode table. An {@link
 * org.xenolith.pv.trap.emulate.Outcome} says what became of the instruction.
 */
package org.xenolith.pv.trap.emulate;
