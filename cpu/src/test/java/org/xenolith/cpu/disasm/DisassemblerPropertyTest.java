package org.xenolith.cpu.disasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.xenolith.cpu.decode.Decoder;
import org.xenolith.cpu.decode.Instruction;

/** No byte sequence throws, or is read beyond 15 bytes; and the length is the decoder's. */
class DisassemblerPropertyTest {
    private static final int TRIES = 100_000;
    private static final int[] LEADING = {
        0x0f, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x2e, 0x3e, 0x40, 0x48, 0x4f, 0xc4, 0xc5,
        0xd9, 0xdd
    };

    private final Decoder decoder = new Decoder();
    private final Disassembler nasm = new Disassembler(Syntax.NASM);
    private final Disassembler att = new Disassembler(Syntax.ATT);

    @Provide
    Arbitrary<byte[]> code() {
        Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(20);
        Arbitrary<Integer> leading = Arbitraries.integers().between(0, LEADING.length - 1);
        Arbitrary<Integer[]> prefixes = leading.array(Integer[].class).ofMaxSize(16);
        return Combinators.combine(prefixes, any).as(DisassemblerPropertyTest::join);
    }

    private static byte[] join(Integer[] prefixes, byte[] rest) {
        byte[] code = new byte[prefixes.length + rest.length];
        for (int i = 0; i < prefixes.length; i++) {
            code[i] = (byte) LEADING[prefixes[i]];
        }
        System.arraycopy(rest, 0, code, prefixes.length, rest.length);
        return code;
    }

    @Property(tries = TRIES)
    void everythingHasATextAndTheDecodersLength(@ForAll("code") byte[] code) {
        Disassembled one = nasm.disassemble(code, 0, code.length, 0x1000);
        Disassembled other = att.disassemble(code, 0, code.length, 0x1000);
        Decoder.Result result = decoder.decode(code, code.length);
        Instruction in = decoder.instruction;
        boolean known = result == Decoder.Result.OK && in.opcode != null;
        assertEquals(known ? in.length : 1, one.length());
        assertEquals(one.length(), other.length());
        assertEquals(!known, one.text().equals(Disassembler.BAD));
        assertEquals(!known, other.text().equals(Disassembler.BAD));
        assertTrue(one.length() <= Math.min(code.length, Decoder.MAX_LENGTH));
        assertFalse(one.text().contains("null") || other.text().contains("null"));
    }

    @Property(tries = TRIES / 10)
    void bytesBehindTheInstructionDoNotMatter(@ForAll("code") byte[] code, @ForAll byte filler) {
        Disassembled before = nasm.disassemble(code, 0, code.length, 0);
        int length = before.text().equals(Disassembler.BAD) ? Decoder.MAX_LENGTH : before.length();
        byte[] changed = code.clone();
        for (int i = length; i < changed.length; i++) {
            changed[i] = filler;
        }
        assertEquals(before, nasm.disassemble(changed, 0, changed.length, 0));
        int shorter = Math.min(length, code.length);
        assertEquals(before, nasm.disassemble(code, 0, shorter, 0));
    }
}
