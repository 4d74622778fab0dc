package org.xenolith.firmware.smbios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenolith.firmware.smbios.SmbiosConfig.Processor;
import org.xenolith.firmware.smbios.SmbiosStructure.Builder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Our text of tables against that of the real dmidecode. Needs it: without, the tests are skipped,
 * or fail with {@code -Dxenolith.guests=require}.
 */
class DmidecodeTest {
    /** Lines of its own before those of the tables. */
    private static final int ITS_HEADER = 2;

    @TempDir Path folder;

    private String dmidecode(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 3];
        command[0] = "dmidecode";
        command[1] = "--from-dump";
        command[2] = "dump";
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        String path = builder.environment().getOrDefault("PATH", "");
        builder.environment().put("PATH", path + ":/usr/sbin:/sbin");
        Process process;
        try {
            process = builder.redirectErrorStream(true).start();
        } catch (IOException e) {
            String message = "dmidecode is not on this machine: install it";
            if ("require".equals(System.getProperty("xenolith.guests"))) {
                fail(message, e);
            }
            abort(message);
            throw e;
        }
        byte[] output = process.getInputStream().readAllBytes();
        String text = new String(output, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.waitFor(), text);
        return text;
    }

    private void check(SmbiosConfig config) throws Exception {
        byte[] dump = SmbiosTables.of(config).toDump();
        Files.write(folder.resolve("dump"), dump);
        SmbiosReader.Tables tables = SmbiosReader.readDump(dump);
        List<String> theirs = dmidecode().lines().toList();
        List<String> ours = DmiText.of(tables).lines().toList();
        assertEquals(theirs.subList(ITS_HEADER, theirs.size()), ours);
        for (DmiKeyword keyword : DmiKeyword.values()) {
            assertEquals(
                    dmidecode("-s", keyword.toString()).lines().toList(),
                    keyword.values(tables),
                    keyword.toString());
        }
    }

    @Test
    void aDomainWithOneStringReplaced() throws Exception {
        check(SmbiosTablesTest.config(Map.of(SmbiosKey.SYSTEM_VERSION, "3.3.1")));
    }

    @Test
    void aDomainWithAllStringsReplaced() throws Exception {
        Map<SmbiosKey, String> strings = new EnumMap<>(SmbiosKey.class);
        for (SmbiosKey key : SmbiosKey.values()) {
            strings.put(key, "the " + key);
        }
        check(
                new SmbiosConfig(
                        "4.17.5",
                        "01/01/2025",
                        SmbiosTablesTest.ID,
                        40 << 10,
                        32,
                        new Processor("AuthenticAMD", 0x800f12, 0x178bfbff, 2400),
                        strings,
                        List.of("one", "two: (2)"),
                        true,
                        List.of()));
    }

    @Test
    void structuresOfTheOemAndSupplies() throws Exception {
        Builder supply = new Builder(39, 0).u8(1).string("here").string("unit 1");
        supply.string("Watts & Sons").u8(0, 0, 0, 0).u16(300, 0x11a2, 0xffff, 0x1b00, 0xffff);
        Builder vendor = new Builder(200, 0xabc).bytes(new byte[20]).string("a text");
        Builder enclosure =
                new Builder(3, 0).string("Boxes").u8(0x97).u8(0, 0, 0, 3, 4, 5, 3).u32(0x12345678);
        enclosure.u8(2, 1, 0, 0);
        Builder bios = new Builder(0, 0).string("B").string("1").u16(0xf000).string("02/03/2024");
        bios.u8(0).u32(0x03ff_9e90L, 0).u8(0x33, 0x1f, 2, 3, 4, 5);
        check(
                SmbiosTablesTest.config(
                        Map.of(), supply.build(), vendor.build(), enclosure.build(), bios.build()));
    }
}
