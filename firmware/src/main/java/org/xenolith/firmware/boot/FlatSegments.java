package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.ImageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A descriptor table for protected mode without segmentation, with the selectors that the boot
 * protocol of Linux prescribes: 10h for code, 18h for data.
 */
final class FlatSegments {
    private static final int CODE_SELECTOR = 0x10;
    private static final int DATA_SELECTOR = 0x18;

    // SDM volume 3A, figure 3-8: present, ring 0, 4 KiB units, 32 bit, limit fffff; accessed.
    private static final long CODE = 0x00cf_9b00_0000_ffffL;
    private static final long DATA = 0x00cf_9300_0000_ffffL;

    private FlatSegments() {}

    /** Puts the table into conventional memory. */
    static EntryState.Flat32 enter(LoadArea area, long eip, int eax, long ebx, long esi)
            throws ImageException {
        ByteBuffer table = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        table.putLong(CODE_SELECTOR, CODE).putLong(DATA_SELECTOR, DATA);
        long base = area.putLow("the descriptor table", table.array(), 16);
        return new EntryState.Flat32(
                (int) eip,
                eax,
                (int) ebx,
                (int) esi,
                base,
                table.capacity() - 1,
                CODE_SELECTOR,
                DATA_SELECTOR);
    }
}
