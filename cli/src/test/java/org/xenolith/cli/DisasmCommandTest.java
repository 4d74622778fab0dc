package org.xenolith.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenolith.testroms.TestRoms;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

final class DisasmCommandTest {
    private static final byte[] CODE = {0x48, (byte) 0x89, (byte) 0xc3, 0x06, 0x74, (byte) 0xfa};

    @TempDir private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "disasm";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return commandLine.execute(all);
    }

    private String listing(String... arguments) {
        assertEquals(0, execute(arguments), err::toString);
        assertEquals("", err.toString());
        return out.toString();
    }

    private String refused(String... arguments) {
        assertEquals(2, execute(arguments), err::toString);
        assertEquals("", out.toString());
        String line = err.toString();
        assertEquals(1, line.lines().count(), line);
        assertTrue(line.startsWith("xenolith: "), line);
        return line.strip();
    }

    private String file(String name, byte[] content) throws Exception {
        return Files.write(folder.resolve(name), content).toString();
    }

    @Test
    void rawCodeHasItsOffsetsAsAddresses() throws Exception {
        assertEquals(
                """
                00000000:  48 89 c3                       mov rbx, rax
                00000003:  06                             (bad)
                00000004:  74 fa                          je 0x0
                """,
                listing(file("code", CODE)));
    }

    @Test
    void bitsChooseTheSizeOfCode() {
        assertEquals(
                "00000000:  01 d8                          add ax, bx\n",
                listing("--bits", "16", "--hex", "01d8"));
        out.getBuffer().setLength(0);
        assertEquals(
                "00000000:  01 d8                          add %ebx, %eax\n",
                listing("--bits", "32", "--syntax", "att", "--hex", "01d8"));
        out.getBuffer().setLength(0);
        assertTrue(refused("--bits", "8", "--hex", "90").contains("'8' is not 16, 32 or 64"));
    }

    @Test
    void baseOffsetAndLengthChoose() throws Exception {
        String code = file("code", CODE);
        assertEquals(
                "00000004:  74 fa                          je 0x0\n",
                listing("--offset", "4", code));
        assertEquals(
                "ffff800000000000:  48 89 c3                       mov %rax, %rbx\n",
                listing("--syntax=att", "--base=0xffff800000000000", "--length=0x3", code));
        assertEquals(
                "00001000:  74 fa                          je 0xffc\n",
                listing("--base", "4096", "--offset", "4", code));
    }

    @Test
    void hexTextIsCode() {
        String expected = "00000000:  48 89 c3                       mov rbx, rax\n";
        assertEquals(expected, listing("--hex", "48 89 c3"));
        assertEquals(expected, listing("--hex", "48", "89", "c3"));
        assertEquals(expected, listing("--hex", "0x48,0x89,0xC3"));
        assertEquals(expected, listing("--hex", "\\x48\\x89\\xc3"));
    }

    @Test
    void standardInputIsCodeOrHexText() {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(CODE));
            assertTrue(listing("-").contains("mov rbx, rax"));
            byte[] text = "48 89\nc3\n".getBytes(StandardCharsets.US_ASCII);
            System.setIn(new ByteArrayInputStream(text));
            assertTrue(listing("--hex", "-").contains("mov rbx, rax"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void longInstructionsGoOn() {
        assertEquals(
                """
                00000000:  65 48 c7 84 25 00 00 00 00 01  mov qword [gs:rbp+0x0], 0x1
                0000000a:  00 00 00
                """,
                listing("--hex", "65 48 c7 84 25 00000000 01000000"));
    }

    @Test
    void elfSectionsHaveTheirAddresses() throws Exception {
        String rom = file("rom.elf", TestRoms.image("poweroff"));
        String listing = listing(rom);
        assertTrue(listing.startsWith("\nDisassembly of section .text:\n\nffffffff8000"), listing);
        assertTrue(listing.contains("syscall\n") || listing.contains("call 0x"), listing);
        String raw = listing("--raw", "--length", "4", rom);
        assertTrue(raw.startsWith("00000000:  7f 45                          jg 0x47\n"), raw);
        assertTrue(refused("--base", "0", rom).contains("--base is for raw code"));
        assertTrue(refused("--length", "4", rom).contains("no code there"));
    }

    @Test
    void segmentsServeWhereSectionsAreMissing() throws Exception {
        String listing = listing(TinyKernel.write(folder).toString());
        assertTrue(
                listing.startsWith("\nDisassembly of segment at 0x100000:\n\n00100000:  7f 45"),
                listing);
    }

    @Test
    void whatCannotBeReadIsOneLine() throws Exception {
        String code = file("code", CODE);
        String none = folder.resolve("none").toString();
        assertTrue(refused().contains("FILE"));
        assertTrue(refused(none).contains(none + ": no such file"));
        assertTrue(refused(folder.toString()).contains("it is a directory"));
        assertTrue(refused(file("empty", new byte[0])).contains("no code there"));
        assertTrue(refused("--offset", "6", code).contains("no code there"));
        assertTrue(refused("--offset", "-1", code).contains("'-1' is no number"));
        assertTrue(refused("--length", "0", code).contains("--length: at least 1"));
        assertTrue(refused("--base", "12g", code).contains("'12g' is no number"));
        assertTrue(refused("--syntax", "masm", code).contains("neither nasm nor att"));
        assertTrue(refused("--hex", "48 8").contains("'48 8' is no hex text"));
        assertTrue(refused("--hex", "mov").contains("'mov' is no hex text"));
        assertTrue(refused("48", "89").contains("is --hex missing?"));
        byte[] damaged = {0x7f, 'E', 'L', 'F', 2, 1, 1};
        assertTrue(refused(file("damaged", damaged)).contains("damaged"));
        byte[] narrow = TestRoms.image("poweroff");
        narrow[4] = 1;
        assertTrue(refused(file("narrow", narrow)).contains("narrow"));
    }
}
