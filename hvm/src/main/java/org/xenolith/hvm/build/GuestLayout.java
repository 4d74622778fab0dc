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

    /** Where the SMBIOS tables of an HVM domain are. */
    static final long SMBIOS_BASE = 0xf0000;

    /** Where the ACPI root pointer of an HVM domain is. */
    private static final long RSDP_ADDRESS = 0xea020;

    /** Where RAM below 4 GiB ends at the latest. */
    private static final long LOW_END = 0xf0000000L;

    private static final long VGA_BASE = 0xa0000;
    private static final long VGA_END = 0xc0000;

    /** The layout of a PVH domain: all its memory from 0 up, its tables near 4 GiB. */
    static GuestLayout pvh(long bytes, AcpiConfig acpi) {
        AcpiTables tables = AcpiTables.ofPvh(acpi);
        List<MemoryRange> map = new ArrayList<>();
        long low = Math.min(bytes, LOW_END);
        map.add(new MemoryRange(0, low, MemoryKind.RAM));
        map.add(tables(tables, MemoryKind.ACPI_RECLAIMABLE));
        map.add(new MemoryRange(SPECIAL_BASE, SPECIAL_END - SPECIAL_BASE, MemoryKind.RESERVED));
        addHigh(map, bytes - low);
        return new GuestLayout(
                new BootMachine(new MemoryMap(map), tables, acpi, false),
                populated(map.stream().filter(range -> range.base() != SPECIAL_BASE).toList()));
    }

    /**
     * The layout of an HVM domain, as Xen's firmware describes it: RAM with the holes of a PC below
     * 1 MiB, tables from 0xfc000000, everything from there to 4 GiB reserved.
     */
    static GuestLayout hvm(long bytes, AcpiConfig acpi) {
        AcpiTables tables = AcpiTables.ofHvm(acpi, RSDP_ADDRESS);
        long low = Math.min(bytes, LOW_END);
        MemoryRange nvs = tables(tables, MemoryKind.ACPI_NVS);
        List<MemoryRange> map = new ArrayList<>();
        long conventional = MemoryMap.CONVENTIONAL_END;
        map.add(new MemoryRange(0, conventional, MemoryKind.RAM));
        map.add(new MemoryRange(conventional, VGA_BASE - conventional, MemoryKind.RESERVED));
        long bios = MemoryMap.BIOS_BASE;
        long extended = MemoryMap.EXTENDED_BASE;
        map.add(new MemoryRange(bios, extended - bios, MemoryKind.RESERVED));
        map.add(new MemoryRange(extended, low - extended, MemoryKind.RAM));
        map.add(nvs);
        map.add(new MemoryRange(nvs.end(), MemoryMap.HIGH_BASE - nvs.end(), MemoryKind.RESERVED));
        addHigh(map, bytes - low);
        List<MemoryRange> backed = new ArrayList<>();
        backed.add(new MemoryRange(0, VGA_BASE, MemoryKind.RAM));
        backed.add(new MemoryRange(VGA_END, low - VGA_END, MemoryKind.RAM));
        backed.add(nvs);
        addHigh(backed, bytes - low);
        return new GuestLayout(
                new BootMachine(new MemoryMap(map), tables, acpi, true), populated(backed));
    }

    private static MemoryRange tables(AcpiTables tables, MemoryKind kind) {
        return new MemoryRange(tables.base(), tables.end() - tables.base() + 4095 & -4096, kind);
    }

    private static void addHigh(List<MemoryRange> map, long length) {
        if (length > 0) {
            map.add(new MemoryRange(MemoryMap.HIGH_BASE, length, MemoryKind.RAM));
        }
    }

    /** Adds the frames of the rings. */
    private static List<MemoryRange> populated(List<MemoryRange> backed) {
        List<MemoryRange> ranges = new ArrayList<>(backed);
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
