package org.xenolith.firmware.image;

/** The kinds of guest that an image can be started as. */
public enum GuestKind {
    /** Paravirtual, 64 bit. */
    PV64,
    /** Paravirtual, 32 bit with PAE. */
    PV32,
    /** In a hardware container, entered at PHYS32_ENTRY. */
    PVH,
    /** By a boot loader on a bare machine: the Linux boot protocol, or multiboot. */
    BARE
}
