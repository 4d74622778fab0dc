package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A system description table: the header of ACPI 6.4, table 5.4, and its content. */
final class SystemTable {
    static final int HEADER_SIZE = 36;
    static final int LENGTH_AT = 4;
    static final int CHECKSUM_AT = 9;

    /** The six letters that identify who made the machine. */
    static final String OEM_ID = "XENLTH";

    private static final String OEM_TABLE_ID = "XENOLITH";
    private static final int OEM_REVISION = 1;
    private static final String CREATOR_ID = "XNLT";
    private static final int CREATOR_REVISION = 1;

    private SystemTable() {}

    /** A whole table, its length and checksum filled in. */
    static byte[] of(String signature, int revision, byte[] content) {
        ByteBuffer out = little(HEADER_SIZE + content.length);
        out.put(ascii(signature)).putInt(out.capacity()).put((byte) revision).put((byte) 0);
        out.put(ascii(OEM_ID)).put(ascii(OEM_TABLE_ID)).putInt(OEM_REVISION);
        out.put(ascii(CREATOR_ID)).putInt(CREATOR_REVISION).put(content);
        seal(out.array(), 0, out.capacity(), CHECKSUM_AT);
        return out.array();
    }

    /** Makes the bytes of {@code [from, to)} add up to 0 modulo 256 by the one at {@code at}. */
    static void seal(byte[] table, int from, int to, int at) {
        table[at] = 0;
        table[at] = (byte) -sum(table, from, to);
    }

    static int sum(byte[] table, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += table[i];
        }
        return sum & 0xff;
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static String ascii(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
}
