package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenolith.cpu.memory.PhysicalMemory;

/** Rights, reserved bits, accessed and dirty bits, and error codes in all paging modes. */
class PageWalkerTest {
    private static final long ROOT = 0x1000;
    private static final long PAGE = 0x7000;
    private static final long VA = 0x00405123;
    private final PhysicalMemory ram = new PhysicalMemory(1 << 20);
    private final PageWalker walker = new PageWalker(ram);

    /** Address of the entry of {@link #VA} at each level; tables lie at level * 4096 + ROOT. */
    private long entryAt(int level) {
        boolean narrow = walker.mode == PagingMode.TWO_LEVEL;
        int shift = narrow ? 2 + 10 * level : 3 + 9 * level;
        long table = level == levels() ? ROOT : ROOT + 0x1000L * level;
        if (walker.mode == PagingMode.PAE && level == 3) {
            return ROOT + 8 * (VA >>> 30);
        }
        return table + (VA >>> shift & (narrow ? 0x3ff : 0x1ff)) * (narrow ? 4 : 8);
    }

    private int levels() {
        return switch (walker.mode) {
            case NONE -> 0;
            case TWO_LEVEL -> 2;
            case PAE -> 3;
            case FOUR_LEVEL -> 4;
            case FIVE_LEVEL -> 5;
        };
    }

    private void put(int level, long entry) {
        if (walker.mode == PagingMode.TWO_LEVEL) {
            ram.put32(entryAt(level), (int) entry);
        } else {
            ram.put64(entryAt(level), entry);
        }
    }

    private long get(int level) {
        return walker.mode == PagingMode.TWO_LEVEL
                ? ram.get32(entryAt(level)) & 0xffffffffL
                : ram.get64(entryAt(level));
    }

    /** Tables that lead to a leaf entry at a level, all rights above it. */
    private void build(PagingMode mode, int leaf, long entry) {
        walker.mode = mode;
        for (int level = levels(); level > leaf; level--) {
            boolean pdpte = mode == PagingMode.PAE && level == 3;
            put(level, ROOT + 0x1000L * (level - 1) | (pdpte ? 1 : 7));
        }
        put(leaf, entry);
        if (mode == PagingMode.PAE) {
            assertTrue(walker.loadPdptes(ROOT));
        }
    }

    /** Letters: w write, f fetch, u user, p CR0.WP, a EFLAGS.AC. */
    private boolean access(String how) {
        int access =
                (how.contains("w") ? PageWalker.ERR_WRITE : 0)
                        | (how.contains("f") ? PageWalker.ERR_FETCH : 0);
        boolean user = how.contains("u");
        return walker.walk(ROOT, VA, access, user, how.contains("p"), true, how.contains("a"));
    }

    /** Letters: n EFER.NXE, e SMEP, m SMAP, k PKE, s PSE. */
    private void features(String on) {
        walker.executeDisable = on.contains("n");
        walker.smep = on.contains("e");
        walker.smap = on.contains("m");
        walker.protectionKeys = on.contains("k");
        walker.largePages = on.contains("s");
    }

    /** Error -1 means that the access succeeds. */
    @ParameterizedTest
    @CsvSource({
        "TWO_LEVEL,  1, 7007, -,  u,   -1",
        "TWO_LEVEL,  1, 7003, -,  u,   5",
        "TWO_LEVEL,  1, 7005, -,  uw,  7",
        "TWO_LEVEL,  1, 7005, -,  w,   -1",
        "TWO_LEVEL,  1, 7005, -,  wp,  3",
        "TWO_LEVEL,  1, 7006, -,  uw,  6",
        "TWO_LEVEL,  1, 7006, n,  f,   0",
        "TWO_LEVEL,  1, 7006, e,  f,   10",
        "TWO_LEVEL,  1, 7007, e,  f,   11",
        "TWO_LEVEL,  1, 7007, m,  -,   1",
        "TWO_LEVEL,  1, 7007, m,  a,   -1",
        "TWO_LEVEL,  1, 7007, m,  f,   -1",
        "TWO_LEVEL,  1, 7003, m,  -,   -1",
        "TWO_LEVEL,  2, 200087, s, u,  d",
        "PAE,        1, 7007, n,  u,   -1",
        "PAE,        1, 8000000000007007, n,  uf,  15",
        "PAE,        1, 8000000000007007, -,  u,   d",
        "PAE,        1, 8000000000007007, -,  uf,  d",
        "PAE,        1, 10000000007007,   n,  u,   d",
        "PAE,        2, 202087, n, w,  b",
        "PAE,        2, 86,   n,  f,   10",
        "FOUR_LEVEL, 1, 7007, n,  uw,  -1",
        "FOUR_LEVEL, 1, 7003, n,  uf,  15",
        "FOUR_LEVEL, 1, 400000007007, n, u, d",
        "FOUR_LEVEL, 1, 10000000007007, n, u, -1",
        "FOUR_LEVEL, 2, 202087, n, u,  d",
        "FOUR_LEVEL, 2, 1087, n, u,    -1",
        "FOUR_LEVEL, 3, 40000087, n, u, -1",
        "FOUR_LEVEL, 3, 200087, n, u,  d",
        "FOUR_LEVEL, 4, 2087, n,  u,   d",
        "FOUR_LEVEL, 4, 0,    n,  u,   4",
        "FOUR_LEVEL, 1, 7007, ne, f,   11",
        "FOUR_LEVEL, 1, 7007, nm, w,   3",
        "FOUR_LEVEL, 1, 0800000000007007, nk, u,   25",
        "FOUR_LEVEL, 1, 0800000000007007, nk, -,   21",
        "FOUR_LEVEL, 1, 0800000000007003, nk, -,   -1",
        "FOUR_LEVEL, 1, 0800000000007007, nk, uf,  -1",
        "FOUR_LEVEL, 1, 1000000000007007, nk, u,   -1",
        "FOUR_LEVEL, 1, 1000000000007007, nk, uw,  27",
        "FOUR_LEVEL, 1, 1000000000007007, nk, w,   -1",
        "FOUR_LEVEL, 1, 1000000000007007, nk, wp,  23",
        "FOUR_LEVEL, 1, 0800000000007007, n,  u,   -1",
        "FIVE_LEVEL, 1, 7007, n,  u,   -1",
        "FIVE_LEVEL, 5, 2087, n,  u,   d",
        "FIVE_LEVEL, 3, 3001, n,  uw,  7",
    })
    void errorCodes(PagingMode mode, int leaf, String entry, String on, String how, String error) {
        features(on);
        walker.pkru = 2 << 4 | 1 << 2; // key 1: no access; key 2: no writes
        build(mode, leaf, Long.parseUnsignedLong(entry, 16));
        if (leaf > 1 && error.equals("7")) {
            put(2, 0x2007);
            put(1, PAGE | 7);
        }
        long before = get(leaf);
        boolean done = access(how);
        if (error.equals("-1")) {
            assertTrue(done, () -> "error " + Integer.toHexString(walker.errorCode));
        } else {
            assertFalse(done);
            assertEquals(Integer.parseInt(error, 16), walker.errorCode);
            assertEquals(before, get(leaf));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TWO_LEVEL,  1, 7007,     7123",
        "TWO_LEVEL,  2, 800087,   805123",
        "TWO_LEVEL,  2, 406087,   300405123",
        "PAE,        1, 7007,     7123",
        "PAE,        2, 40000087, 40005123",
        "FOUR_LEVEL, 1, 7007,     7123",
        "FOUR_LEVEL, 2, 40001087, 40005123",
        "FOUR_LEVEL, 3, 80000087, 80405123",
        "FIVE_LEVEL, 1, 7007,     7123",
    })
    void addresses(PagingMode mode, int leaf, String entry, String maddr) {
        features("ns");
        build(mode, leaf, Long.parseLong(entry, 16));
        assertTrue(access("u"));
        assertEquals(Long.parseLong(maddr, 16), walker.maddr);
        assertFalse(walker.writeReady);
        long accessed = get(leaf);
        assertEquals(Long.parseLong(entry, 16) | PageWalker.ACCESSED, accessed);
        assertTrue(access("uw"));
        assertTrue(walker.writeReady);
        assertEquals(accessed | PageWalker.DIRTY, get(leaf));
        if (leaf == 1) {
            assertEquals(PageWalker.ACCESSED, get(2) & (PageWalker.ACCESSED | PageWalker.DIRTY));
        }
    }

    @Test
    void largePagesOf32BitPagingNeedPse() {
        build(PagingMode.TWO_LEVEL, 1, PAGE | 7);
        put(2, 0x2087);
        assertTrue(access("u"));
        assertEquals(0x7123, walker.maddr);
    }

    @Test
    void pdptesAreThoseOfTheLastLoad() {
        build(PagingMode.PAE, 1, PAGE | 7);
        ram.put64(ROOT, 0);
        assertTrue(access("u"));
        ram.put64(ROOT, 0x3001 | 1 << 5);
        assertFalse(walker.loadPdptes(ROOT));
        assertTrue(access("u"));
        ram.put64(ROOT, 0);
        assertTrue(walker.loadPdptes(ROOT));
        assertFalse(access("u"));
        assertEquals(PageWalker.ERR_USER, walker.errorCode);
    }

    @Test
    void noPagingTakesThe32BitsAsTheyAre() {
        walker.mode = PagingMode.NONE;
        assertTrue(access("uw"));
        assertEquals(VA, walker.maddr);
        assertTrue(walker.writeReady);
    }
}
