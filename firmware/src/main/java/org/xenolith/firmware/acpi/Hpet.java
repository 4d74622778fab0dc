package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;

/** The table that says where the HPET is (IA-PC HPET Specification 1.0a, chapter 3.2.4). */
final class Hpet {
    static final String SIGNATURE = "HPET";
    static final long ADDRESS = 0xfed0_0000L;
    static final int SIZE = 0x400;

    /** Revision 1, three comparators, 64-bit counter, legacy replacement; vendor Intel. */
    private static final int BLOCK_ID = 0x8086_a201;

    private Hpet() {}

    static byte[] toBytes(TableMaker maker) {
        ByteBuffer out = SystemTable.little(20);
        out.putInt(BLOCK_ID);
        // A generic address structure: system memory, 64 bits wide.
        out.put((byte) 0).put((byte) 64).put((byte) 0).put((byte) 0).putLong(ADDRESS);
        // HPET number 0; no minimal tick; no page protection.
        out.put((byte) 0).putShort((short) 0).put((byte) 0);
        return maker.table(SIGNATURE, 1, out.array());
    }
}
