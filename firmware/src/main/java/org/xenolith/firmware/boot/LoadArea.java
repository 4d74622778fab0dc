package org.xenolith.firmware.boot;

import org.xenolith.firmware.boot.BootPlan.Segment;
import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.memory.MemoryKind;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The RAM of a machine while it is filled: what lies where, and what is still free. */
final class LoadArea {
    static final long PAGE = 4096;

    /** The first page belongs to interrupt vectors and the BIOS data area. */
    private static final long LOWEST = PAGE;

    private static final String MORE_MEMORY = "give the machine more memory";

    private final MemoryMap memory;
    private final String imageName;
    private final List<Segment> segments = new ArrayList<>();

    LoadArea(MemoryMap memory, String imageName) {
        this.memory = memory;
        this.imageName = imageName;
    }

    List<Segment> segments() {
        return segments;
    }

    /** The memory map. */
    MemoryMap memory() {
        return memory;
    }

    /** Writes to a place outside of the RAM that the map grants: BIOS and its data area. */
    void putFirmware(String what, long address, ByteBuffer content) {
        segments.add(new Segment(what, address, content, content.remaining()));
    }

    /**
     * Puts something where it has to be.
     *
     * @throws ImageException if there is not RAM throughout
     */
    void put(String what, long address, ByteBuffer content, long size) throws ImageException {
        requireRam(what, address, size);
        if (size > 0) {
            segments.add(new Segment(what, address, content, size));
        }
    }

    /** Fails unless there is RAM throughout. Address and size are unsigned. */
    void requireRam(String what, long address, long size) throws ImageException {
        long end = address + size;
        if (address < 0 || size < 0 || end < 0 || size > 0 && !memory.isRam(address, end)) {
            throw new ImageException(
                    imageName,
                    "%s goes to 0x%x, %s bytes, where the machine has no RAM"
                            .formatted(what, address, Long.toUnsignedString(size)),
                    MORE_MEMORY);
        }
    }

    /** Puts something into conventional memory, as high as there is room. */
    long putLow(String what, byte[] content, long alignment) throws ImageException {
        long end = Math.min(memory.conventional(), MemoryMap.CONVENTIONAL_END);
        long address = highest(what, LOWEST, end, content.length, alignment);
        put(what, address, ByteBuffer.wrap(content), content.length);
        return address;
    }

    /**
     * Puts something on a page boundary of extended memory below 4 GiB: as low as there is room at
     * or above an address, or else, behind a kernel that fills the top, as low as there is any.
     */
    long putBehind(String what, long from, byte[] content) throws ImageException {
        long address = search(from, content.length, PAGE);
        if (address < 0) {
            address = lowest(what, MemoryMap.EXTENDED_BASE, content.length, PAGE);
        }
        put(what, address, ByteBuffer.wrap(content), content.length);
        return address;
    }

    /** Puts something on a page boundary between two addresses, as high as there is room. */
    long putHighest(String what, long from, long to, byte[] content) throws ImageException {
        long address = highest(what, from, to, content.length, PAGE);
        put(what, address, ByteBuffer.wrap(content), content.length);
        return address;
    }

    /** The lowest free place at or above {@code from} and below 4 GiB. */
    long lowest(String what, long from, long size, long alignment) throws ImageException {
        long address = search(from, size, alignment);
        if (address < 0) {
            throw noRoom(what, size);
        }
        return address;
    }

    private long search(long from, long size, long alignment) {
        for (MemoryRange range : memory.ranges()) {
            if (range.kind() != MemoryKind.RAM || range.base() >= MemoryMap.HIGH_BASE) {
                continue;
            }
            long at = up(Math.max(from, range.base()), alignment);
            Segment taken;
            while (at <= range.end() - size && (taken = taker(at, size)) != null) {
                at = up(taken.end(), alignment);
            }
            if (at <= range.end() - size) {
                return at;
            }
        }
        return -1;
    }

    /** The highest free place that lies in {@code [from, to)}. */
    long highest(String what, long from, long to, long size, long alignment) throws ImageException {
        for (int i = memory.ranges().size() - 1; i >= 0; i--) {
            MemoryRange range = memory.ranges().get(i);
            if (range.kind() != MemoryKind.RAM) {
                continue;
            }
            long bottom = Math.max(from, range.base());
            long at = Math.min(to, range.end()) - size & -alignment;
            Segment taken;
            while (at >= bottom && (taken = taker(at, size)) != null) {
                at = taken.address() - size & -alignment;
            }
            if (at >= bottom) {
                return at;
            }
        }
        throw noRoom(what, size);
    }

    /** The end of the highest thing below 4 GiB, but at least 1 MiB. */
    long end() {
        return segments.stream()
                .mapToLong(Segment::end)
                .filter(end -> end <= MemoryMap.HIGH_BASE)
                .reduce(MemoryMap.EXTENDED_BASE, Math::max);
    }

    private Segment taker(long address, long size) {
        for (Segment segment : segments) {
            if (segment.address() < address + size && address < segment.end()) {
                return segment;
            }
        }
        return null;
    }

    private ImageException noRoom(String what, long size) {
        return new ImageException(
                imageName,
                "there is no room for %s of %d bytes".formatted(what, size),
                MORE_MEMORY);
    }

    static long up(long address, long alignment) {
        return address + alignment - 1 & -alignment;
    }
}
