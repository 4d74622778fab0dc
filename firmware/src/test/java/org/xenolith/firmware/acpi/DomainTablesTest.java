package org.xenolith.firmware.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The tables of HVM and PVH domains. */
class DomainTablesTest {
    private static final UUID GENERATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final long RSDP = 0xf_0010;

    static AcpiTables hvm() {
        return AcpiTables.ofHvm(AcpiConfig.ofHvm(4, Optional.of(GENERATION), List.of()), RSDP);
    }

    static AcpiTables pvh() {
        return AcpiTables.ofPvh(AcpiConfig.ofPvh(4));
    }

    private static AcpiReader.Memory memory(AcpiTables tables) {
        byte[] block = new byte[tables.bytes().remaining()];
        tables.bytes().get(block);
        return (address, length) -> {
            if (address == tables.rsdpAddress() && length <= Rsdp.SIZE) {
                return tables.rsdp();
            }
            long from = address - tables.base();
            return from < 0 || from > block.length - length
                    ? null
                    : Arrays.copyOfRange(block, (int) from, (int) from + length);
        };
    }

    static Map<String, byte[]> tables(AcpiTables tables) throws AcpiException {
        return AcpiReader.read(memory(tables), tables.rsdpAddress());
    }

    @Test
    void hvmHasWhatXensFirmwareBuilds() throws Exception {
        Map<String, byte[]> tables = tables(hvm());
        assertEquals(
                Set.of("RSDT", "XSDT", "FACP", "APIC", "HPET", "WAET", "SSDT", "DSDT", "FACS"),
                tables.keySet());
        for (Map.Entry<String, byte[]> table : tables.entrySet()) {
            if (!table.getKey().equals("FACS")) {
                assertEquals(TableMaker.XEN, TableMaker.read(table.getValue()), table.getKey());
            }
        }
        assertEquals("Xen", SystemTable.ascii(hvm().rsdp(), 9, 3));
        assertEquals(RSDP, AcpiReader.search(memory(hvm())));
        assertEquals(0xfc00_0000L, hvm().base());
    }

    @Test
    void hvmFadt() throws Exception {
        byte[] fadt = tables(hvm()).get("FACP");
        assertArrayEquals(fadt, Fadt.read(fadt).toBytes());
        ByteBuffer in = SystemTable.little(fadt);
        assertEquals(4, in.get(8));
        assertEquals(244, in.capacity());
        assertEquals(0xb000, in.getInt(56));
        assertEquals(0xb004, in.getInt(64));
        assertEquals(0xb008, in.getInt(76));
        assertEquals(0xafe0, in.getInt(80));
        assertEquals(0xcf9, in.getLong(120));
        assertEquals(6, in.get(128));
    }

    @Test
    void hvmMadt() throws Exception {
        byte[] table = tables(hvm()).get("APIC");
        assertArrayEquals(table, Madt.read(AcpiBoard.HVM, table).toBytes());
        assertEquals(2, table[8]);
        for (int i = 0; i < 4; i++) {
            assertEquals(i, table[44 + 8 * i + 2], "processor id");
            assertEquals(2 * i, table[44 + 8 * i + 3], "APIC id");
        }
        assertEquals(1, table[44 + 32], "an I/O APIC");
        assertEquals(1, table[44 + 32 + 2], "its id");
        assertEquals(
                List.of(
                        new Madt.Override(0, 2, false),
                        new Madt.Override(5, 5, true),
                        new Madt.Override(9, 9, true),
                        new Madt.Override(10, 10, true),
                        new Madt.Override(11, 11, true)),
                Madt.read(AcpiBoard.HVM, table).overrides());
    }

    @Test
    void pvhLiesWhereXensToolsPutIt() throws Exception {
        AcpiTables one = AcpiTables.ofPvh(AcpiConfig.ofPvh(1));
        Map<String, byte[]> tables = tables(one);
        assertEquals(Set.of("RSDT", "XSDT", "FACP", "APIC", "DSDT", "FACS"), tables.keySet());
        assertEquals(0, one.rsdpAddress() % 4096);
        assertEquals(one.rsdpAddress() + 64, one.end());
        assertEquals(0x34, tables.get("APIC").length, "one local APIC and nothing else");
        assertEquals(2, tables.get("APIC")[8]);
        byte[] fadt = tables.get("FACP");
        assertEquals(0x10c, fadt.length);
        assertEquals(5, fadt[8]);
        assertArrayEquals(fadt, Fadt.read(fadt).toBytes());
        assertEquals(0xfc00_1000L, Fadt.read(fadt).facs());
        assertEquals(0xfc00_1040L, Fadt.read(fadt).dsdt());
        assertEquals(0, Fadt.read(fadt).registers().timer());
        assertEquals(6, tables(pvh()).get("APIC")[44 + 8 * 3 + 3], "APIC id of processor 3");
    }

    @Test
    void theGenerationIdIsAGuid() {
        byte[] block = new byte[hvm().bytes().remaining()];
        hvm().bytes().get(block);
        assertEquals(
                "33221100554477668899aabbccddeeff", HexFormat.of().formatHex(block, 0x10, 0x20));
    }

    @Test
    void tablesOfAFileAreAdded() throws Exception {
        byte[] ssdt = TableMaker.OWN.table("SSDT", 2, Aml.name("\\MINE", Aml.integer(5)));
        byte[] oem = TableMaker.OWN.table("OEM1", 1, new byte[10]);
        List<byte[]> more = AcpiFile.read(Aml.join(ssdt, oem));
        assertEquals(2, more.size());
        AcpiConfig config = AcpiConfig.ofHvm(1, Optional.empty(), more);
        Map<String, byte[]> tables = tables(AcpiTables.ofHvm(config, RSDP));
        assertArrayEquals(ssdt, tables.get("SSDT"));
        assertArrayEquals(oem, tables.get("OEM1"));
    }

    @Test
    void damagedFilesAreRefused() {
        byte[] ssdt = TableMaker.OWN.table("SSDT", 2, Aml.name("\\MINE", Aml.integer(5)));
        for (int length = 1; length < ssdt.length; length++) {
            byte[] cut = Arrays.copyOf(ssdt, length);
            assertThrows(AcpiException.class, () -> AcpiFile.read(cut));
        }
        for (int at = 0; at < ssdt.length; at++) {
            byte[] bad = ssdt.clone();
            bad[at]++;
            assertThrows(AcpiException.class, () -> AcpiFile.read(bad));
        }
        byte[] many = new byte[17 * ssdt.length];
        for (int i = 0; i < 17; i++) {
            System.arraycopy(ssdt, 0, many, i * ssdt.length, ssdt.length);
        }
        assertThrows(AcpiException.class, () -> AcpiFile.read(many));
    }

    @Test
    void theMostProcessorsHaveDistinctApics() throws Exception {
        AcpiTables most = AcpiTables.ofPvh(AcpiConfig.ofPvh(AcpiBoard.PVH.mostProcessors()));
        byte[] madt = tables(most).get("APIC");
        assertEquals(254, madt[44 + 8 * 127 + 3] & 0xff);
        assertThrows(IllegalArgumentException.class, () -> AcpiConfig.ofPvh(129));
        assertTrue(most.end() < 0xfc01_0000L);
        assertFalse(AcpiBoard.PVH.hasDevices());
    }
}
