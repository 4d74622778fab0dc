package org.xenolith.firmware.memory;

/**
 * A range of physical addresses of one kind.
 *
 * @param base first address
 * @param length in bytes, at least 1; the range does not wrap around
 * @param kind what it is for
 */
public record MemoryRange(long base, long length, MemoryKind kind) {
    /** Refuses empty and wrapping ranges. */
    public MemoryRange {
        if (base < 0 || length <= 0 || base + length < 0) {
            throw new IllegalArgumentException(
                    "no range: base 0x%x, length 0x%x".formatted(base, length));
        }
    }

    /** The address after the last one. */
    public long end() {
        return base + length;
    }

    /** Whether {@code [from, to)} lies in here. */
    public boolean covers(long from, long to) {
        return from >= base && to <= end() && from <= to;
    }
}
