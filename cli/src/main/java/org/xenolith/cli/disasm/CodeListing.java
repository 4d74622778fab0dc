package org.xenolith.cli.disasm;

import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.cpu.disasm.Disassembled;
import org.xenolith.cpu.disasm.Disassembler;
import org.xenolith.cpu.disasm.Syntax;

import java.io.PrintWriter;
import java.util.HexFormat;

/**
 * Lines of address, bytes and text. Bytes that do not fit their column go on in a line of their
 * own.
 */
public final class CodeListing {
    private static final int BYTES_A_LINE = 10;
    private static final int LINES_BETWEEN_CHECKS = 4096;
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    private final Disassembler disassembler;
    private final PrintWriter out;

    /** A listing in one syntax. */
    public CodeListing(Syntax syntax, CodeSize size, PrintWriter out) {
        this.disassembler = new Disassembler(syntax, size);
        this.out = out;
    }

    /** Writes out a part; stops early when nobody reads any more. */
    public void print(CodePart part) {
        if (!part.title().isEmpty()) {
            out.print("\nDisassembly of " + part.title() + ":\n\n");
        }
        long last = part.address() + part.length() - 1;
        String address = last >>> 32 == 0 ? "%08x:" : "%016x:";
        int at = 0;
        for (int line = 1; at < part.length(); line++) {
            int offset = part.offset() + at;
            Disassembled instruction =
                    disassembler.disassemble(
                            part.bytes(), offset, part.length() - at, part.address() + at);
            print(part.bytes(), offset, instruction, address);
            at += instruction.length();
            if (line % LINES_BETWEEN_CHECKS == 0 && out.checkError()) {
                return;
            }
        }
    }

    private void print(byte[] bytes, int offset, Disassembled instruction, String address) {
        int first = Math.min(instruction.length(), BYTES_A_LINE);
        String column = HEX.formatHex(bytes, offset, offset + first);
        out.print(address.formatted(instruction.address()));
        out.print("  " + column + " ".repeat(3 * BYTES_A_LINE + 1 - column.length()));
        out.print(instruction.text() + "\n");
        if (instruction.length() > first) {
            out.print(address.formatted(instruction.address() + first));
            int end = offset + instruction.length();
            out.print("  " + HEX.formatHex(bytes, offset + first, end) + "\n");
        }
    }
}
