package org.xenolith.cpu.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Entries that others have displaced come back, and are gone when their page is flushed. */
class TlbTest {
    private static final long A = 0x7000;

    /** Has the same place as A. */
    private static final long B = A + (Tlb.SIZE << 12);

    private static final long MADDR = 0x40000;

    private final Tlb tlb = new Tlb(0);

    private void fill(long va, boolean writable, int shift) {
        tlb.fillRead(va, MADDR, writable, shift);
    }

    private long cached(long va) {
        return tlb.data[Tlb.index(va) + Tlb.READ];
    }

    @Test
    void twoPagesOfOnePlaceTakeTurns() {
        tlb.fillRead(A, 0x1000, true, 12);
        tlb.fillRead(B, 0x2000, false, 12);
        for (int i = 0; i < 3; i++) {
            assertTrue(tlb.recall(A + 5, Tlb.WRITE));
            assertEquals(A, cached(A));
            assertEquals(0x1000, A + tlb.data[Tlb.index(A) + Tlb.ADDEND]);
            assertTrue(tlb.recall(B + 5, Tlb.READ));
            assertEquals(B, cached(B));
            assertEquals(0x2000, B + tlb.data[Tlb.index(B) + Tlb.ADDEND]);
        }
        assertTrue(tlb.recall(A, Tlb.READ));
        assertFalse(tlb.recall(B, Tlb.WRITE)); // it is not writable
        assertFalse(tlb.recall(A, Tlb.READ)); // it is where it belongs
    }

    @Test
    void aDisplacedPageIsInvalidatedAsWell() {
        fill(A, true, 12);
        fill(B, true, 12);
        tlb.invalidatePage(A + 8);
        assertFalse(tlb.recall(A, Tlb.READ));
        assertEquals(B, cached(B));

        fill(A, true, 21);
        fill(B, true, 12);
        tlb.invalidatePage(A + 0x3000); // elsewhere in the large page
        assertFalse(tlb.recall(A, Tlb.READ));

        fill(A, true, 12);
        fill(B, true, 12);
        tlb.drop(A);
        assertFalse(tlb.recall(A, Tlb.READ));

        fill(A, true, 12);
        fill(B, true, 12);
        tlb.flush();
        assertFalse(tlb.recall(A, Tlb.READ));
    }

    @Test
    void aDisplacedPageThatHoldsCodeIsNotWritten() {
        tlb.fillRead(A, 0x1000, true, 12);
        tlb.fillRead(B, 0x2000, true, 12);
        assertArrayEquals(new long[] {0x2000, 0x1000}, tlb.writableFrames().toArray());
        tlb.protectFrame(0x1000);
        assertFalse(tlb.recall(A, Tlb.WRITE));
        assertTrue(tlb.recall(A, Tlb.READ));
        assertArrayEquals(new long[] {0x2000}, tlb.writableFrames().toArray());
    }

    @Test
    void aNewTranslationReplacesADisplacedOne() {
        tlb.fillRead(A, 0x1000, false, 12);
        tlb.fillRead(B, 0x2000, true, 12);
        tlb.fillRead(A, 0x3000, true, 12);
        assertTrue(tlb.recall(B, Tlb.READ));
        assertTrue(tlb.recall(A, Tlb.READ));
        assertEquals(0x3000, A + tlb.data[Tlb.index(A) + Tlb.ADDEND]);
    }

    @Test
    void hiddenWritesStayHiddenWhereverTheyAre() {
        fill(A, true, 12);
        fill(B, true, 12);
        tlb.hideWrites();
        assertFalse(tlb.recall(A, Tlb.WRITE));
        assertTrue(tlb.recall(A, Tlb.READ));
        tlb.revealWrites();
        assertTrue(tlb.recall(B, Tlb.WRITE));
        assertTrue(tlb.recall(A, Tlb.WRITE));
    }

    @Test
    void theOldestOfManyIsGivenUp() {
        for (int i = 0; i < 10; i++) {
            fill(A + i * ((long) Tlb.SIZE << 12), true, 12);
        }
        assertFalse(tlb.recall(A, Tlb.READ));
        assertTrue(tlb.recall(B, Tlb.READ));
    }
}
