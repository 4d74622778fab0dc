package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;

import java.util.Objects;

/**
 * Turns code into text, one instruction a call. What the decoder does not accept, and what is cut
 * off by the end of the code, is {@link #BAD} and one byte long, so that a listing can go on behind
 * it. Not thread-safe.
 */
public final class Disassembler {
    /** The text of a byte that starts no instruction. */
    public static final String BAD = "(bad)";

    private final Decoder decoder = new Decoder();
    private final byte[] bytes = new byte[Decoder.MAX_LENGTH];
    private final Syntax syntax;
    private final CodeSize size;

    /** A disassembler of 64-bit code that writes one syntax. */
    public Disassembler(Syntax syntax) {
        this(syntax, CodeSize.BITS_64);
    }

    /** A disassembler that writes one syntax. */
    public Disassembler(Syntax syntax, CodeSize size) {
        this.syntax = syntax;
        this.size = size;
    }

    /**
     * Disassembles one instruction.
     *
     * @param code holds the instruction
     * @param offset where it starts in {@code code}
     * @param available bytes from there on, at least 1; at most 15 of them are read
     * @param address of its first byte, for branch targets
     * @throws IndexOutOfBoundsException if the bytes lie outside {@code code} or there are none
     */
    public Disassembled disassemble(byte[] code, int offset, int available, long address) {
        Objects.checkFromIndexSize(offset, available, code.length);
        Objects.checkIndex(0, available);
        int length = Math.min(available, Decoder.MAX_LENGTH);
        System.arraycopy(code, offset, bytes, 0, length);
        Decoder.Result result = decoder.decode(bytes, length, size.code);
        Instruction in = decoder.instruction;
        if (result != Decoder.Result.OK || in.opcode == null) {
            return new Disassembled(address, 1, BAD);
        }
        Statement statement = StatementReader.read(in, bytes, address, size);
        String text =
                switch (syntax) {
                    case NASM -> NasmWriter.write(statement);
                    case ATT -> AttWriter.write(statement);
                };
        return new Disassembled(address, in.length, text);
    }
}
