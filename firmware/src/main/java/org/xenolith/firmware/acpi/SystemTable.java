package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What all system description tables have (ACPI 6.4, table 5.4). */
final class SystemTable {
    static final int HEADER_SIZE = 36;
    static final int LENGTH_AT = 4;
    static final int CHECKSUM_AT = 9;

    private SystemTable() {}

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
