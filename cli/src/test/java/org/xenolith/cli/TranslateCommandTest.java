package org.xenolith.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

final class TranslateCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "translate";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return commandLine.execute(all);
    }

    private String refused(String... arguments) {
        assertEquals(2, execute(arguments), err::toString);
        assertEquals("", out.toString());
        return err.toString().strip();
    }

    @Test
    void instructionsAndTheirBytecodeAreShown() {
        assertEquals(0, execute("--hex", "48", "ff", "c8", "75", "fb"), err::toString);
        String text = out.toString();
        int first = text.indexOf("dec rax");
        int second = text.indexOf("jne 0x401ffb");
        assertTrue(first > 0 && second > first, text);
        assertTrue(text.substring(first, second).contains("lload rax"), text);
        assertTrue(text.endsWith("areturn\n"), text);
    }

    @Test
    void baselineCodeLeavesRegistersWhereTheyAre() {
        assertEquals(0, execute("--tier", "baseline", "--hex", "4801d8"), err::toString);
        assertTrue(out.toString().contains("invokestatic Arithmetic.add"), out::toString);
        out.getBuffer().setLength(0);
        assertTrue(refused("--tier", "best", "--hex", "90").contains("optimized]"));
    }

    @Test
    void aFileIsRawCode(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("code"), new byte[] {0x48, 0x01, (byte) 0xd8});
        assertEquals(0, execute(file.toString()), err::toString);
        assertTrue(out.toString().contains("add rax, rbx"), out::toString);
    }

    @Test
    void whatCannotBeTranslatedIsOneLine() {
        assertEquals("xenolith: the first instruction is cut off", refused("--hex", "48"));
        err.getBuffer().setLength(0);
        assertEquals(
                "xenolith: cannot be translated: an instruction without a translation",
                refused("--hex", "06"));
        err.getBuffer().setLength(0);
        assertTrue(refused("--hex", "").contains("1 to 4096 bytes"));
    }
}
