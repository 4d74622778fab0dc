package org.xenolith.cpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What belongs to a machine's RAM. */
class PhysicalMemoryTest {
    @Test
    void ramWithoutAHoleIsOnePiece() {
        PhysicalMemory ram = new PhysicalMemory(0x4000);
        assertEquals(4, ram.frames());
        assertTrue(ram.contains(0, 0x4000));
        assertFalse(ram.contains(0x3fff, 2));
        assertFalse(ram.contains(-1, 1));
        assertFalse(ram.contains(1, Long.MAX_VALUE));
    }

    @Test
    void ramGoesOnBehindTheHole() {
        PhysicalMemory ram = new PhysicalMemory(0x4000, 0x1000, 0x3000, 0x8000);
        assertEquals(0x9000, ram.size());
        assertTrue(ram.contains(0x2000, 0x1000));
        assertFalse(ram.contains(0x2fff, 2));
        assertFalse(ram.contains(0x3000, 1));
        assertFalse(ram.contains(0x7fff, 2));
        assertTrue(ram.contains(0x8000, 0x1000));
        assertFalse(ram.contains(0x8fff, 2));
        assertEquals(0x1000, ram.romSize());
        assertFalse(ram.contains(0x9000, 1), "the ROM");
        ram.put64(0x8ff8, 42);
        assertEquals(42, ram.get64(0x8ff8));
    }

    @Test
    void littleRamEndsBelowTheHole() {
        PhysicalMemory ram = new PhysicalMemory(0x3000, 0, 0x3000, 0x8000);
        assertEquals(0x3000, ram.size());
        assertTrue(ram.contains(0, 0x3000));
        assertFalse(ram.contains(0x3000, 1));
    }

    @Test
    void sizesAreWholeFrames() {
        assertThrows(IllegalArgumentException.class, () -> new PhysicalMemory(0));
        assertThrows(IllegalArgumentException.class, () -> new PhysicalMemory(0x1001));
        assertThrows(
                IllegalArgumentException.class, () -> new PhysicalMemory(0x1000, 0, 0x10, 0x1000));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PhysicalMemory(0x1000, 0, 0x2000, 0x1000));
    }
}
