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

    /** The hot region that starts here, once there is one. */
    Region region;

    /** Executions outside of regions since a region from here was last due. */
    int heat;

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
