package org.xenolith.firmware.boot;

import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.acpi.AcpiTables;
import org.xenolith.firmware.memory.MemoryMap;

/**
 * A machine as far as a boot loader knows it.
 *
 * @param memory its memory map
 * @param acpi its ACPI tables, in the BIOS area
 * @param config what these describe
 * @param bios whether there is what a BIOS leaves in the first MiB
 */
public record BootMachine(MemoryMap memory, AcpiTables acpi, AcpiConfig config, boolean bios) {
    /**
     * A PC with its ACPI tables at {@link MemoryMap#BIOS_BASE}.
     *
     * @param ram bytes of RAM, as {@link MemoryMap#ofPc} takes them
     * @param config processors and devices
     */
    public static BootMachine of(long ram, AcpiConfig config) {
        return new BootMachine(
                MemoryMap.ofPc(ram), AcpiTables.of(config, MemoryMap.BIOS_BASE), config, true);
    }
}
