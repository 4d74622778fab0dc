package org.xenolith.firmware.image.compression;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** The formats whose library is an input stream. */
final class StreamFormats {
    /** Memory a stream may claim for its dictionary. Kernels are built with at most 128 MiB. */
    private static final int DICTIONARY_LIMIT_KIB = 192 << 10;

    private static final int GZIP_BUFFER = 1 << 16;

    private StreamFormats() {}

    /** Opens a library's stream over the packed bytes. */
    private interface Opener {
        InputStream open(InputStream in) throws IOException;
    }

    static byte[] gzip(Packed packed) throws IOException {
        return readAll(packed, in -> new GZIPInputStream(in, GZIP_BUFFER));
    }

    static byte[] bzip2(Packed packed) throws IOException {
        return readAll(packed, in -> new BZip2CompressorInputStream(in, false));
    }

    static byte[] lzma(Packed packed) throws IOException {
        return readAll(packed, in -> new LZMAInputStream(in, DICTIONARY_LIMIT_KIB));
    }

    static byte[] xz(Packed packed) throws IOException {
        return readAll(packed, in -> new SingleXZInputStream(in, DICTIONARY_LIMIT_KIB));
    }

    private static byte[] readAll(Packed packed, Opener opener) throws IOException {
        try (InputStream in = opener.open(packed.stream())) {
            byte[] buffer = packed.buffer();
            int used = 0;
            while (true) {
                if (used == buffer.length) {
                    int next = in.read();
                    if (next < 0) {
                        return buffer;
                    }
                    buffer = packed.grow(buffer, used, used + 1L);
                    buffer[used++] = (byte) next;
                }
                int count = in.read(buffer, used, buffer.length - used);
                if (count < 0) {
                    return Packed.exactly(buffer, used);
                }
                used += count;
            }
        } catch (EOFException e) {
            throw new IOException("the compressed data ends early", e);
        }
    }
}
