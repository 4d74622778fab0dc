package org.xenolith.hvm.build;

import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.acpi.AcpiTables;
import org.xenolith.firmware.boot.BootMachine;
import org.xenolith.firmware.memory.MemoryKind;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.util.ArrayList;
import java.util.List;

/**
 * The guest-physical address space of a domain: where its memory lies, and what its memory map says
 * of it.
 *
 * @param machine what boot loaders see
 * @param populated ranges that are backed by pages
 */
record GuestLayout(BootMachine machine, List<MemoryRange> populated) {
    /** First of the special frames, and the address behind the last (libxl, hvm_build). */
    private static final long SPECIAL_BASE = 0xfeff8000L;

    private static final long SPECIAL_END = 0xff000000L;

    /** Frame of the xenstore ring. */
    static final long STORE_GFN = 0xfeffc;

    /** Frame of the console ring. */
    static final long CONSOLE_GFN = 0xfefff;

    /** Where the tables of a PVH domain are. */
    private static final long ACPI_BASE = 0xfc000000L;

    /** Where RAM below 4 GiB ends at the latest. */
    private static final long LOW_END = 0xf0000000L;

    private static final long VGA_BASE = 0xa0000;
    private static final long VGA_END = 0xc0000;

    /** The layout of a PVH domain: all its memory from 0 up, its tables near 4 GiB. */
    static GuestLayout pvh(long bytes, AcpiConfig acpi) {
        AcpiTables tables = AcpiTables.of(acpi, ACPI_BASE);
        List<MemoryRange> map = new ArrayList<>();
        long low = Math.min(bytes, LOW_END);
        map.add(new MemoryRange(0, low, MemoryKind.RAM));
        long tablesSize = tables.end() - ACPI_BASE + 4095 & -4096;
        map.add(new MemoryRange(ACPI_BASE, tablesSize, MemoryKind.ACPI_RECLAIMABLE));
        map.add(new MemoryRange(SPECIAL_BASE, SPECIAL_END - SPECIAL_BASE, MemoryKind.RESERVED));
        if (bytes > low) {
            map.add(new MemoryRange(MemoryMap.HIGH_BASE, bytes - low, MemoryKind.RAM));
        }
        return new GuestLayout(
                new BootMachine(new MemoryMap(map), tables, acpi, false), populated(map));
    }

    /** The layout of an HVM domain: that of a PC. */
    static GuestLayout hvm(long bytes, AcpiConfig acpi) {
        BootMachine machine = BootMachine.of(bytes, acpi);
        List<MemoryRange> ranges = new ArrayList<>();
        ranges.add(new MemoryRange(0, VGA_BASE, MemoryKind.RAM));
        long firmware = MemoryMap.EXTENDED_BASE - VGA_END;
        ranges.add(new MemoryRange(VGA_END, firmware, MemoryKind.RESERVED));
        for (MemoryRange range : machine.memory().ranges()) {
            if (range.base() >= MemoryMap.EXTENDED_BASE) {
                ranges.add(range);
            }
        }
        return new GuestLayout(machine, populated(ranges));
    }

    private static List<MemoryRange> populated(List<MemoryRange> map) {
        List<MemoryRange> ranges = new ArrayList<>();
        for (MemoryRange range : map) {
            if (range.base() != SPECIAL_BASE) {
                ranges.add(range);
            }
        }
        ranges.add(new MemoryRange(STORE_GFN << 12, 4096, MemoryKind.RESERVED));
        ranges.add(new MemoryRange(CONSOLE_GFN << 12, 4096, MemoryKind.RESERVED));
        return ranges;
    }

    /** Pages that all of it takes. */
    long pages() {
        return populated.stream().mapToLong(range -> range.length() >>> 12).sum();
    }

    /** The highest frame number in use. */
    long highestGfn() {
        return populated.stream().mapToLong(range -> range.end() >>> 12).max().orElse(0) - 1;
    }
}
