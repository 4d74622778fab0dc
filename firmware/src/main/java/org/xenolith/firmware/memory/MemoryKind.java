package org.xenolith.firmware.memory;

/**
 * What a range of physical addresses is for (ACPI 6.4, table 15.1 "Address Range Types"). The boot
 * protocols of multiboot, PVH and Linux use the same numbers.
 */
public enum MemoryKind {
    /** Free for the operating system. */
    RAM(1),
    /** Not to be touched. */
    RESERVED(2),
    /** ACPI tables: free once these have been read. */
    ACPI_RECLAIMABLE(3),
    /** To be kept across sleep. */
    ACPI_NVS(4);

    private final int number;

    MemoryKind(int number) {
        this.number = number;
    }

    /** The number that stands for this in an address map. */
    public int number() {
        return number;
    }
}
