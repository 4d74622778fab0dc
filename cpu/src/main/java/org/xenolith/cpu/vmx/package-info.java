/**
 * Virtual-machine extensions (SDM vol. 3C, chapters 24 to 31): {@link org.xenolith.cpu.vmx.Vmcs} is
 * the structure that controls a guest, {@link org.xenolith.cpu.vmx.VmcsField} its fields, {@link
 * org.xenolith.cpu.vmx.NonRootOperation} what a guest's instructions and events cause (by operand
 * {@code Intercepts}, between instructions {@code InstructionBoundary}), and {@link
 * org.xenolith.cpu.vmx.JavaRoot} the root operation of a hypervisor that is written in Java; {@link
 * org.xenolith.cpu.vmx.SoftwareVmx} serves those that run on the machine.
 *
 * <p>Instructions and event delivery ask {@link org.xenolith.cpu.state.NonRoot}, which knows
 * nothing of a VMCS; second-level translation is in {@link org.xenolith.cpu.state.EptWalker}, and
 * what can be invalidated of it in {@link org.xenolith.cpu.vmx.EptVpid}. A guest's APIC is in
 * {@code VirtualApic} and {@code VirtualInterrupts}.
 */
package org.xenolith.cpu.vmx;
