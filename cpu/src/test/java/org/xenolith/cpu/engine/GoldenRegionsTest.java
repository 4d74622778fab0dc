package org.xenolith.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The bytecode of small regions is what somebody has looked at and found good. After a change that
 * is meant, {@code -Dxenolith.golden=write} writes the files anew; look at what differs.
 */
class GoldenRegionsTest {
    private static final Path FOLDER =
            Path.of("src/test/resources/org/xenolith/cpu/engine/regions");

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "count-down, 48ffc8 75fb",
        "sum-of-array, 480303 48 83c308 48ffc9 75f4 c3",
        "compare-and-branch, 4839d8 7c03 4889d8 c3",
        "move-bytes, 8a06 8807 48ffc6 48ffc7 84c0 75f2",
        "call-and-return, e801000000 c3 8d04bf c3",
        "push-and-pop, 55 4889e5 5d c3",
        "carry-chain, 4801d8 4811ca",
        "shift, c1e005 d3ea",
        "conditional-move, 4839d8 480f4cc3 0f9cc1",
        "sign-extension, 4898 4863c1 0fb6d1",
        "locked-add, f0480fc10b",
        "string-store, f348ab",
        "scalar-double, f20f5803 f20f59c1 f20f1103",
        "packed-integers, 660ffec1 660f6f13 660fefd0",
        "divide, 48f7f1",
        "x87, d9e8 dec1",
        "system-call, b827000000 0f05"
    })
    void bytecodeIsAsApproved(String name, String code) throws IOException {
        compare(name, code, Tier.OPTIMIZED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "baseline-loop, 480303 48 83c308 48ffc9 75f4 c3",
        "baseline-calls, 55 4889e5 e801000000 c3 8d04bf 5d c3"
    })
    void baselineBytecodeIsAsApproved(String name, String code) throws IOException {
        compare(name, code, Tier.BASELINE);
    }

    private static void compare(String name, String code, Tier tier) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        String listing = TranslatedSnippet.listing(bytes, tier);
        Path file = FOLDER.resolve(name + ".txt");
        if ("write".equals(System.getProperty("xenolith.golden"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, listing);
        }
        assertEquals(Files.readString(file), listing);
    }
}
