/**
 * What a logical processor <em>is</em> between two instructions: registers, flags, segments,
 * control registers, vector and x87 state, and the way from a linear address to RAM.
 *
 * <p>Start at {@link org.xenolith.cpu.state.Cpu}. The pieces are layered by inheritance so that hot
 * code reaches every field in one load: {@link org.xenolith.cpu.state.Registers} (general registers
 * and lazy flags), {@link org.xenolith.cpu.state.AddressSpaces} (which translations are in force,
 * and what is cached of them), {@link org.xenolith.cpu.state.LinearMemory} (TLB, loads and stores)
 * and {@code Cpu} (control state, faults, and the {@link org.xenolith.cpu.state.Supervisor} that
 * owns ring 0). {@link org.xenolith.cpu.state.PageWalker} walks the guest's tables, {@link
 * org.xenolith.cpu.state.EptWalker} a hypervisor's below them. Nothing here knows how instructions
 * are decoded or run.
 */
package org.xenolith.cpu.state;
