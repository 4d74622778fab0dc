package org.xenolith.firmware.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HexFormat;

/** Encodings worked out by hand from ACPI 6.4, chapter 20.2. */
class AmlTest {
    private static String hex(byte[] aml) {
        return HexFormat.ofDelimiter(" ").formatHex(aml);
    }

    @Test
    void integersInTheirShortestForm() {
        assertEquals("00", hex(Aml.integer(0)));
        assertEquals("01", hex(Aml.integer(1)));
        assertEquals("0a 02", hex(Aml.integer(2)));
        assertEquals("0a ff", hex(Aml.integer(0xff)));
        assertEquals("0b 00 01", hex(Aml.integer(0x100)));
        assertEquals("0c 00 00 01 00", hex(Aml.integer(0x1_0000)));
        assertEquals("0e 00 00 00 00 01 00 00 00", hex(Aml.integer(1L << 32)));
        assertEquals("0e ff ff ff ff ff ff ff ff", hex(Aml.integer(-1)));
    }

    @Test
    void eisaIds() {
        assertEquals("0c 41 d0 0a 03", hex(Aml.eisaId("PNP0A03")));
        assertEquals("0c 41 d0 05 01", hex(Aml.eisaId("PNP0501")));
    }

    @Test
    void namesAreFilledUpAndPathsPrefixed() {
        assertEquals("08 5f 53 35 5f 00", hex(Aml.name("_S5", Aml.integer(0))));
        assertEquals("08 5c 5f 53 35 5f 00", hex(Aml.name("\\_S5", Aml.integer(0))));
        assertEquals(
                "08 5c 2e 5f 53 42 5f 50 43 49 30 00", hex(Aml.name("\\_SB.PCI0", Aml.integer(0))));
        assertEquals(
                "08 2f 03 41 5f 5f 5f 42 5f 5f 5f 43 5f 5f 5f 01",
                hex(Aml.name("A.B.C", Aml.integer(1))));
    }

    @Test
    void packagesCountTheirElements() {
        assertEquals("12 05 02 00 0a 05", hex(Aml.pack(Aml.integer(0), Aml.integer(5))));
    }

    @Test
    void lengthsGrowWithWhatTheyCount() {
        // The buffer's size operand has 2 bytes, so 60 more make 63 with the length itself.
        assertEquals("11 3f 0a 3c", start(Aml.buffer(new byte[60]), 4));
        assertEquals("11 41 04 0a 3d", start(Aml.buffer(new byte[61]), 5));
        // 4095 = 2 of length, 3 of operand, 4090.
        assertEquals("11 4f ff 0b fa 0f", start(Aml.buffer(new byte[4090]), 6));
        assertEquals("11 81 00 01 0b fb 0f", start(Aml.buffer(new byte[4091]), 7));
    }

    private static String start(byte[] aml, int length) {
        return hex(Arrays.copyOf(aml, length));
    }

    @Test
    void resourcesEndWithATag() {
        assertEquals(
                "11 10 0a 0d 47 01 f8 03 f8 03 01 08 22 10 00 79 00",
                hex(new Resources().ports(0x3f8, 8).irq(4).toAml()));
    }
}
