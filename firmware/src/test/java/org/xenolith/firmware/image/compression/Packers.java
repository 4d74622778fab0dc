package org.xenolith.firmware.image.compression;

import io.airlift.compress.Compressor;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lzo.LzoCompressor;
import io.airlift.compress.zstd.ZstdCompressor;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Adler32;
import java.util.zip.GZIPOutputStream;

/** Packs test data in each format, by the libraries' own compressors. */
public final class Packers {
    private static final int LZ4_CHUNK = 8 << 20;
    private static final int LZO_BLOCK = 256 << 10;

    private Packers() {}

    private interface Opener {
        OutputStream open(OutputStream out) throws IOException;
    }

    /** The data packed in a format. */
    public static byte[] pack(Compression format, byte[] data) throws IOException {
        return switch (format) {
            case NONE -> data.clone();
            case GZIP -> stream(data, GZIPOutputStream::new);
            case BZIP2 -> stream(data, BZip2CompressorOutputStream::new);
            case LZMA -> stream(data, out -> new LZMAOutputStream(out, new LZMA2Options(1), -1));
            case XZ ->
                    stream(
                            data,
                            out ->
                                    new XZOutputStream(
                                            out,
                                            new FilterOptions[] {
                                                new X86Options(), new LZMA2Options(1)
                                            },
                                            XZ.CHECK_CRC32));
            case LZO -> lzop(data);
            case LZ4 -> lz4(data);
            case ZSTD -> block(new ZstdCompressor(), data, 0, data.length);
        };
    }

    private static byte[] stream(byte[] data, Opener opener) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packer = opener.open(out)) {
            packer.write(data);
        }
        return out.toByteArray();
    }

    private static byte[] block(Compressor compressor, byte[] data, int from, int size) {
        byte[] packed = new byte[compressor.maxCompressedLength(size)];
        int used = compressor.compress(data, from, size, packed, 0, packed.length);
        return Arrays.copyOf(packed, used);
    }

    private static byte[] lz4(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x02, 0x21, 0x4c, 0x18});
        for (int at = 0; at < data.length; at += LZ4_CHUNK) {
            byte[] chunk =
                    block(new Lz4Compressor(), data, at, Math.min(LZ4_CHUNK, data.length - at));
            out.writeBytes(
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(chunk.length)
                            .array());
            out.writeBytes(chunk);
        }
        return out.toByteArray();
    }

    private static byte[] lzop(byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(lzopHeader(3));
        for (int at = 0; at < data.length; at += LZO_BLOCK) {
            int size = Math.min(LZO_BLOCK, data.length - at);
            byte[] packed = block(new LzoCompressor(), data, at, size);
            if (packed.length >= size) {
                packed = Arrays.copyOfRange(data, at, at + size);
            }
            boolean stored = packed.length == size;
            ByteBuffer header = ByteBuffer.allocate(stored ? 12 : 16);
            header.putInt(size).putInt(packed.length).putInt(adler(data, at, size));
            if (!stored) {
                header.putInt(adler(packed, 0, packed.length));
            }
            out.writeBytes(header.array());
            out.writeBytes(packed);
        }
        out.writeBytes(new byte[4]);
        return out.toByteArray();
    }

    /** The header of lzop 1.03 with the given flags, up to the first block. */
    static byte[] lzopHeader(int flags) {
        return ByteBuffer.allocate(38)
                .put(new byte[] {(byte) 0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a, '\n'})
                .putShort((short) 0x1030)
                .putShort((short) 0x2060)
                .putShort((short) 0x0940)
                .put((byte) 3)
                .put((byte) 9)
                .putInt(flags)
                .putInt(0100644)
                .putInt(0)
                .putInt(0)
                .put((byte) 0)
                .putInt(0)
                .array();
    }

    private static int adler(byte[] data, int from, int size) {
        Adler32 sum = new Adler32();
        sum.update(data, from, size);
        return (int) sum.getValue();
    }
}
