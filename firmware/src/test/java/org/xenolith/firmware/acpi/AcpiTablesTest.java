package org.xenolith.firmware.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;
import org.xenolith.firmware.acpi.AcpiConfig.PciRoot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class AcpiTablesTest {
    private static final long BASE = 0xf0000;

    /** A machine with everything that tables can describe. */
    static AcpiConfig everything() {
        return new AcpiConfig(
                4, 2, true, true, true, Optional.of(PciRoot.withHoleAt(0xc000_0000L)));
    }

    static byte[] block(AcpiConfig config) {
        AcpiTables tables = AcpiTables.of(config, BASE);
        byte[] block = new byte[tables.bytes().remaining()];
        tables.bytes().get(block);
        return block;
    }

    private static AcpiReader.Memory memory(byte[] block) {
        return (address, length) -> {
            long from = address - BASE;
            return from < 0 || from > block.length - length
                    ? null
                    : Arrays.copyOfRange(block, (int) from, (int) from + length);
        };
    }

    static Map<String, byte[]> tables(AcpiConfig config) throws AcpiException {
        AcpiReader.Memory memory = memory(block(config));
        return AcpiReader.read(memory, AcpiReader.search(memory));
    }

    @Test
    void areFoundFromTheRootPointer() throws Exception {
        assertEquals(
                Set.of("RSDT", "XSDT", "FACP", "APIC", "HPET", "DSDT", "FACS"),
                tables(everything()).keySet());
        assertTrue(tables(AcpiConfig.of(1)).containsKey("HPET"));
        AcpiConfig old = new AcpiConfig(1, 1, false, false, false, Optional.empty());
        assertFalse(tables(old).containsKey("HPET"));
    }

    @Test
    void bothRootTablesPointToTheSameTables() throws Exception {
        Map<String, byte[]> tables = tables(everything());
        ByteBuffer rsdt = SystemTable.little(tables.get("RSDT"));
        ByteBuffer xsdt = SystemTable.little(tables.get("XSDT"));
        int count = (rsdt.capacity() - SystemTable.HEADER_SIZE) / 4;
        assertEquals(3, count);
        assertEquals(SystemTable.HEADER_SIZE + 8 * count, xsdt.capacity());
        for (int i = 0; i < count; i++) {
            long narrow = Integer.toUnsignedLong(rsdt.getInt(SystemTable.HEADER_SIZE + 4 * i));
            assertEquals(narrow, xsdt.getLong(SystemTable.HEADER_SIZE + 8 * i));
        }
    }

    @Test
    void theWakingVectorIsReadFromTheFacs() {
        AcpiTables built = AcpiTables.of(AcpiConfig.of(1), BASE);
        ByteBuffer block = built.bytes().order(ByteOrder.LITTLE_ENDIAN);
        byte[] facs = new byte[Facs.SIZE];
        block.get((int) (built.facsAddress() - BASE), facs);
        assertEquals(0, Facs.wakingVector(facs));
        assertEquals("FACS", new String(facs, 0, 4, StandardCharsets.US_ASCII));
        facs[13] = 0x10;
        facs[15] = (byte) 0x80;
        assertEquals(0x8000_1000L, Facs.wakingVector(facs));
    }

    @Test
    void fadtReadsBack() throws Exception {
        byte[] fadt = tables(everything()).get("FACP");
        assertArrayEquals(fadt, Fadt.read(fadt).toBytes());
        ByteBuffer in = SystemTable.little(fadt);
        assertEquals(0x600, in.getInt(56));
        assertEquals(0x604, in.getInt(64));
        assertEquals(0x608, in.getInt(76));
        assertEquals(9, in.getShort(46));
        assertEquals(0, in.getInt(112) & 1 << 6, "the clock wakes, and says so in PM1 status");
        assertEquals(0, in.getInt(48), "no SMI command port: always in ACPI mode");
        assertEquals(0xcf9, in.getLong(120));
        assertEquals(6, in.get(128));
        assertEquals(3, in.getShort(109), "legacy devices, 8042, VGA");
        assertEquals(5, SystemTable.little(tables(AcpiConfig.of(1)).get("FACP")).getShort(109));
    }

    @Test
    void madtReadsBack() throws Exception {
        byte[] table = tables(everything()).get("APIC");
        Madt madt = Madt.read(AcpiBoard.BARE, table);
        assertArrayEquals(table, madt.toBytes());
        assertEquals(4, madt.processors());
        assertEquals(
                List.of(
                        new Madt.Override(0, 2, false),
                        new Madt.Override(9, 9, true),
                        new Madt.Override(10, 10, true),
                        new Madt.Override(11, 11, true)),
                madt.overrides());
        byte[] least = tables(AcpiConfig.of(1)).get("APIC");
        assertEquals(2, Madt.read(AcpiBoard.BARE, least).overrides().size());
    }

    @Test
    void theMostProcessorsStillFitBelow1MiB() {
        assertTrue(AcpiTables.of(AcpiConfig.of(AcpiConfig.MOST_PROCESSORS), BASE).end() < 0xff000);
    }

    @Test
    void anyChangedByteOfATableIsNoticed() throws Exception {
        byte[] good = block(everything());
        assertEquals(7, AcpiReader.read(memory(good), BASE).size());
        // From the DSDT on (the FACS before it has no sum), gaps between tables left out.
        for (int at = 128; at < good.length; at++) {
            if (good[at] != 0) {
                byte[] bad = good.clone();
                bad[at]++;
                assertThrows(AcpiException.class, () -> AcpiReader.read(memory(bad), BASE));
            }
        }
        for (int at = 0; at < Rsdp.SIZE; at++) {
            byte[] bad = good.clone();
            bad[at]++;
            assertThrows(AcpiException.class, () -> AcpiReader.read(memory(bad), BASE));
        }
    }

    @Property(tries = 1000)
    void hostileTablesAreRefusedOrRead(
            @ForAll @IntRange(max = 4000) int at, @ForAll int value, @ForAll boolean resealed) {
        byte[] block = block(everything());
        ByteBuffer out = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(at % (block.length - 4), value);
        if (resealed) {
            SystemTable.seal(block, 0, Rsdp.OLD_SIZE, 8);
            SystemTable.seal(block, 0, Rsdp.SIZE, 32);
        }
        try {
            Map<String, byte[]> tables = AcpiReader.read(memory(block), BASE);
            assertTrue(tables.containsKey("XSDT"));
            Madt.read(AcpiBoard.BARE, tables.getOrDefault("APIC", new byte[44]));
        } catch (AcpiException e) {
            assertEquals(1, e.getMessage().lines().count());
        }
    }

    @Test
    void refusesMachinesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> AcpiConfig.of(0));
        assertThrows(IllegalArgumentException.class, () -> AcpiConfig.of(256));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PciRoot(0xc000_0000L, 8, 10, 10, 10, false));
        assertThrows(IllegalArgumentException.class, () -> PciRoot.withHoleAt(0xfec0_0000L));
        assertThrows(
                IllegalArgumentException.class, () -> AcpiTables.of(AcpiConfig.of(1), 0xf0010));
    }
}
