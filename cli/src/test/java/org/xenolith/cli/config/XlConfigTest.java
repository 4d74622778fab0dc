package org.xenolith.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class XlConfigTest {
    private static XlConfig parse(String text) throws ConfigException {
        return XlConfig.parse("guest.cfg", text);
    }

    private static String errorOf(String text) {
        return assertThrows(ConfigException.class, () -> parse(text)).getMessage();
    }

    @Test
    void readsWhatXlReads() throws ConfigException {
        XlConfig config =
                parse(
                        """
                        # a guest
                        name = "deb'ian" ; type='pv'
                        memory=256  # MiB
                        vcpus = 0x4\r
                        vif = [ 'mac=00:16:3e:00:00:01',
                            # more
                            "bridge=xenbr0" , [ 1, ], ]
                        extra = "a \\"b\\" \\x41\\102"
                        """);
        assertEquals("deb'ian", config.string("name"));
        assertEquals("pv", config.string("type"));
        assertEquals(256, config.number("memory"));
        assertEquals(4, config.number("vcpus"));
        assertEquals("a \"b\" AB", config.string("extra"));
        assertNull(config.string("kernel"));
    }

    @Test
    void laterAssignmentsWinAndPlusJoins() throws ConfigException {
        XlConfig config = parse("memory=1\nmemory=2\nextra='a'\nextra += ' b'\ncmdline += 'c'");
        assertEquals(2, config.number("memory"));
        assertEquals("a b", config.string("extra"));
        assertEquals("c", config.string("cmdline"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~a=1\n\nb = pv~, ~guest.cfg:3: expected a string in quotes, a number or a list,"
                        + " found 'pv'~",
                "~a = 'x~, guest.cfg:1: a string does not end on its line",
                "~a = 'x\n'~, guest.cfg:1: a string does not end on its line",
                "~a = 'x\\~, ~guest.cfg:1: unknown escape after '\\' in a string: the end of the"
                        + " text~",
                "~a = '\\q'~, ~guest.cfg:1: unknown escape after '\\' in a string: 'q''~",
                "~a = '\\0'~, guest.cfg:1: an escape must stand for a character from 1 to 255",
                "~a = '\\xg'~, ~guest.cfg:1: expected a digit in an escape, found 'g''~",
                "~#\na = [ 1,\n 2~, ~guest.cfg:3: the list that starts in line 2 has no ']'~",
                "~a = [ 1\n 2 ]~, ~guest.cfg:2: expected ',' or ']' in a list, found '2'~",
                "~a = 12z~, ~guest.cfg:1: '12z' is not a number; strings need quotes~",
                "~a = 1 b = 2~, ~guest.cfg:1: expected the end of the line, found 'b'~",
                "~a~, ~guest.cfg:1: expected '=', found the end of the text~",
                "~a =~, ~guest.cfg:1: expected a string in quotes, a number or a list, found the"
                        + " end of the text~",
                "~= 3~, ~guest.cfg:1: expected a key, found '='~",
                "~a = 1\na += [ 1 ]~, ~guest.cfg:2: 'a +=' needs two strings or two lists~",
            })
    void errorsNameTheLine(String text, String message) {
        assertEquals(message, errorOf(text));
    }

    @Test
    void aFileThatIsNoTextIsRefused() {
        assertEquals(
                "guest.cfg:2: a NUL character; is this a text file?", errorOf("a = 1\n\0b = 2"));
    }

    @Test
    void listsCannotNestWithoutEnd() {
        assertEquals("guest.cfg:1: lists are nested too deep", errorOf("a = " + "[".repeat(9999)));
    }

    @Test
    void valuesOfTheWrongKindAreErrors() throws ConfigException {
        XlConfig config = parse("memory = 'much'\n\nvcpus = [ 1 ]\nmaxmem='-5'");
        assertEquals(
                "guest.cfg:1: 'memory' must be a number, not 'much'",
                assertThrows(ConfigException.class, () -> config.number("memory")).getMessage());
        assertEquals(
                "guest.cfg:3: 'vcpus' must not be a list",
                assertThrows(ConfigException.class, () -> config.number("vcpus")).getMessage());
        assertThrows(ConfigException.class, () -> config.number("maxmem"));
    }

    @Test
    void numbersAreThoseOfC() {
        assertEquals(0, XlConfig.parseNumber("0"));
        assertEquals(8, XlConfig.parseNumber("010"));
        assertEquals(255, XlConfig.parseNumber("0xfF"));
        assertEquals(Long.MAX_VALUE, XlConfig.parseNumber("9223372036854775807"));
        for (String wrong : List.of("", "0x", "08", "9223372036854775808", "1k", "-1", "٣")) {
            assertNull(XlConfig.parseNumber(wrong), wrong);
        }
    }

    @Test
    void argumentsOverrideTheFile() throws ConfigException {
        XlConfig config =
                parse("name='a'\nmemory=1\nextra='x'")
                        .with(
                                List.of(
                                        "name=bare word",
                                        "memory = 0x10",
                                        "extra+=\" y=z\"",
                                        "disk=[ 'a', 'b' ]",
                                        "cmdline="));
        assertEquals("bare word", config.string("name"));
        assertEquals(16, config.number("memory"));
        assertEquals("x y=z", config.string("extra"));
        assertEquals("", config.string("cmdline"));
        assertEquals(List.of("command line: 'disk' is not supported yet"), config.warnings());
    }

    @Test
    void aBrokenOverrideNamesItself() {
        assertEquals(
                "'disk=[ 1': the list that starts in line 0 has no ']'",
                assertThrows(
                                ConfigException.class,
                                () -> XlConfig.empty().with(List.of("disk=[ 1")))
                        .getMessage());
        assertThrows(ConfigException.class, () -> XlConfig.empty().with(List.of("name='a' b")));
    }

    @Test
    void tellsOverridesFromFiles() {
        assertTrue(XlConfig.isOverride("memory=5"));
        assertTrue(XlConfig.isOverride("extra+=x"));
        assertTrue(XlConfig.isOverride("cmdline=a=b\nc"));
        assertFalse(XlConfig.isOverride("guest.cfg"));
        assertFalse(XlConfig.isOverride("./a=b"));
        assertFalse(XlConfig.isOverride("=b"));
    }

    @Test
    void keysWithoutEffectAreNamed() throws ConfigException {
        assertEquals(
                List.of(
                        "guest.cfg:2: 'vif' is not supported yet",
                        "guest.cfg:3: 'mem' is not a key of xl.cfg"),
                parse("memory=1\nvif=[]\nmem=2").warnings());
    }

    @Test
    void unreadableFilesAreErrors(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing.cfg");
        assertEquals(
                "configuration: " + missing + ": no such file",
                assertThrows(ConfigException.class, () -> XlConfig.load(missing)).getMessage());
        assertEquals(
                "configuration: " + folder + ": is a directory",
                assertThrows(ConfigException.class, () -> XlConfig.load(folder)).getMessage());
        Path huge = Files.write(folder.resolve("huge"), new byte[(1 << 20) + 1]);
        assertEquals(
                "configuration: " + huge + ": larger than 1 MiB",
                assertThrows(ConfigException.class, () -> XlConfig.load(huge)).getMessage());
    }
}
