package org.xenolith.firmware.image;

/** The ways in which an image is started on a bare machine without a BIOS. */
public enum BootProtocol {
    /** Multiboot2 Specification 2.0. */
    MULTIBOOT2("multiboot 2"),
    /** Multiboot Specification 0.6.96. */
    MULTIBOOT1("multiboot 1"),
    /** The 32-bit boot protocol of Linux. */
    LINUX("Linux bzImage"),
    /** The direct boot of Xen's PVH guests: ELF note PHYS32_ENTRY. */
    PVH("PVH"),
    /** A boot sector and what follows it, at 0000:7c00. */
    BOOT_SECTOR("boot sector"),
    /** A BIOS: the processor starts at the reset vector in it. */
    ROM("BIOS ROM");

    private final String label;

    BootProtocol(String label) {
        this.label = label;
    }

    /** What a message calls it. */
    public String label() {
        return label;
    }
}
