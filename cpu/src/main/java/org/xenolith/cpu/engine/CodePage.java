package org.xenolith.cpu.engine;

import java.util.ArrayList;
import java.util.List;

/** The blocks decoded from one frame. */
final class CodePage {
    private static final int BUCKETS = 64;

    /** Blocks that start here, in buckets of 64 bytes by their start. */
    private final Block[] buckets = new Block[BUCKETS];

    /** Blocks that start in another frame and end here. */
    private final List<Block> entering = new ArrayList<>(0);

    /** One bit for each 128 bytes that hold decoded bytes; may say too much, never too little. */
    private int chunks;

    /** The valid block that starts at {@code maddr} and was decoded for {@code mode}, or null. */
    Block find(long maddr, int mode) {
        for (Block b = buckets[bucket(maddr)]; b != null; b = b.next) {
            if (b.maddr == maddr && b.mode == mode && b.valid) {
                return b;
            }
        }
        return null;
    }

    void add(Block block) {
        int i = bucket(block.maddr);
        block.next = buckets[i];
        buckets[i] = block;
        mark(block.maddr, block.secondPage < 0 ? block.length : 1);
        if (block.secondPage >= 0) {
            chunks |= 1 << 31;
        }
    }

    void addEntering(Block block) {
        entering.add(block);
        chunks |= 1;
    }

    /** All blocks that start here, also those that are not valid any more. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        for (Block first : buckets) {
            for (Block b = first; b != null; b = b.next) {
                blocks.add(b);
            }
        }
        return blocks;
    }

    /** The blocks that start in another page and end here, also those that are not valid. */
    List<Block> entering() {
        return entering;
    }

    /** Whether all of a range is known to hold decoded bytes. */
    boolean marks(long maddr, int length) {
        int mask = mask(maddr, length);
        return (chunks & mask) == mask;
    }

    /** Quick test; false means that no decoded byte lies in the range. */
    boolean mayHold(long maddr, int length) {
        return (chunks & mask(maddr, length)) != 0;
    }

    /**
     * Invalidates every block with a byte in the range.
     *
     * @return whether no block is left
     */
    boolean invalidate(long maddr, int length) {
        chunks = 0;
        boolean empty = true;
        for (int i = 0; i < BUCKETS; i++) {
            Block kept = null;
            for (Block b = buckets[i]; b != null; ) {
                Block following = b.next;
                if (!b.valid || b.overlaps(maddr, length)) {
                    b.valid = false;
                } else {
                    b.next = kept;
                    kept = b;
                    mark(b.maddr, b.secondPage < 0 ? b.length : 4096 - (int) (b.maddr & 4095));
                    empty = false;
                }
                b = following;
            }
            buckets[i] = kept;
        }
        for (int i = entering.size() - 1; i >= 0; i--) {
            Block b = entering.get(i);
            if (!b.valid || b.overlaps(maddr, length)) {
                b.valid = false;
                entering.remove(i);
            } else {
                chunks |= 1;
                empty = false;
            }
        }
        return empty;
    }

    private void mark(long maddr, int length) {
        chunks |= mask(maddr, length);
    }

    private static int mask(long maddr, int length) {
        int first = (int) (maddr & 4095) >> 7;
        int last = (int) Math.min(4095, (maddr & 4095) + length - 1) >> 7;
        return (int) ((1L << last + 1) - (1L << first));
    }

    private static int bucket(long maddr) {
        return (int) (maddr & 4095) >> 6;
    }
}
