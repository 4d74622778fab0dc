package org.xenolith.cpu.engine;

/** A run of operations that are entered only at the first and left only at the last. */
final class Block {
    final Operation[] operations;

    /** Machine address of the first byte. */
    final long maddr;

    /** Bytes. */
    final int length;

    /** Machine address of the second page's part if the block crosses a page, else -1. */
    final long secondPage;

    /** {@code Cpu.mode} that it was decoded for. */
    final int mode;

    /** Whether the last instruction ends a block by its nature. */
    final boolean ends;

    /** The region through which it is executed, once there is one. */
    Region region;

    /** Its number in that region's blocks. */
    int entry;

    /** An optimized region that starts here and is still being translated, or null. */
    Region better;

    /** Executions outside of regions since a region from here was last due. */
    int heat;

    /** Instructions that have retired in a baseline region since it was entered here. */
    long work;

    /**
     * How far away, in linear addresses, execution went on when the block was last executed by
     * itself; 0 if that is not known.
     */
    int followed;

    /** Cleared when a store changes any of the bytes. */
    boolean valid = true;

    /** Next in the bucket of its {@link CodePage}. */
    Block next;

    Block(Operation[] operations, long maddr, int length, long secondPage, int mode, boolean ends) {
        this.operations = operations;
        this.maddr = maddr;
        this.length = length;
        this.secondPage = secondPage;
        this.mode = mode;
        this.ends = ends;
    }

    /**
     * Executions, by itself and in a baseline region. A block with an optimized region is left with
     * the first: other regions rather end there than have it, too.
     */
    int executions() {
        int counted = region == null || entry >= region.counts.length ? 0 : region.counts[entry];
        return counted < 0
                ? Integer.MAX_VALUE
                : Math.clamp((long) heat + counted, 0, Integer.MAX_VALUE);
    }

    /** Whether any byte lies in the given range, which lies in one page. */
    boolean overlaps(long from, int bytes) {
        long inFirst = secondPage < 0 ? length : 4096 - (maddr & 4095);
        if (maddr < from + bytes && from < maddr + inFirst) {
            return true;
        }
        return secondPage >= 0
                && secondPage < from + bytes
                && from < secondPage + (length - inFirst);
    }
}
