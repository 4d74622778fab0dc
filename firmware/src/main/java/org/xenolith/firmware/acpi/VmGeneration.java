package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The generation id of a virtual machine ("Virtual Machine Generation ID", Microsoft, 2012): 16
 * bytes in memory that change whenever the machine goes on from an older state, and an SSDT that
 * says where they are.
 */
final class VmGeneration {
    private VmGeneration() {}

    /** The bytes of an id, in the order of a GUID: its first three fields are little-endian. */
    static byte[] bytes(UUID id) {
        long high = id.getMostSignificantBits();
        ByteBuffer out = SystemTable.little(16);
        out.putInt((int) (high >>> 32)).putShort((short) (high >>> 16)).putShort((short) high);
        return out.putLong(Long.reverseBytes(id.getLeastSignificantBits())).array();
    }

    /**
     * The SSDT.
     *
     * @param address of the id, physical
     */
    static byte[] toBytes(TableMaker maker, long address) {
        byte[] device =
                Aml.device(
                        "VGEN",
                        Aml.name("_HID", Aml.string("XEN0000")),
                        Aml.name("_CID", Aml.string("VM_Gen_Counter")),
                        Aml.name("_DDN", Aml.string("VM_Gen_Counter")),
                        Aml.name(
                                "ADDR",
                                Aml.pack(
                                        Aml.integer(address & 0xffffffffL),
                                        Aml.integer(address >>> 32))));
        return maker.table("SSDT", 2, Aml.scope("\\_SB", device));
    }
}
