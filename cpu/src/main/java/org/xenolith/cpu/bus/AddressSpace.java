package org.xenolith.cpu.bus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Devices by address: the 64 Ki I/O ports, or the physical addresses that are not RAM. Where
 * nothing answers, reads give ones and writes go nowhere, which is logged once for each address.
 */
public final class AddressSpace {
    private static final Logger LOG = LoggerFactory.getLogger(AddressSpace.class);
    private static final int MAX_REPORTED = 256;

    private record Range(long base, long length, BusDevice device) {
        boolean contains(long address, int size) {
            return address - base >= 0 && address - base <= length - size;
        }
    }

    private final String name;
    private final TreeMap<Long, Range> ranges = new TreeMap<>();
    private final Set<Long> reported = new HashSet<>();
    private Range last;

    /**
     * An empty space.
     *
     * @param name what its addresses are, for messages: "port", "physical address"
     */
    public AddressSpace(String name) {
        this.name = name;
    }

    /**
     * Maps a device.
     *
     * @param base first address
     * @param length bytes, positive
     * @throws IllegalArgumentException if the range overlaps another
     */
    public void map(long base, long length, BusDevice device) {
        Map.Entry<Long, Range> before = ranges.floorEntry(base + length - 1);
        if (length <= 0 || before != null && before.getKey() + before.getValue().length() > base) {
            throw new IllegalArgumentException(
                    "%s %x+%x is taken or empty".formatted(name, base, length));
        }
        ranges.put(base, new Range(base, length, device));
        last = null;
    }

    /** Takes away the range that starts at {@code base}, if there is one. */
    public void unmap(long base) {
        ranges.remove(base);
        last = null;
    }

    /** Whether some device answers at {@code address}. */
    public boolean claimed(long address) {
        return find(address, 1) != null;
    }

    /**
     * Reads {@code size} bytes (1, 2, 4 or 8), zero-extended. An access that no single device spans
     * is made byte by byte.
     */
    public long read(long address, int size) {
        Range range = find(address, size);
        if (range != null) {
            return range.device().read(address - range.base(), size) & mask(size);
        }
        if (size > 1 && anyClaims(address, size)) {
            long value = 0;
            for (int i = size - 1; i >= 0; i--) {
                value = value << 8 | read(address + i, 1);
            }
            return value;
        }
        report("read of", address);
        return mask(size);
    }

    /** Writes the low {@code size} bytes of {@code value}; see {@link #read}. */
    public void write(long address, int size, long value) {
        Range range = find(address, size);
        if (range != null) {
            range.device().write(address - range.base(), size, value & mask(size));
        } else if (size > 1 && anyClaims(address, size)) {
            for (int i = 0; i < size; i++) {
                write(address + i, 1, value >>> 8 * i);
            }
        } else {
            report("write to", address);
        }
    }

    private Range find(long address, int size) {
        Range range = last;
        if (range != null && range.contains(address, size)) {
            return range;
        }
        Map.Entry<Long, Range> entry = ranges.floorEntry(address);
        if (entry == null || !entry.getValue().contains(address, size)) {
            return null;
        }
        last = entry.getValue();
        return last;
    }

    private boolean anyClaims(long address, int size) {
        for (int i = 0; i < size; i++) {
            if (find(address + i, 1) != null) {
                return true;
            }
        }
        return false;
    }

    private void report(String what, long address) {
        if (reported.size() < MAX_REPORTED && reported.add(address)) {
            LOG.info("{} {} {}: nothing answers there", what, name, Long.toHexString(address));
        }
    }

    private static long mask(int size) {
        return size == 8 ? -1 : (1L << 8 * size) - 1;
    }
}
