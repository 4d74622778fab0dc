package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads tables out of a machine's memory as a kernel does: from the RSDP to the XSDT, to the tables
 * it points to, and from the FADT to the DSDT and FACS. Guests may have written there: every
 * pointer, size and sum is checked.
 */
public final class AcpiReader {
    /** Most pointers followed. */
    private static final int MOST_TABLES = 64;

    /** Largest table read, in bytes. */
    private static final int LARGEST_TABLE = 1 << 20;

    private final Memory memory;
    private final Map<String, byte[]> tables = new LinkedHashMap<>();

    private AcpiReader(Memory memory) {
        this.memory = memory;
    }

    /** Physical memory to read from. */
    @FunctionalInterface
    public interface Memory {
        /**
         * Reads bytes.
         *
         * @param address physical
         * @param length in bytes
         * @return the bytes, or null if there is no memory there
         */
        byte[] read(long address, int length);
    }

    /**
     * Finds the RSDP: the first one with right sums on a 16-byte boundary of the BIOS area.
     *
     * @return its physical address
     * @throws AcpiException if there is none
     */
    public static long search(Memory memory) throws AcpiException {
        for (long at = 0xe_0000; at < 0x10_0000; at += 16) {
            byte[] bytes = memory.read(at, Rsdp.SIZE);
            if (bytes != null && SystemTable.ascii(bytes, 0, 8).equals(Rsdp.SIGNATURE)) {
                Rsdp.read(bytes);
                return at;
            }
        }
        throw new AcpiException("no RSDP between 0xe0000 and 0x100000");
    }

    /**
     * Reads all tables.
     *
     * @param memory where they are
     * @param rsdp physical address of the RSDP
     * @return the tables with their headers, by signature, in the order in which they are found; of
     *     several with one signature the first
     * @throws AcpiException if a pointer leads nowhere, or a table has a wrong size or checksum
     */
    public static Map<String, byte[]> read(Memory memory, long rsdp) throws AcpiException {
        AcpiReader reader = new AcpiReader(memory);
        reader.readAll(Rsdp.read(reader.bytes(rsdp, Rsdp.SIZE)));
        return reader.tables;
    }

    private void readAll(Rsdp rsdp) throws AcpiException {
        pointers(rsdp.rsdt(), "RSDT", 4);
        pointers(rsdp.xsdt(), "XSDT", 8);
        byte[] fadt = tables.get(Fadt.SIGNATURE);
        if (fadt != null) {
            Fadt pointers = Fadt.read(fadt);
            table(pointers.dsdt());
            facs(pointers.facs());
        }
    }

    private void pointers(long address, String signature, int size) throws AcpiException {
        byte[] root = table(address);
        if (!SystemTable.ascii(root, 0, 4).equals(signature)) {
            throw new AcpiException("the RSDP does not point to an " + signature);
        }
        ByteBuffer in = SystemTable.little(root);
        int count = (root.length - SystemTable.HEADER_SIZE) / size;
        if (count > MOST_TABLES) {
            throw new AcpiException("the " + signature + " has " + count + " pointers");
        }
        for (int i = 0; i < count; i++) {
            int at = SystemTable.HEADER_SIZE + i * size;
            table(size == 8 ? in.getLong(at) : Integer.toUnsignedLong(in.getInt(at)));
        }
    }

    private byte[] table(long address) throws AcpiException {
        byte[] header = bytes(address, SystemTable.HEADER_SIZE);
        String name = "the table at 0x" + Long.toHexString(address);
        int size = SystemTable.little(header).getInt(SystemTable.LENGTH_AT);
        if (size < SystemTable.HEADER_SIZE || size > LARGEST_TABLE) {
            throw new AcpiException(name + " claims " + Integer.toUnsignedString(size) + " bytes");
        }
        byte[] table = bytes(address, size);
        if (SystemTable.sum(table, 0, size) != 0) {
            throw new AcpiException(name + " has a wrong checksum");
        }
        tables.putIfAbsent(SystemTable.ascii(table, 0, 4), table);
        return table;
    }

    /** The FACS has a length, but no checksum. */
    private void facs(long address) throws AcpiException {
        byte[] facs = bytes(address, 64);
        if (address % 64 != 0 || !SystemTable.ascii(facs, 0, 4).equals("FACS")) {
            throw new AcpiException("the FADT does not point to a FACS");
        }
        tables.put("FACS", facs);
    }

    private byte[] bytes(long address, int length) throws AcpiException {
        byte[] bytes = memory.read(address, length);
        if (bytes == null || bytes.length < length) {
            throw new AcpiException("no memory at 0x" + Long.toHexString(address));
        }
        return bytes;
    }
}
