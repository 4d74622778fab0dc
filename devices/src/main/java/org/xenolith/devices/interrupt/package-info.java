/** Interrupt controllers of the PC: the two 8259As and the 82093AA I/O APIC. */
package org.xenolith.devices.interrupt;
