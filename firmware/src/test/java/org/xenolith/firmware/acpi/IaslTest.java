package org.xenolith.firmware.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * The tables as ACPICA's iasl sees them. Needs acpica-tools: without, the tests are skipped, or
 * fail with {@code -Dxenolith.guests=require}.
 */
class IaslTest {
    private static final int HEADER = SystemTable.HEADER_SIZE;

    @TempDir Path folder;

    private String iasl(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "iasl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            String message = "iasl is not on this machine: install acpica-tools";
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

    private String disassembled(byte[] table) throws Exception {
        Files.write(folder.resolve("table.dat"), table);
        String output = iasl("-d", "table.dat");
        assertFalse(output.contains("rror") || output.contains("arning"), output);
        return Files.readString(folder.resolve("table.dsl"), StandardCharsets.ISO_8859_1);
    }

    /** What it makes of the bytes means the same bytes to it. */
    private void compilesBack(byte[] dsdt) throws Exception {
        disassembled(dsdt);
        String output = iasl("-oa", "-p", "again", "table.dsl");
        assertTrue(output.contains(" 0 Errors, 0 Warnings"), output);
        byte[] again = Files.readAllBytes(folder.resolve("again.aml"));
        assertArrayEquals(
                Arrays.copyOfRange(dsdt, HEADER, dsdt.length),
                Arrays.copyOfRange(again, HEADER, again.length));
    }

    @Test
    void dsdtOfAMachineWithEverything() throws Exception {
        byte[] dsdt = AcpiTablesTest.tables(AcpiTablesTest.everything()).get("DSDT");
        compilesBack(dsdt);
        String source = Files.readString(folder.resolve("table.dsl"));
        for (String id : new String[] {"PNP0A03", "PNP0501", "PNP0B00", "PNP0103", "PNP0303"}) {
            assertTrue(source.contains("EisaId (\"" + id + "\")"), id);
        }
        assertTrue(source.contains("Name (\\_S5, Package (0x04)"), source);
        assertTrue(source.contains("Name (\\_S3, Package (0x04)"), source);
        assertTrue(source.contains("Name (_PRT, Package (0x7C)"), source);
    }

    @Test
    void dsdtOfTheLeastMachine() throws Exception {
        byte[] dsdt = AcpiTablesTest.tables(AcpiConfig.of(1)).get("DSDT");
        compilesBack(dsdt);
        String source = Files.readString(folder.resolve("table.dsl"));
        assertTrue(source.contains("PNP0501"), source);
        assertFalse(source.contains("PNP0A03"), source);
    }

    private void allOf(AcpiTables built) throws Exception {
        for (Map.Entry<String, byte[]> table : DomainTablesTest.tables(built).entrySet()) {
            if (table.getKey().equals("DSDT") || table.getKey().equals("SSDT")) {
                compilesBack(table.getValue());
            } else {
                String text = disassembled(table.getValue());
                assertFalse(text.contains("Invalid") || text.contains("Unknown"), text);
            }
        }
    }

    @Test
    void tablesOfAnHvmDomain() throws Exception {
        allOf(DomainTablesTest.hvm());
        disassembled(DomainTablesTest.tables(DomainTablesTest.hvm()).get("DSDT"));
        String source = Files.readString(folder.resolve("table.dsl"));
        assertTrue(source.contains("Method (_PRT, 0, NotSerialized)"), source);
        assertTrue(source.contains("Device (C003)"), source);
    }

    @Test
    void tablesOfAPvhDomain() throws Exception {
        allOf(DomainTablesTest.pvh());
    }

    @ParameterizedTest
    @ValueSource(strings = {"FACP", "APIC", "HPET", "RSDT", "XSDT", "FACS"})
    void dataTables(String signature) throws Exception {
        Map<String, byte[]> tables = AcpiTablesTest.tables(AcpiTablesTest.everything());
        String text = disassembled(tables.get(signature));
        assertTrue(text.contains("Signature : \"" + signature + "\""), text);
        assertFalse(text.contains("Invalid") || text.contains("Unknown"), text);
    }
}
