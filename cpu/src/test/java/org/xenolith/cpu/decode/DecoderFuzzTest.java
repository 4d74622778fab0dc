package org.xenolith.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.SplittableRandom;

/** No bytes make the decoder throw, read beyond 15 bytes or depend on what it has not read. */
class DecoderFuzzTest {
    private static final int[] LEADING = {
        0x0f, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x48, 0xc4, 0xc5
    };

    private final int rounds = Integer.getInteger("xenolith.fuzz.rounds", 200_000);
    private final SplittableRandom random =
            new SplittableRandom(Long.getLong("xenolith.fuzz.seed", 7));

    @ParameterizedTest
    @ValueSource(ints = {Decoder.CODE_16, Decoder.CODE_32, Decoder.CODE_64})
    void everyByteSequenceDecodes(int codeSize) {
        Decoder decoder = new Decoder();
        Decoder other = new Decoder();
        byte[] code = new byte[20];
        for (int round = 0; round < rounds; round++) {
            random.nextBytes(code);
            int leading = random.nextInt(5) == 0 ? random.nextInt(16) : random.nextInt(3);
            for (int i = 0; i < leading; i++) {
                code[i] = (byte) LEADING[random.nextInt(LEADING.length)];
            }
            Decoder.Result result = decoder.decode(code, code.length, codeSize);
            assertNotEquals(Decoder.Result.TRUNCATED, result);
            if (result != Decoder.Result.OK) {
                continue;
            }
            Instruction in = decoder.instruction;
            assertTrue(in.length >= 1 && in.length <= Decoder.MAX_LENGTH);
            Opcode found = in.opcode;
            if (found == null) {
                continue;
            }
            int length = in.length;
            byte[] alone = Arrays.copyOf(code, length);
            assertEquals(Decoder.Result.OK, other.decode(alone, length, codeSize));
            assertEquals(found, other.instruction.opcode);
            assertEquals(length, other.instruction.length);
            if (length > 1) {
                Decoder.Result cut = other.decode(alone, length - 1, codeSize);
                assertTrue(cut == Decoder.Result.TRUNCATED || other.instruction.opcode == null);
            }
        }
    }
}
