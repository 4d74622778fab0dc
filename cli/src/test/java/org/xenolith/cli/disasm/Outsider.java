package org.xenolith.cli.disasm;

import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.cpu.disasm.Syntax;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** A disassembler that somebody else wrote, as a program. */
enum Outsider {
    OBJDUMP_INTEL(Syntax.NASM, "objdump", "-M", "intel"),
    OBJDUMP_ATT(Syntax.ATT, "objdump"),
    NDISASM(Syntax.NASM, "ndisasm");

    /** The text of what is no instruction. */
    static final String BAD = "(bad)";

    private static final String PREFIXES_ONLY =
            "((rex(\\.[wrxb]+)?|[c-gs]s|data16|data32|addr16|addr32|o16|o32|o64|a16|a32|lock|repn?z?)( |$))+";

    /** The syntax that is compared with its own. */
    final Syntax syntax;

    private final List<String> command;

    Outsider(Syntax syntax, String... command) {
        this.syntax = syntax;
        this.command = List.of(command);
    }

    /**
     * An instruction as the outsider sees it.
     *
     * @param address of the first byte
     * @param length in bytes
     * @param text as printed; {@link #BAD} if it is none
     */
    record Line(long address, int length, String text) {}

    /** Whether the program is on this machine. */
    boolean available() {
        try {
            Process process =
                    new ProcessBuilder(command.getFirst(), this == NDISASM ? "-v" : "--version")
                            .redirectErrorStream(true)
                            .start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Disassembles code from its first byte to its last. */
    void list(byte[] code, long address, CodeSize size, Consumer<Line> lines) throws IOException {
        Path file = Files.createTempFile("xenolith", ".code");
        try {
            Files.write(file, code);
            Process process =
                    new ProcessBuilder(commandLine(file, address, size))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            try (var out =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.US_ASCII))) {
                if (this == NDISASM) {
                    readNdisasm(out, lines);
                } else {
                    readObjdump(out, lines);
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private List<String> commandLine(Path file, long address, CodeSize size) {
        String number = "0x" + Long.toHexString(address);
        List<String> line = new ArrayList<>(command);
        line.addAll(
                this == NDISASM
                        ? List.of("-b", size.name().substring(5), "-o", number)
                        : List.of("-D", "-b", "binary", "-m", machine(size), "--insn-width=16"));
        if (this != NDISASM) {
            line.add("--adjust-vma=" + number);
        }
        line.add(file.toString());
        return line;
    }

    private static String machine(CodeSize size) {
        return switch (size) {
            case BITS_16 -> "i8086";
            case BITS_32 -> "i386";
            case BITS_64 -> "i386:x86-64";
        };
    }

    /**
     * The text, or {@link #BAD} if it is no whole instruction: a byte of data, prefixes alone, an
     * x87 instruction that objdump or ndisasm has put together with the WAIT before it, or one of
     * the Itanium.
     */
    private static String known(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        boolean none =
                plain.contains("(bad)")
                        || plain.startsWith("db ")
                        || plain.startsWith(".byte")
                        || plain.contains("wait ")
                        || plain.contains("jmpe")
                        || plain.matches(PREFIXES_ONLY);
        return none ? BAD : text;
    }

    /** Lines are {@code address:TAB bytes TAB text}. */
    private static void readObjdump(BufferedReader out, Consumer<Line> lines) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            String[] columns = line.split("\t", 3);
            if (columns.length < 2 || !columns[0].endsWith(":")) {
                continue;
            }
            String hex = columns[0].strip();
            long address = Long.parseUnsignedLong(hex.substring(0, hex.length() - 1), 16);
            int length = (columns[1].strip().length() + 1) / 3;
            lines.accept(new Line(address, length, columns.length < 3 ? BAD : known(columns[2])));
        }
    }

    /** Lines are {@code address bytes text}; bytes may go on in lines that start with '-'. */
    private static void readNdisasm(BufferedReader out, Consumer<Line> lines) throws IOException {
        long address = 0;
        int length = 0;
        String text = null;
        String line;
        while ((line = out.readLine()) != null) {
            if (line.stripLeading().startsWith("-")) {
                length += (line.strip().length() - 1) / 2;
                continue;
            }
            if (text != null) {
                lines.accept(new Line(address, length, text));
            }
            String[] columns = line.strip().split(" +", 3);
            address = Long.parseUnsignedLong(columns[0].toLowerCase(Locale.ROOT), 16);
            length = columns[1].length() / 2;
            text = columns.length < 3 ? BAD : known(columns[2]);
        }
        if (text != null) {
            lines.accept(new Line(address, length, text));
        }
    }
}
