package org.xenolith.xen.frames;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FrameTableTest {
    private final FrameTable frames = new FrameTable(8);

    @Test
    void handsOutTheLowestFrameButNeverFrame0() {
        assertEquals(1, frames.allocate(5));
        assertEquals(2, frames.allocate(5));
        frames.release(1);
        assertEquals(1, frames.allocate(6));
        for (int k = 3; k < 8; k++) {
            assertEquals(k, frames.allocate(5));
        }
        assertEquals(0, frames.free());
        assertEquals(-1, frames.allocate(5));
    }

    @Test
    void aTypeIsExclusiveWhileInUse() {
        long mfn = frames.allocate(5);
        assertTrue(frames.referenceWritable(mfn, 5));
        assertFalse(frames.referenceType(mfn, FrameTable.L1));
        frames.releaseWritable(mfn);
        assertTrue(frames.referenceType(mfn, FrameTable.L1));
        assertFalse(frames.isValidated(mfn));
        assertFalse(frames.referenceWritable(mfn, 5));
        assertEquals(1, frames.references(mfn));
    }

    @Test
    void onlyTheOwnersFramesAreReferenced() {
        long mfn = frames.allocate(5);
        assertFalse(frames.reference(mfn, 6));
        assertFalse(frames.reference(0, 5));
        assertFalse(frames.reference(-1, 5));
        assertFalse(frames.reference(8, 5));
        assertFalse(frames.reference(Long.MAX_VALUE, 5));
        assertEquals(FrameTable.NOBODY, frames.owner(Long.MIN_VALUE));
    }

    @Test
    void countsCannotGoBelowZero() {
        long mfn = frames.allocate(5);
        assertThrows(IllegalStateException.class, () -> frames.releaseType(mfn));
        frames.release(mfn);
        assertThrows(IllegalStateException.class, () -> frames.release(mfn));
    }

    @Test
    void aFrameInTypedUseIsNotFreed() {
        long mfn = frames.allocate(5);
        frames.referenceType(mfn, FrameTable.L4);
        assertThrows(IllegalStateException.class, () -> frames.release(mfn));
    }

    @Test
    void reclaimKeepsWhatOthersHold() {
        long mapped = frames.allocate(5);
        long other = frames.allocate(6);
        long plain = frames.allocate(5);
        frames.referenceType(plain, FrameTable.L2);
        frames.reclaim(5, m -> m == mapped ? 1 : 0, m -> m == mapped ? 1 : 0);
        assertEquals(FrameTable.XEN, frames.owner(mapped));
        assertEquals(FrameTable.NOBODY, frames.owner(plain));
        assertEquals(6, frames.owner(other));
        assertEquals(5, frames.free());
        frames.releaseWritable(mapped);
        assertEquals(6, frames.free());
    }
}
