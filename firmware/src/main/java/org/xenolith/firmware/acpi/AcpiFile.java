package org.xenolith.firmware.acpi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file of tables as {@code acpi_firmware=} of xl.cfg(5) names one: whole tables, one behind the
 * other, that a domain gets beside its own.
 */
public final class AcpiFile {
    /** The largest file, bytes. */
    public static final int LARGEST = 256 << 10;

    /** The most tables in a file. */
    public static final int MOST_TABLES = 16;

    private AcpiFile() {}

    /**
     * Reads a file.
     *
     * @throws AcpiException if it is too large, a length does not fit, or a checksum is wrong
     */
    public static List<byte[]> read(byte[] file) throws AcpiException {
        if (file.length > LARGEST) {
            throw new AcpiException(
                    "%d bytes are more than the %d that are taken".formatted(file.length, LARGEST));
        }
        List<byte[]> tables = new ArrayList<>();
        int at = 0;
        while (at < file.length) {
            int left = file.length - at;
            int size =
                    left < SystemTable.HEADER_SIZE
                            ? 0
                            : SystemTable.little(file).getInt(at + SystemTable.LENGTH_AT);
            if (size < SystemTable.HEADER_SIZE || size > left) {
                throw new AcpiException("no table stands at byte " + at);
            }
            if (tables.size() == MOST_TABLES) {
                throw new AcpiException("there are more than " + MOST_TABLES + " tables");
            }
            byte[] table = Arrays.copyOfRange(file, at, at + size);
            if (SystemTable.sum(table, 0, size) != 0) {
                throw new AcpiException("the table at byte " + at + " has a wrong checksum");
            }
            tables.add(table);
            at += size;
        }
        return tables;
    }
}
