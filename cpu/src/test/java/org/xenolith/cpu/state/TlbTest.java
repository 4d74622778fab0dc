package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.memory.PhysicalMemory;

/** Pages that share a place are all found, and are gone when they are flushed. */
class TlbTest {
    private static final long A = 0x7000;

    /** Has the same place as A. */
    private static final long B = A + (Tlb.SIZE << 12);

    private static final long MADDR = 0x40000;

    private final Tlb tlb = new Tlb(0, new PhysicalMemory(1 << 20).memory());

    private void fill(long va, boolean writable, int shift) {
        tlb.fillRead(va, MADDR, writable, shift);
    }

    private boolean cached(long va, int tag) {
        return tlb.find(va, tag) >= 0;
    }

    private long translated(long va) {
        return tlb.maddr(tlb.find(va, Tlb.READ), va);
    }

    @Test
    void twoPagesOfOnePlaceAreBothFound() {
        tlb.fillRead(A, 0x1000, true, 12);
        tlb.fillRead(B, 0x2000, false, 12);
        assertTrue(cached(A + 5, Tlb.WRITE));
        assertEquals(0x1005, translated(A + 5));
        assertTrue(cached(B + 5, Tlb.READ));
        assertFalse(cached(B, Tlb.WRITE)); // it is not writable
        assertEquals(0x2005, translated(B + 5));
    }

    @Test
    void aDisplacedPageIsInvalidatedAsWell() {
        fill(A, true, 12);
        fill(B, true, 12);
        tlb.invalidatePage(A + 8);
        assertFalse(cached(A, Tlb.READ));
        assertTrue(cached(B, Tlb.READ));

        fill(A, true, 21);
        fill(B, true, 12);
        tlb.invalidatePage(A + 0x3000); // elsewhere in the large page
        assertFalse(cached(A, Tlb.READ));

        fill(A, true, 12);
        fill(B, true, 12);
        tlb.drop(A);
        assertFalse(cached(A, Tlb.READ));

        fill(A, true, 12);
        fill(B, true, 12);
        tlb.flush();
        assertFalse(cached(A, Tlb.READ));
    }

    @Test
    void aDisplacedPageThatHoldsCodeIsNotWritten() {
        tlb.fillRead(A, 0x1000, true, 12);
        tlb.fillRead(B, 0x2000, true, 12);
        assertArrayEquals(new long[] {0x2000, 0x1000}, tlb.writableFrames().toArray());
        tlb.protectFrame(0x1000);
        assertFalse(cached(A, Tlb.WRITE));
        assertTrue(cached(A, Tlb.READ));
        assertArrayEquals(new long[] {0x2000}, tlb.writableFrames().toArray());
    }

    @Test
    void aNewTranslationReplacesADisplacedOne() {
        tlb.fillRead(A, 0x1000, false, 12);
        tlb.fillRead(B, 0x2000, true, 12);
        tlb.fillRead(A, 0x3000, true, 12);
        assertTrue(cached(B, Tlb.READ));
        assertTrue(cached(A, Tlb.READ));
        assertEquals(0x3000, translated(A));
    }

    @Test
    void hiddenWritesStayHiddenWhereverTheyAre() {
        fill(A, true, 12);
        fill(B, true, 12);
        tlb.hideWrites();
        assertFalse(cached(A, Tlb.WRITE));
        assertTrue(cached(A, Tlb.READ));
        tlb.revealWrites();
        assertTrue(cached(B, Tlb.WRITE));
        assertTrue(cached(A, Tlb.WRITE));
    }

    @Test
    void theOldestOfThreeIsGivenUp() {
        long third = B + ((long) Tlb.SIZE << 12);
        fill(A, true, 12);
        fill(B, true, 12);
        fill(third, true, 12);
        assertFalse(cached(A, Tlb.READ));
        assertTrue(cached(B, Tlb.READ));
        assertTrue(cached(third, Tlb.READ));
    }

    @Test
    void whatIsInTheSecondPlaceIsBroughtToTheFirst() {
        fill(A, true, 12);
        fill(B, true, 12);
        for (long page : new long[] {A, B, A}) {
            assertEquals(Tlb.index(page), tlb.recall(page + 9, Tlb.WRITE));
            assertEquals(page, tlb.data[Tlb.index(page) + Tlb.READ]);
        }
        assertTrue(cached(B, Tlb.WRITE));
        assertEquals(-1, tlb.recall(B + ((long) Tlb.SIZE << 12), Tlb.READ));
    }

    @Test
    void aPageIsInOnePlaceOnly() {
        fill(A, true, 12);
        fill(B, true, 12);
        fill(A, false, 12);
        assertFalse(cached(A, Tlb.WRITE));
        tlb.invalidatePage(A);
        assertFalse(cached(A, Tlb.READ));
    }
}
