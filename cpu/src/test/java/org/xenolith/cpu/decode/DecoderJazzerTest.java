package org.xenolith.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * The decoder under Jazzer, which looks for bytes that reach new paths: none make it throw, hang,
 * look beyond 15 bytes, or depend on what lies behind the instruction. The first byte chooses the
 * code size. Normally the inputs that are kept run; {@code -Pjazzer} looks for more.
 */
class DecoderJazzerTest {
    private static final int[] SIZES = {Decoder.CODE_16, Decoder.CODE_32, Decoder.CODE_64};

    private final Decoder decoder = new Decoder();

    /** What is kept: also where Jazzer starts from. */
    private static Stream<byte[]> kept() throws IOException {
        try (InputStream in = DecoderJazzerTest.class.getResourceAsStream("decoder-inputs.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines().filter(l -> !l.startsWith("#")).map(HexFormat.of()::parseHex);
        }
    }

    @MethodSource("kept")
    @FuzzTest(maxDuration = "3m")
    void everyByteSequenceDecodes(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int size = SIZES[(input[0] & 0xff) % SIZES.length];
        byte[] code = Arrays.copyOfRange(input, 1, input.length);
        Decoder.Result whole = decoder.decode(code, code.length, size);
        Opcode opcode = decoder.instruction.opcode;
        int length = decoder.instruction.length;
        if (code.length >= Decoder.MAX_LENGTH) {
            assertNotEquals(Decoder.Result.TRUNCATED, whole);
            // a page that ends behind the fifteenth byte: one more read would throw
            byte[] few = Arrays.copyOf(code, Decoder.MAX_LENGTH);
            assertEquals(whole, decoder.decode(few, few.length, size));
            assertEquals(opcode, decoder.instruction.opcode);
        } else {
            assertNotEquals(Decoder.Result.TOO_LONG, whole);
        }
        if (whole != Decoder.Result.OK) {
            return;
        }
        assertTrue(length >= 1 && length <= Math.min(code.length, Decoder.MAX_LENGTH));
        // exactly its own bytes are enough, and where it is an instruction fewer are not
        assertEquals(whole, decoder.decode(Arrays.copyOf(code, length), length, size));
        assertEquals(opcode, decoder.instruction.opcode);
        assertEquals(length, decoder.instruction.length);
        Decoder.Result cut = decoder.decode(code, length - 1, size);
        assertTrue(cut == Decoder.Result.TRUNCATED || opcode == null);
    }
}
