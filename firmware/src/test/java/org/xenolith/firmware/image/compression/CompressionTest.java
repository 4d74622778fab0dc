package org.xenolith.firmware.image.compression;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

class CompressionTest {
    private static final int LIMIT = 64 << 20;

    /** Compressible and incompressible stretches, after the magic that {@code NONE} wants. */
    private static byte[] sample(int size) {
        byte[] data = new byte[size];
        Random random = new Random(1);
        for (int i = 0; i < size; i += 4096) {
            byte[] part = new byte[Math.min(4096, size - i)];
            if (i / 4096 % 3 != 0) {
                random.nextBytes(part);
            }
            if (i / 4096 % 3 == 2) {
                Arrays.fill(part, part.length / 2, part.length, part[0]);
            }
            System.arraycopy(part, 0, data, i, part.length);
        }
        System.arraycopy("\u007fELF".getBytes(StandardCharsets.ISO_8859_1), 0, data, 0, 4);
        return data;
    }

    @ParameterizedTest
    @EnumSource
    void unpacksWhatItsLibraryPacked(Compression format) throws IOException {
        byte[] data = sample(700_001);
        byte[] packed = Packers.pack(format, data);
        assertEquals(format, Compression.detect(packed, 0));
        assertArrayEquals(data, format.unpack(packed, 0, packed.length, 0, LIMIT));
        assertArrayEquals(data, format.unpack(packed, 0, packed.length, data.length, LIMIT));
        assertArrayEquals(data, format.unpack(packed, 0, packed.length, Long.MAX_VALUE, LIMIT));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void ignoresTheAppendedSizeAndWhatSurroundsTheStream(Compression format) throws IOException {
        byte[] data = sample(70_000);
        byte[] packed = Packers.pack(format, data);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[100]);
        file.writeBytes(packed);
        file.writeBytes(ByteBuffer.allocate(4).putInt(Integer.reverseBytes(data.length)).array());
        file.writeBytes(new byte[100]);
        byte[] bytes = file.toByteArray();
        assertArrayEquals(data, format.unpack(bytes, 100, packed.length + 4, 0, LIMIT));
    }

    @ParameterizedTest
    @EnumSource
    void stopsAtTheLimit(Compression format) throws IOException {
        byte[] data = sample(200_000);
        byte[] packed = Packers.pack(format, data);
        assertThrows(
                IOException.class,
                () -> format.unpack(packed, 0, packed.length, data.length, data.length - 1));
        assertArrayEquals(data, format.unpack(packed, 0, packed.length, data.length, data.length));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void refusesBombs(Compression format) throws IOException {
        byte[] packed = Packers.pack(format, new byte[40 << 20]);
        assertTrue(packed.length < 1 << 20);
        assertThrows(IOException.class, () -> format.unpack(packed, 0, packed.length, 0, 32 << 20));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "LZ4"})
    void refusesEveryTruncation(Compression format) throws IOException {
        byte[] packed = Packers.pack(format, sample(9000));
        for (int length = 0; length < packed.length; length += 1 + length / 64) {
            int end = length;
            assertThrows(
                    IOException.class,
                    () -> format.unpack(packed, 0, end, 0, LIMIT),
                    () -> format + " cut to " + end);
        }
    }

    @Property(tries = 2000)
    void damageEndsInAnExceptionOrInBytes(
            @ForAll Compression format,
            @ForAll @IntRange(min = 0, max = 8999) int at,
            @ForAll @IntRange(min = 1, max = 255) int flip,
            @ForAll @IntRange(min = 0, max = 63) int step)
            throws IOException {
        byte[] packed = Packers.pack(format, sample(9000));
        for (int i = at % packed.length; i < packed.length; i += 1 + step * 97) {
            packed[i] ^= (byte) flip;
        }
        try {
            assertTrue(format.unpack(packed, 0, packed.length, 9000, LIMIT).length <= LIMIT);
        } catch (IOException e) {
            assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
        }
    }

    @Test
    void namesNoFormatForOtherBytes() {
        assertNull(Compression.detect(new byte[16], 0));
        assertNull(Compression.detect(new byte[0], 0));
        assertNull(Compression.detect(new byte[] {0x1f}, 0));
    }

    @Test
    void lz4MatchesMayOverlapThemselves() throws IOException {
        // Two literals "ab", a match of 8 at distance 2, then the last literal "!".
        byte[] stream = {2, 0x21, 0x4c, 0x18, 7, 0, 0, 0, 0x24, 'a', 'b', 2, 0, 0x10, '!'};
        assertEquals("ababababab!", text(Compression.LZ4, stream));
    }

    @Test
    void lz4MatchesMayNotReachBeforeTheChunk() {
        byte[] stream = {2, 0x21, 0x4c, 0x18, 7, 0, 0, 0, 0x24, 'a', 'b', 3, 0, 0x10, '!'};
        assertThrows(IOException.class, () -> text(Compression.LZ4, stream));
    }

    @Test
    void lzopStreamByHand() throws IOException {
        byte[] block = {
            17 + 6,
            'h',
            'e',
            'l',
            'l',
            'o',
            ' ', // a first byte above 17: that less 17 literals
            0x20 | 15,
            5 << 2 | 1,
            0,
            '!', // 15 + 2 bytes from 5 + 1 back, then 1 literal
            0x11,
            0,
            0 // end
        };
        byte[] end = {'e', 'n', 'd'};
        byte[] stream =
                ByteBuffer.allocate(38 + 8 + block.length + 8 + end.length + 4)
                        .put(Packers.lzopHeader(0))
                        .putInt(24)
                        .putInt(block.length)
                        .put(block)
                        .putInt(end.length)
                        .putInt(end.length)
                        .put(end)
                        .putInt(0)
                        .array();
        assertEquals("hello hello hello hello!end", text(Compression.LZO, stream));
        stream[38 + 3]++; // The block now claims 25 bytes and has 24.
        assertThrows(IOException.class, () -> text(Compression.LZO, stream));
    }

    @Test
    void lzopChecksumsAreVerified() throws IOException {
        byte[] packed = Packers.pack(Compression.LZO, sample(5000));
        packed[38 + 8] ^= 1;
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> Compression.LZO.unpack(packed, 0, packed.length, 0, LIMIT));
        assertTrue(e.getMessage().contains("checksum"), e.getMessage());
    }

    @Test
    void zstdWindowsMayBeLargerThanTheLibraryPermits() throws IOException {
        // One raw block "hi" in frames whose headers claim: a window of 128 MiB (zstd --ultra -22),
        // and a single segment of 1 GiB.
        byte[] window = {
            0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (17 << 3), 0x11, 0, 0, 'h', 'i'
        };
        assertEquals("hi", text(Compression.ZSTD, window));
        byte[] single = {
            0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xa0, 0, 0, 0, 0x40, 0x11, 0, 0, 'h', 'i'
        };
        assertEquals("hi", text(Compression.ZSTD, single));
    }

    private static String text(Compression format, byte[] stream) throws IOException {
        byte[] unpacked = format.unpack(stream, 0, stream.length, 0, LIMIT);
        return new String(unpacked, StandardCharsets.US_ASCII);
    }
}
