package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenolith.cpu.memory.PhysicalMemory;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Random tables of the guest over random EPT, compared access by access with {@link NestedOracle}:
 * address, size, readiness for writes, error code, exit; and all of the memory, in which accessed
 * and dirty flags are.
 */
class NestedPagingTest {
    private static final int FRAMES = 48;
    private static final int RAM = FRAMES << 12;
    private static final int TRIALS = 3000;
    private static final int ACCESSES = 30;

    private final PhysicalMemory ram = new PhysicalMemory(RAM);
    private final PageWalker walker = new PageWalker(ram);
    private final NestedOracle oracle = new NestedOracle(new byte[RAM]);
    private Random random;
    private int notReady;

    @ParameterizedTest
    @EnumSource(
            value = PagingMode.class,
            names = {"NONE", "TWO_LEVEL", "PAE", "FOUR_LEVEL"})
    void agreesWithTheOracle(PagingMode mode) {
        random = new Random(mode.ordinal());
        Map<String, Integer> seen = new HashMap<>();
        for (int trial = 0; trial < TRIALS; trial++) {
            prepare(mode);
            for (int i = 0; i < ACCESSES; i++) {
                seen.merge(compare(), 1, Integer::sum);
            }
            byte[] memory = new byte[RAM];
            ram.read(0, memory, 0, RAM);
            assertArrayEquals(oracle.memory, memory);
        }
        assertTrue(notReady < TRIALS * ACCESSES / 50, () -> notReady + " late");
        for (String kind : new String[] {"found", "exit"}) {
            assertTrue(seen.getOrDefault(kind, 0) > 1000, () -> kind + " in " + seen);
        }
        assertTrue(mode == PagingMode.NONE || seen.getOrDefault("fault", 0) > 1000, seen::toString);
    }

    /** One access by both. */
    private String compare() {
        long va = address();
        boolean write = random.nextBoolean();
        boolean fetch = !write && random.nextBoolean();
        oracle.user = random.nextBoolean();
        oracle.writeProtect = random.nextBoolean();
        final NestedOracle.Outcome expected = oracle.outcome(va, write, fetch);
        int access = (write ? PageWalker.ERR_WRITE : 0) | (fetch ? PageWalker.ERR_FETCH : 0);
        boolean done =
                walker.walk(oracle.cr3, va, access, oracle.user, oracle.writeProtect, true, false);
        NestedOracle.Outcome actual;
        if (done) {
            long size = 1L << walker.pageShift;
            // a fetch says nothing about writes; that a page has become dirty may be known late
            boolean late = oracle.eptMarks && !walker.writeReady && expected.third() == 1;
            notReady += late ? 1 : 0;
            long ready = fetch || late ? expected.third() : walker.writeReady ? 1 : 0;
            actual = new NestedOracle.Outcome("found", walker.maddr, size, ready);
        } else if (walker.nestedFault) {
            EptWalker ept = walker.nested;
            actual =
                    new NestedOracle.Outcome(
                            "exit", ept.exitReason, ept.qualification, ept.guestPhysical);
        } else {
            actual = new NestedOracle.Outcome("fault", walker.errorCode, 0, 0);
        }
        assertEquals(
                expected, actual, () -> "%s va %x %b %b".formatted(oracle.mode, va, write, fetch));
        return expected.kind();
    }

    /** Few entries of each table are in use, so that accesses meet filled ones. */
    private long address() {
        long va = 0;
        int bits = oracle.mode == PagingMode.TWO_LEVEL ? 10 : 9;
        int levels =
                oracle.mode == PagingMode.FOUR_LEVEL ? 4 : oracle.mode == PagingMode.PAE ? 3 : 2;
        for (int level = 0; level < levels; level++) {
            va |= (long) random.nextInt(3) << 12 + bits * level;
        }
        if (oracle.mode == PagingMode.NONE) {
            va = (long) random.nextInt(FRAMES) << 12;
        }
        return va | random.nextInt(4096);
    }

    private void prepare(PagingMode mode) {
        ram.fill(0, RAM, (byte) 0);
        oracle.mode = mode;
        oracle.width = 40;
        oracle.eptMarks = random.nextBoolean();
        oracle.executeDisable = random.nextInt(4) > 0;
        // EPT in frames 0 to 3, each filled for the addresses in use; the rest are of the guest
        table(0, 0, 1, 1, 0x7);
        table(1, 0, 1, 2, 0x7);
        table(2, 0, 1, 3, 0x7);
        for (int i = 0; i < FRAMES; i++) {
            entry(3, i, 8, 4 + random.nextInt(FRAMES - 4), 0x37);
        }
        boolean narrow = mode == PagingMode.TWO_LEVEL;
        for (int frame = 4; frame < FRAMES; frame++) {
            for (int i = 0; i < 3; i++) {
                entry(frame, i, narrow ? 4 : 8, 4 + random.nextInt(FRAMES - 4), 0x7);
            }
        }
        oracle.cr3 = (4L + random.nextInt(FRAMES - 4)) << 12;
        oracle.eptRoot = 0;
        oracle.modeBased = random.nextInt(3) == 0;
        EptWalker ept = new EptWalker(ram);
        long marks = oracle.eptMarks ? EptWalker.EPTP_ACCESSED_DIRTY : 0;
        ept.use(3 << EptWalker.EPTP_LEVELS_SHIFT | 6 | marks, oracle.width);
        ept.extend(oracle.modeBased, null);
        walker.nested = ept;
        walker.mode = mode;
        walker.executeDisable = oracle.executeDisable;
        walker.largePages = true;
        walker.physicalBits = oracle.width;
        oracle.pdptes = new long[4];
        for (int i = 0; i < 4; i++) {
            oracle.pdptes[i] = (4L + random.nextInt(FRAMES - 4)) << 12 | (i < 3 ? 1 : 0);
            walker.pdpte(i, oracle.pdptes[i]);
        }
        ram.read(0, oracle.memory, 0, RAM);
    }

    private void table(int frame, int from, int count, int next, int flags) {
        for (int i = from; i < from + count; i++) {
            entry(frame, i, 8, next, flags);
        }
    }

    /**
     * An entry that mostly is good, and sometimes anything else; but nothing of the guest's lies in
     * the EPT, which then would change without INVEPT.
     */
    private void entry(int frame, int index, int size, int next, int flags) {
        long entry = (long) next << 12 | flags;
        if (frame < 4 && random.nextBoolean()) {
            entry |= EptWalker.EXECUTE_USER;
        }
        switch (random.nextInt(24)) {
            case 0 -> entry ^= 1L << random.nextInt(3);
            case 1 -> entry ^= 1L << random.nextInt(12);
            case 2 -> entry ^= 1L << random.nextInt(64);
            case 3 -> entry = frame < 3 ? flags | 0x80 : entry | 0x80; // a large page
            case 4 -> entry |= 0x60 & ~(frame < 4 ? 0x60L : 0); // accessed and dirty
            case 5 -> entry &= ~2L;
            default -> {}
        }
        if (frame < 3) {
            entry = entry & ~0x3f000L | (long) next << 12;
        } else if ((entry & 0x3c000) == 0 && (entry & 0x80) == 0) {
            entry |= 0x4000;
        }
        long at = ((long) frame << 12) + (long) size * index;
        if (size == 4) {
            ram.put32(at, (int) entry);
        } else {
            ram.put64(at, entry);
        }
    }
}
