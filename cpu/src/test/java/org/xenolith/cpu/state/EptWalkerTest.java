package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.ArrayList;
import java.util.List;

/** Rights, misconfigurations, exit qualifications, accessed and dirty flags of EPT. */
class EptWalkerTest {
    private static final long ROOT = 0x1000;
    private static final long GPA = 0x00405123;
    private static final long POINTER = ROOT | 3 << EptWalker.EPTP_LEVELS_SHIFT | 6;
    private final PhysicalMemory ram = new PhysicalMemory(1 << 20);
    private final EptWalker ept = new EptWalker(ram);

    /** Address of the entry of {@link #GPA} at a level; the tables lie 4096 bytes apart. */
    private static long entryAt(int level) {
        return ROOT + 4096L * (4 - level) + 8 * (GPA >>> 3 + 9 * level & 0x1ff);
    }

    /** Tables that lead to a leaf entry at a level, all rights above it. */
    private void build(int leaf, long entry) {
        for (int level = 4; level > leaf; level--) {
            ram.put64(entryAt(level), ROOT + 4096L * (5 - level) | 7);
        }
        ram.put64(entryAt(leaf), entry);
    }

    /** Letters: r read, w write, x execute. */
    private static int access(String letters) {
        return (letters.contains("r") ? EptWalker.READ : 0)
                | (letters.contains("w") ? EptWalker.WRITE : 0)
                | (letters.contains("x") ? EptWalker.EXECUTE : 0);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 7037,     rwx, 7123,     12, 7",
        "1, 7031,     r,   7123,     12, 1",
        "1, 7034,     x,   7123,     12, 4",
        "1, 7007,     r,   7123,     12, 7",
        "1, fff0000000007fb7, r, 7123, 12, 7",
        "2, 6000b7,   rw,  605123,   21, 7",
        "2, 6000b5,   x,   605123,   21, 5",
        "3, 400000b7, w,   40405123, 30, 7",
    })
    void addressesAndRights(
            int leaf, String entry, String access, String maddr, int shift, int rights) {
        ept.use(POINTER, 46);
        build(leaf, Long.parseUnsignedLong(entry, 16));
        assertTrue(ept.walk(GPA, access(access), true));
        assertEquals(Long.parseLong(maddr, 16), ept.maddr);
        assertEquals(shift, ept.pageShift);
        assertEquals(rights, ept.rights);
        assertTrue(ept.dirty);
        assertEquals(Long.parseUnsignedLong(entry, 16), ram.get64(entryAt(leaf)));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0,      r,  1",
        "1, 7030,   rw, 3",
        "1, 7031,   w,  a",
        "1, 7031,   x,  c",
        "1, 7033,   x,  1c",
        "1, 7034,   r,  21",
        "1, 7034,   w,  22",
        "1, 7035,   w,  2a",
        "2, 0,      x,  4",
        "2, 6000b1, w,  a",
        "3, 0,      w,  2",
        "4, 0,      r,  1",
    })
    void violations(int leaf, String entry, String access, String qualification) {
        ept.use(POINTER, 46);
        build(leaf, Long.parseLong(entry, 16));
        assertFalse(ept.walk(GPA, access(access), true));
        assertEquals(EptWalker.VIOLATION, ept.exitReason);
        assertEquals(Integer.parseInt(qualification, 16), ept.qualification);
        assertEquals(GPA, ept.guestPhysical);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 7032", // writable, not readable
        "1, 7036",
        "1, 7017", // memory types
        "1, 701f",
        "1, 703f",
        "1, 400000007037", // beyond 46 bits
        "2, 6010b7", // not aligned
        "2, 60009f",
        "2, 300f", // reserved bits in an entry that names a table
        "2, 3017",
        "2, 3027",
        "2, 3047",
        "2, 400000003007",
        "3, 402000b7",
        "3, 2047",
        "4, 2087",
        "4, 200f",
        "4, 2006",
    })
    void misconfigurations(int leaf, String entry) {
        ept.use(POINTER, 46);
        build(leaf, Long.parseLong(entry, 16));
        assertFalse(ept.walk(GPA, EptWalker.READ, true));
        assertEquals(EptWalker.MISCONFIGURATION, ept.exitReason);
        assertEquals(0, ept.qualification);
        assertEquals(GPA, ept.guestPhysical);
    }

    @Test
    void rightsAreThoseOfAllLevels() {
        ept.use(POINTER, 46);
        build(1, 0x7037);
        ram.put64(entryAt(3), ram.get64(entryAt(3)) & ~2L);
        ram.put64(entryAt(2), ram.get64(entryAt(2)) & ~4L);
        assertTrue(ept.walk(GPA, EptWalker.READ, true));
        assertEquals(EptWalker.READ, ept.rights);
        assertFalse(ept.walk(GPA, EptWalker.WRITE, true));
        assertEquals(EptWalker.WRITE | EptWalker.READ << 3, ept.qualification);
    }

    @Test
    void accessedAndDirtyFlags() {
        ept.use(POINTER | EptWalker.EPTP_ACCESSED_DIRTY, 46);
        build(1, 0x7037);
        assertTrue(ept.walk(GPA, EptWalker.READ, false));
        assertEquals(0x7037, ram.get64(entryAt(1)));
        assertTrue(ept.walk(GPA, EptWalker.READ, true));
        assertFalse(ept.dirty);
        assertEquals(0x7137, ram.get64(entryAt(1)));
        assertTrue(ept.walk(GPA, EptWalker.WRITE, true));
        assertTrue(ept.dirty);
        assertEquals(0x7337, ram.get64(entryAt(1)));
        for (int level = 2; level <= 4; level++) {
            assertEquals(0x107, ram.get64(entryAt(level)) & 0xfff);
        }
    }

    @Test
    void pagesThatBecomeDirtyAreLoggedOnce() {
        List<Long> log = new ArrayList<>();
        ept.use(POINTER | EptWalker.EPTP_ACCESSED_DIRTY, 46);
        ept.extend(false, gpa -> log.size() < 1 && log.add(gpa));
        build(1, 0x7037);
        assertTrue(ept.walk(GPA, EptWalker.READ, true));
        assertTrue(ept.walk(GPA, EptWalker.WRITE, false));
        assertTrue(log.isEmpty());
        assertTrue(ept.walk(GPA, EptWalker.WRITE, true));
        assertTrue(ept.walk(GPA, EptWalker.WRITE, true));
        assertEquals(List.of(GPA & -4096), log);
        ram.put64(entryAt(1), 0x7037);
        ept.flush();
        assertFalse(ept.walk(GPA, EptWalker.WRITE, true));
        assertEquals(EptWalker.LOG_FULL, ept.exitReason);
        assertEquals(0x7037, ram.get64(entryAt(1)));
    }

    @Test
    void executionByMode() {
        ept.use(POINTER, 46);
        ept.extend(true, null);
        build(1, 0x7430);
        for (int level = 2; level <= 4; level++) {
            ram.put64(entryAt(level), ram.get64(entryAt(level)) | EptWalker.EXECUTE_USER);
        }
        assertTrue(ept.walk(GPA, EptWalker.EXECUTE_USER, true));
        assertFalse(ept.walk(GPA, EptWalker.EXECUTE, true));
        assertEquals(0x44, ept.qualification);
        ram.put64(entryAt(1), 0x7034);
        ept.flush();
        assertFalse(ept.walk(GPA, EptWalker.EXECUTE_USER, true));
        assertEquals(0x24, ept.qualification);
    }

    @Test
    void fourLevelsTranslate48Bits() {
        ept.use(POINTER, 52);
        build(1, 0x7037);
        assertFalse(ept.walk(GPA | 1L << 48, EptWalker.READ, true));
        assertEquals(EptWalker.VIOLATION, ept.exitReason);
        assertEquals(EptWalker.READ, ept.qualification);
    }

    @Test
    void tablesOutsideRamAreMisconfigured() {
        ept.use(POINTER | 1L << 40, 46);
        assertFalse(ept.walk(GPA, EptWalker.READ, true));
        assertEquals(EptWalker.MISCONFIGURATION, ept.exitReason);
    }
}
