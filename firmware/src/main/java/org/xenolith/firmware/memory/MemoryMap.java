package org.xenolith.firmware.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A map of physical addresses: ranges in ascending order that do not overlap. What lies in no range
 * is a hole, for devices.
 *
 * @param ranges the ranges
 */
public record MemoryMap(List<MemoryRange> ranges) {
    /** Where conventional memory ends and the extended BIOS data area begins. */
    public static final long CONVENTIONAL_END = 0x9_fc00;

    /** Where the frame buffer of a VGA begins. */
    public static final long VGA_BASE = 0xa_0000;

    /** Where the BIOS begins: the last 64 KiB below 1 MiB. */
    public static final long BIOS_BASE = 0xf_0000;

    /** 1 MiB, where extended memory begins. */
    public static final long EXTENDED_BASE = 0x10_0000;

    /** Where RAM below 4 GiB ends at the latest; PCI devices and interrupt controllers follow. */
    public static final long LOW_LIMIT = 3L << 30;

    /** 4 GiB, where the RAM goes on that {@link #LOW_LIMIT} cuts off. */
    public static final long HIGH_BASE = 4L << 30;

    /** The smallest machine, in bytes of RAM. */
    public static final long SMALLEST = 1L << 20;

    /** The largest machine, in bytes of RAM: what leaves a 40-bit physical address. */
    public static final long LARGEST = (1L << 40) - (1L << 30);

    /** Sorts the ranges and refuses overlaps. */
    public MemoryMap {
        List<MemoryRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingLong(MemoryRange::base));
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).base() < sorted.get(i - 1).end()) {
                throw new IllegalArgumentException(
                        sorted.get(i) + " overlaps " + sorted.get(i - 1));
            }
        }
        ranges = List.copyOf(sorted);
    }

    /**
     * The map of a PC. RAM lies at 0, up to 3 GiB, and the rest of it from 4 GiB. Of the first MiB
     * a system may use conventional memory; the extended BIOS data area and the BIOS are reserved,
     * and between them the adapters have their hole.
     *
     * @param ram bytes of RAM, {@link #SMALLEST} to {@link #LARGEST}, a multiple of 4096
     */
    public static MemoryMap ofPc(long ram) {
        if (ram < SMALLEST || ram > LARGEST || (ram & 0xfff) != 0) {
            throw new IllegalArgumentException("no machine has 0x%x bytes of RAM".formatted(ram));
        }
        List<MemoryRange> ranges = new ArrayList<>();
        add(ranges, 0, CONVENTIONAL_END, MemoryKind.RAM);
        add(ranges, CONVENTIONAL_END, VGA_BASE, MemoryKind.RESERVED);
        add(ranges, BIOS_BASE, EXTENDED_BASE, MemoryKind.RESERVED);
        add(ranges, EXTENDED_BASE, Math.min(ram, LOW_LIMIT), MemoryKind.RAM);
        if (ram > LOW_LIMIT) {
            add(ranges, HIGH_BASE, HIGH_BASE + ram - LOW_LIMIT, MemoryKind.RAM);
        }
        return new MemoryMap(ranges);
    }

    private static void add(List<MemoryRange> ranges, long from, long to, MemoryKind kind) {
        if (from < to) {
            ranges.add(new MemoryRange(from, to - from, kind));
        }
    }

    /** Whether all of {@code [from, to)} is RAM. */
    public boolean isRam(long from, long to) {
        return ranges.stream().anyMatch(r -> r.kind() == MemoryKind.RAM && r.covers(from, to));
    }

    /** Bytes of RAM from address 0 to the first that is none. */
    public long conventional() {
        return ramFrom(0);
    }

    /** Bytes of RAM from 1 MiB to the first address that is none; 0 if there is none at 1 MiB. */
    public long extended() {
        return ramFrom(EXTENDED_BASE);
    }

    /** The end of the highest RAM below 4 GiB. */
    public long topBelow4GiB() {
        return ranges.stream()
                .filter(r -> r.kind() == MemoryKind.RAM && r.end() <= HIGH_BASE)
                .mapToLong(MemoryRange::end)
                .max()
                .orElse(0);
    }

    private long ramFrom(long base) {
        return ranges.stream()
                .filter(r -> r.kind() == MemoryKind.RAM && r.base() == base)
                .mapToLong(MemoryRange::length)
                .findFirst()
                .orElse(0);
    }
}
