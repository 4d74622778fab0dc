/** Clocks of the PC: the 8254 interval timer, the MC146818 real-time clock, the ACPI timer. */
package org.xenolith.devices.timer;
