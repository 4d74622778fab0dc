package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Who made tables, as their headers say (ACPI 6.4, table 5.4).
 *
 * @param oem who made the machine, at most 6 letters
 * @param model the machine, at most 8 letters
 * @param revision of the machine
 * @param creator what made the tables, 4 letters
 * @param creatorRevision its version
 */
record TableMaker(String oem, String model, int revision, String creator, int creatorRevision) {
    /** The machine without a hypervisor. */
    static final TableMaker OWN = new TableMaker("XENLTH", "XENOLITH", 1, "XNLT", 1);

    /** A domain of Xen. */
    static final TableMaker XEN = new TableMaker("Xen", "HVM", 0, "HVML", 0);

    private static final int OEM_AT = 10;
    private static final int OEM_SIZE = 6;
    private static final int MODEL_SIZE = 8;

    /** The six bytes that name the maker of the machine. */
    byte[] oemBytes() {
        return Arrays.copyOf(SystemTable.ascii(oem), OEM_SIZE);
    }

    /** A whole table, its length and checksum filled in. */
    byte[] table(String signature, int version, byte[] content) {
        ByteBuffer out = SystemTable.little(SystemTable.HEADER_SIZE + content.length);
        out.put(SystemTable.ascii(signature)).putInt(out.capacity());
        out.put((byte) version).put((byte) 0).put(oemBytes());
        out.put(Arrays.copyOf(SystemTable.ascii(model), MODEL_SIZE)).putInt(revision);
        out.put(SystemTable.ascii(creator)).putInt(creatorRevision).put(content);
        SystemTable.seal(out.array(), 0, out.capacity(), SystemTable.CHECKSUM_AT);
        return out.array();
    }

    /** Who made a table. */
    static TableMaker read(byte[] table) {
        ByteBuffer in = SystemTable.little(table);
        int model = OEM_AT + OEM_SIZE;
        return new TableMaker(
                name(table, OEM_AT, OEM_SIZE),
                name(table, model, MODEL_SIZE),
                in.getInt(model + MODEL_SIZE),
                SystemTable.ascii(table, model + MODEL_SIZE + 4, 4),
                in.getInt(model + MODEL_SIZE + 8));
    }

    private static String name(byte[] table, int from, int length) {
        String name = SystemTable.ascii(table, from, length);
        int end = name.indexOf('\0');
        return end < 0 ? name : name.substring(0, end);
    }
}
