/**
 * Local APICs and what connects them (SDM vol. 3A, chapter 11). {@link
 * org.xenolith.cpu.apic.LocalApic} is one processor's and the place to start: its inputs, its
 * output INTR, its modes. Behind it are the registers ({@code ApicRegisters}), the local vector
 * table, the timer, the interrupt command register and the view of all of them as MSRs (x2APIC).
 * {@link org.xenolith.cpu.apic.ApicBus} carries messages between APICs, from I/O APICs and MSIs.
 */
package org.xenolith.cpu.apic;
