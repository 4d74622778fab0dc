package org.xenolith.pv.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;
import org.xenolith.xen.domain.ShutdownReason;

import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The demo against what it wrote on a real Xen 4.17.7 when it was started in the same way. An
 * asterisk there stands for what depends on the machine: processor, frames, identity, time.
 */
final class DemoRomTest {
    @Test
    void findsWhatItFindsOnARealXen() throws Exception {
        RomRun.Result result =
                RomRun.of("demo")
                        .domid(2)
                        .commandLine("one two=three")
                        .ramdisk(new byte[4096])
                        .run();
        List<String> expected = expected().lines().toList();
        List<String> lines = result.console().lines().toList();
        for (int i = 0; i < Math.min(lines.size(), expected.size()); i++) {
            assertTrue(
                    matches(expected.get(i), lines.get(i)),
                    "line %d: expected '%s', was '%s'"
                            .formatted(i + 1, expected.get(i), lines.get(i)));
        }
        assertEquals(expected.size(), lines.size(), result::console);
        assertEquals(ShutdownReason.POWEROFF, result.domain().shutdown);
    }

    private static boolean matches(String expected, String line) {
        String pattern = Pattern.quote(expected).replace("*", "\\E\\S.*\\Q");
        return line.matches(pattern);
    }

    private static String expected() throws Exception {
        try (InputStream in = DemoRomTest.class.getResourceAsStream("demo-console.txt")) {
            assertNotNull(in);
            return new String(in.readAllBytes(), US_ASCII);
        }
    }
}
