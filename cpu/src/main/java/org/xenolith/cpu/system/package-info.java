/**
 * Protection, events and tasks as the processor itself does them (SDM vol. 3A, chapters 6 to 10):
 * what a kernel on the bare machine meets.
 *
 * <p>Start with {@link org.xenolith.cpu.system.NativeSupervisor}, which vectors exceptions through
 * the guest's own IDT with {@link org.xenolith.cpu.system.EventDelivery}. {@link
 * org.xenolith.cpu.system.InterruptReturn} leads back, {@link org.xenolith.cpu.system.FarControl}
 * and {@link org.xenolith.cpu.system.FastSystemCall} are the other ways between code segments,
 * {@link org.xenolith.cpu.system.TaskSwitch} the one between tasks. {@link
 * org.xenolith.cpu.system.Pins} and {@link org.xenolith.cpu.system.EventRecognition} bring events
 * from outside.
 *
 * <p>Everything here checks first and changes registers last, so that a fault finds the processor
 * as it was. Faults are thrown as {@link org.xenolith.cpu.state.CpuFault}.
 */
package org.xenolith.cpu.system;
