/**
 * Local APICs and the bus between them (SDM vol. 3A, chapter 11). {@link
 * org.xenolith.cpu.apic.LocalApic} is one processor's: registers in memory or as MSRs (x2APIC),
 * priorities, local vector table and {@link org.xenolith.cpu.apic.ApicTimer}. {@link
 * org.xenolith.cpu.apic.ApicBus} carries interrupt messages to those that they are meant for.
 */
package org.xenolith.cpu.apic;
