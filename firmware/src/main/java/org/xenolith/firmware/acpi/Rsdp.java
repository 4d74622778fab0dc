package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;

/**
 * The root pointer, revision 2 (ACPI 6.4, table 5.3). It lies on a 16-byte boundary between 0xe0000
 * and 1 MiB, where kernels search for it.
 *
 * @param rsdt physical address of the RSDT, below 4 GiB
 * @param xsdt physical address of the XSDT
 */
public record Rsdp(long rsdt, long xsdt) {
    /** Its size in bytes. */
    public static final int SIZE = 36;

    /** The size of its first part, which is all of it in ACPI 1.0, in bytes. */
    public static final int OLD_SIZE = 20;

    static final String SIGNATURE = "RSD PTR ";
    private static final int CHECKSUM_AT = 8;
    private static final int EXTENDED_CHECKSUM_AT = 32;

    byte[] toBytes(TableMaker maker) {
        ByteBuffer out = SystemTable.little(SIZE);
        out.put(SystemTable.ascii(SIGNATURE)).put((byte) 0);
        out.put(maker.oemBytes()).put((byte) 2);
        out.putInt((int) rsdt).putInt(SIZE).putLong(xsdt);
        SystemTable.seal(out.array(), 0, OLD_SIZE, CHECKSUM_AT);
        SystemTable.seal(out.array(), 0, SIZE, EXTENDED_CHECKSUM_AT);
        return out.array();
    }

    /** Reads a root pointer and checks both sums. */
    static Rsdp read(byte[] bytes) throws AcpiException {
        if (bytes.length < SIZE || !SystemTable.ascii(bytes, 0, 8).equals(SIGNATURE)) {
            throw new AcpiException("no RSDP");
        }
        if (SystemTable.sum(bytes, 0, OLD_SIZE) != 0 || SystemTable.sum(bytes, 0, SIZE) != 0) {
            throw new AcpiException("the RSDP has a wrong checksum");
        }
        ByteBuffer in = SystemTable.little(bytes);
        return new Rsdp(Integer.toUnsignedLong(in.getInt(16)), in.getLong(24));
    }
}
