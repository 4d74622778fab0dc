/**
 * The memory of a PC as its firmware describes it: {@link org.xenolith.firmware.memory.MemoryMap}
 * is what INT 15h, AX=E820h returns on a machine with a BIOS, and what boot loaders hand to kernels
 * on one without. Everything here is immutable.
 */
package org.xenolith.firmware.memory;
