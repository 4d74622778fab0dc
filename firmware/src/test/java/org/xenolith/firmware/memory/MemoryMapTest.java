package org.xenolith.firmware.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class MemoryMapTest {
    private static final long MIB = 1 << 20;

    private static long ram(MemoryMap map) {
        return map.ranges().stream()
                .filter(r -> r.kind() == MemoryKind.RAM)
                .mapToLong(MemoryRange::length)
                .sum();
    }

    @Test
    void describesASmallPc() {
        MemoryMap map = MemoryMap.ofPc(128 * MIB);
        assertEquals(
                List.of(
                        new MemoryRange(0, 0x9fc00, MemoryKind.RAM),
                        new MemoryRange(0x9fc00, 0x400, MemoryKind.RESERVED),
                        new MemoryRange(0xf0000, 0x10000, MemoryKind.RESERVED),
                        new MemoryRange(MIB, 127 * MIB, MemoryKind.RAM)),
                map.ranges());
        assertEquals(639, map.conventional() >> 10);
        assertEquals(127 * MIB, map.extended());
        assertEquals(128 * MIB, map.topBelow4GiB());
    }

    @Test
    void movesWhatIsAbove3GiBBehindTheHole() {
        MemoryMap map = MemoryMap.ofPc(5L << 30);
        MemoryRange last = map.ranges().getLast();
        assertEquals(new MemoryRange(4L << 30, 2L << 30, MemoryKind.RAM), last);
        assertEquals(3L << 30, map.topBelow4GiB());
        assertEquals((5L << 30) - MIB + 0x9fc00, ram(map));
    }

    @Test
    void hasNoExtendedMemoryInTheSmallestMachine() {
        MemoryMap map = MemoryMap.ofPc(MemoryMap.SMALLEST);
        assertEquals(0, map.extended());
        assertEquals(0x9fc00, map.topBelow4GiB());
    }

    @Test
    void tellsRamFromHoles() {
        MemoryMap map = MemoryMap.ofPc(16 * MIB);
        assertTrue(map.isRam(0, 0x9fc00));
        assertFalse(map.isRam(0, 0x9fc01));
        assertFalse(map.isRam(0xa0000, 0xa0001));
        assertTrue(map.isRam(MIB, 16 * MIB));
        assertFalse(map.isRam(MIB, 16 * MIB + 1));
    }

    @Test
    void refusesNonsense() {
        assertThrows(IllegalArgumentException.class, () -> MemoryMap.ofPc(MIB - 4096));
        assertThrows(IllegalArgumentException.class, () -> MemoryMap.ofPc(MIB + 1));
        assertThrows(IllegalArgumentException.class, () -> MemoryMap.ofPc(1L << 40));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MemoryRange(Long.MAX_VALUE, 2, MemoryKind.RAM));
        MemoryRange one = new MemoryRange(0, 2, MemoryKind.RAM);
        MemoryRange two = new MemoryRange(1, 2, MemoryKind.RESERVED);
        assertThrows(IllegalArgumentException.class, () -> new MemoryMap(List.of(one, two)));
    }
}
