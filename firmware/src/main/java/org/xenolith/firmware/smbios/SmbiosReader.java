package org.xenolith.firmware.smbios;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads tables out of a machine's memory as dmidecode does. Guests may have written there: sums,
 * sizes and the number of structures are checked.
 */
public final class SmbiosReader {
    private SmbiosReader() {}

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
     * Tables that were read.
     *
     * @param major version of SMBIOS that they follow
     * @param minor of the version
     * @param address physical address of the structures
     * @param length of the structures, bytes, at most 65535
     * @param structures in their order, up to the one that ends the table
     */
    public record Tables(
            int major, int minor, long address, int length, List<SmbiosStructure> structures) {
        /** Copies the list. */
        public Tables {
            structures = List.copyOf(structures);
        }
    }

    /**
     * Finds the entry point.
     *
     * @return its physical address
     * @throws SmbiosException if there is none with right sums
     */
    public static long search(Memory memory) throws SmbiosException {
        for (long at = SmbiosTables.SEARCH_FROM; at < SmbiosTables.SEARCH_TO; at += 16) {
            byte[] entry = memory.read(at, SmbiosTables.ENTRY_SIZE);
            if (entry != null && isEntry(entry)) {
                return at;
            }
        }
        throw new SmbiosException("no SMBIOS entry point between 0xf0000 and 0x100000");
    }

    private static boolean isEntry(byte[] entry) {
        return entry.length >= SmbiosTables.ENTRY_SIZE
                && text(entry, 0, 4).equals(SmbiosTables.ANCHOR)
                && text(entry, SmbiosTables.INTERMEDIATE_AT, 5)
                        .equals(SmbiosTables.INTERMEDIATE_ANCHOR)
                && SmbiosTables.sum(entry, 0, SmbiosTables.ENTRY_SIZE) == 0
                && SmbiosTables.sum(entry, SmbiosTables.INTERMEDIATE_AT, SmbiosTables.ENTRY_SIZE)
                        == 0;
    }

    private static String text(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads all structures.
     *
     * @param entry physical address of the entry point
     * @throws SmbiosException if the entry point has wrong sums, or a structure is damaged
     */
    public static Tables read(Memory memory, long entry) throws SmbiosException {
        byte[] bytes = memory.read(entry, SmbiosTables.ENTRY_SIZE);
        if (bytes == null || !isEntry(bytes)) {
            throw new SmbiosException("no SMBIOS entry point at 0x" + Long.toHexString(entry));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = Short.toUnsignedInt(in.getShort(22));
        long address = Integer.toUnsignedLong(in.getInt(24));
        byte[] table = memory.read(address, length);
        if (table == null || table.length < length) {
            throw new SmbiosException("no memory at 0x" + Long.toHexString(address));
        }
        int count = Short.toUnsignedInt(in.getShort(28));
        List<SmbiosStructure> structures = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(table, 0, length);
        boolean ended = false;
        while (structures.size() < count && !ended) {
            SmbiosStructure structure = SmbiosStructure.read(rest);
            structures.add(structure);
            ended = structure.type() == SmbiosStructure.END;
        }
        return new Tables(bytes[6] & 0xff, bytes[7] & 0xff, address, length, structures);
    }

    /** Reads a dump, in which addresses are offsets. */
    public static Tables readDump(byte[] dump) throws SmbiosException {
        return read(
                (address, length) ->
                        address < 0 || address > dump.length - length
                                ? null
                                : Arrays.copyOfRange(dump, (int) address, (int) address + length),
                0);
    }
}
