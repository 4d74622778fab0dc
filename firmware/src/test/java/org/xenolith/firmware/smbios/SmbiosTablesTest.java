package org.xenolith.firmware.smbios;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.smbios.SmbiosConfig.Processor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

class SmbiosTablesTest {
    static final UUID ID = UUID.fromString("89e5915f-dead-beef-cefd-46904ea94c4a");
    private static final long BASE = 0xf_1000;

    static SmbiosConfig config(Map<SmbiosKey, String> strings, SmbiosStructure... passed) {
        return new SmbiosConfig(
                "4.17.5",
                "01/01/2025",
                ID,
                512,
                2,
                new Processor("GenuineIntel", 0x306a9, 0x1f8bfbff, 1000),
                strings,
                List.of(),
                false,
                List.of(passed));
    }

    static SmbiosReader.Memory memory(byte[] block, long base) {
        return (address, length) -> {
            long from = address - base;
            return from < 0 || from > block.length - length
                    ? null
                    : Arrays.copyOfRange(block, (int) from, (int) from + length);
        };
    }

    static SmbiosReader.Tables read(SmbiosConfig config) throws SmbiosException {
        SmbiosReader.Memory memory = memory(SmbiosTables.of(config).toBytes(BASE), BASE);
        return SmbiosReader.read(memory, SmbiosReader.search(memory));
    }

    private static List<Integer> handles(SmbiosConfig config) throws SmbiosException {
        return read(config).structures().stream().map(SmbiosStructure::handle).toList();
    }

    @Test
    void haveTheHandlesThatXenGives() throws Exception {
        assertEquals(
                List.of(
                        0, 0x100, 0x300, 0x401, 0x402, 0xb00, 0x1000, 0x1100, 0x1300, 0x1400,
                        0x2000, 0x7f00),
                handles(config(Map.of())));
    }

    @Test
    void theEntryPointTellsWhereTheStructuresAre() throws Exception {
        byte[] block = SmbiosTables.of(config(Map.of())).toBytes(BASE);
        ByteBuffer in = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0x5f4d535f, in.getInt(0), "_SM_");
        assertEquals(31, in.get(5));
        assertEquals(BASE + 32, in.getInt(24));
        assertEquals(block.length - 32, in.getShort(22));
        assertEquals(12, in.getShort(28));
        assertEquals(0x24, in.get(30));
        SmbiosReader.Tables tables = read(config(Map.of()));
        assertEquals(2, tables.major());
        assertEquals(4, tables.minor());
    }

    @Test
    void theUuidStandsAsItIsWritten() throws Exception {
        SmbiosStructure system = read(config(Map.of())).structures().get(1);
        ByteBuffer bytes = ByteBuffer.wrap(system.bytes(8, 16));
        assertEquals(ID, new UUID(bytes.getLong(), bytes.getLong()));
        assertEquals(27, system.length());
    }

    @Test
    void stringsAreReplaced() throws Exception {
        SmbiosReader.Tables tables =
                read(
                        config(
                                Map.of(
                                        SmbiosKey.SYSTEM_VERSION, "3.3.1",
                                        SmbiosKey.BASEBOARD_ASSET_TAG, "tag",
                                        SmbiosKey.ENCLOSURE_SERIAL_NUMBER, "7",
                                        SmbiosKey.BATTERY_DEVICE_NAME, "cell")));
        assertEquals(List.of("3.3.1"), DmiKeyword.SYSTEM_VERSION.values(tables));
        assertEquals(List.of("Xen"), DmiKeyword.SYSTEM_MANUFACTURER.values(tables));
        assertEquals(List.of("HVM domU"), DmiKeyword.SYSTEM_PRODUCT_NAME.values(tables));
        assertEquals(List.of(ID.toString()), DmiKeyword.SYSTEM_SERIAL_NUMBER.values(tables));
        assertEquals(List.of(ID.toString()), DmiKeyword.SYSTEM_UUID.values(tables));
        assertEquals(List.of("tag"), DmiKeyword.BASEBOARD_ASSET_TAG.values(tables));
        assertEquals(List.of("Not Specified"), DmiKeyword.BASEBOARD_VERSION.values(tables));
        assertEquals(List.of("7"), DmiKeyword.CHASSIS_SERIAL_NUMBER.values(tables));
        assertEquals(2, DmiKeyword.PROCESSOR_FREQUENCY.values(tables).size());
        assertTrue(tables.structures().stream().anyMatch(s -> s.handle() == 0x1600));
    }

    @Test
    void memoryIsInDevicesOf16GiB() throws Exception {
        List<SmbiosStructure> structures = HardwareStructures.memory(40 << 10);
        assertEquals(1 + 3 * 3, structures.size());
        assertEquals(3, structures.get(0).u16(13));
        assertEquals(40L << 20, structures.get(0).u32(7));
        assertEquals(8 << 10, structures.get(7).u16(12), "the last is smaller");
        assertEquals(32L << 20, structures.get(8).u32(4));
        assertEquals((40L << 20) - 1, structures.get(8).u32(8));
        assertEquals(0x1102, structures.get(9).u16(12));
        assertEquals(0x1302, structures.get(9).u16(14));
    }

    private static byte[] file(SmbiosStructure... structures) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (SmbiosStructure structure : structures) {
            byte[] bytes = structure.toBytes();
            ByteBuffer size = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            out.writeBytes(size.putInt(bytes.length).array());
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    private static SmbiosStructure supply() {
        SmbiosStructure.Builder out = new SmbiosStructure.Builder(39, 5).u8(1);
        return out.string("here").u8(0, 0, 0, 0, 0, 0).u16(300, 0x11a2).build();
    }

    @Test
    void structuresFromAFileStandInPlaceOfTheUsual() throws Exception {
        SmbiosStructure vendor = new SmbiosStructure.Builder(200, 0xabc).u8(1, 2).build();
        SmbiosStructure board =
                new SmbiosStructure.Builder(2, 9).string("Board & Co").u8(0).build();
        List<SmbiosStructure> passed = SmbiosFile.read(file(vendor, board, supply()));
        SmbiosConfig config =
                config(
                        Map.of(SmbiosKey.BASEBOARD_MANUFACTURER, "unseen"),
                        passed.toArray(SmbiosStructure[]::new));
        List<Integer> handles = handles(config);
        assertEquals(List.of(0, 0x100, 0x200, 0x300), handles.subList(0, 4));
        assertEquals(List.of(0x2000, 0x2700, 0xabc, 0x7f00), handles.subList(11, 15));
        assertEquals(List.of("Board & Co"), DmiKeyword.BASEBOARD_MANUFACTURER.values(read(config)));
    }

    @Test
    void damagedFilesAreRefused() {
        byte[] good = file(supply());
        for (int length = 1; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            SmbiosException e = assertThrows(SmbiosException.class, () -> SmbiosFile.read(cut));
            assertEquals(1, e.getMessage().lines().count());
        }
        byte[] memory = file(new SmbiosStructure.Builder(17, 5).u8(1).build());
        assertThrows(SmbiosException.class, () -> SmbiosFile.read(memory));
        assertThrows(
                SmbiosException.class, () -> SmbiosFile.read(new byte[SmbiosFile.LARGEST + 1]));
    }

    @Test
    void tooMuchForATableIsRefused() throws Exception {
        SmbiosStructure.Builder large = new SmbiosStructure.Builder(200, 1);
        for (int i = 0; i < 300; i++) {
            large.add("x".repeat(255));
        }
        SmbiosConfig config = config(Map.of(), large.build());
        assertThrows(SmbiosException.class, () -> SmbiosTables.of(config));
    }

    @Test
    void refusesConfigurationsThatNoTableHolds() {
        assertFalse(SmbiosConfig.isString(""));
        assertFalse(SmbiosConfig.isString("a\nb"));
        assertFalse(SmbiosConfig.isString("\u00fc"));
        assertTrue(SmbiosConfig.isString("x".repeat(255)));
        assertFalse(SmbiosConfig.isString("x".repeat(256)));
        assertThrows(
                IllegalArgumentException.class,
                () -> config(Map.of(SmbiosKey.BIOS_VENDOR, "a\0b")));
    }

    @Test
    void everyChangedByteOfTheEntryPointIsNoticed() throws Exception {
        byte[] block = SmbiosTables.of(config(Map.of())).toBytes(BASE);
        for (int at = 0; at < SmbiosTables.ENTRY_SIZE; at++) {
            byte[] bad = block.clone();
            bad[at]++;
            assertThrows(SmbiosException.class, () -> SmbiosReader.search(memory(bad, BASE)));
        }
    }

    @Property(tries = 1000)
    void hostileTablesAreRefusedOrShown(
            @ForAll @IntRange(min = 32, max = 500) int at, @ForAll byte value) throws Exception {
        byte[] block = SmbiosTables.of(config(Map.of(), supply())).toDump();
        block[Math.min(at, block.length - 1)] = value;
        try {
            SmbiosReader.Tables tables = SmbiosReader.readDump(block);
            assertTrue(DmiText.of(tables).startsWith("SMBIOS 2.4 present."));
            for (DmiKeyword keyword : DmiKeyword.values()) {
                assertTrue(keyword.values(tables).size() <= tables.structures().size());
            }
        } catch (SmbiosException e) {
            assertEquals(1, e.getMessage().lines().count());
        }
    }

    @Test
    void structuresReadBack() throws Exception {
        for (SmbiosStructure structure : SmbiosTables.of(config(Map.of())).structures()) {
            ByteBuffer bytes = ByteBuffer.wrap(structure.toBytes());
            assertArrayEquals(structure.toBytes(), SmbiosStructure.read(bytes).toBytes());
            assertFalse(bytes.hasRemaining());
        }
    }
}
