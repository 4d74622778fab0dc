/**
 * What the processor's pins touch besides RAM: {@link org.xenolith.cpu.bus.AddressSpace}s of ports
 * and of device memory, the {@link org.xenolith.cpu.bus.BusDevice}s mapped in them, and {@link
 * org.xenolith.cpu.bus.InterruptLine}s. A device is addressed by offset and does not know where it
 * lives.
 */
package org.xenolith.cpu.bus;
