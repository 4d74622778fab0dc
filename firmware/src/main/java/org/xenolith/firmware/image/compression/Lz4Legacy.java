package org.xenolith.firmware.image.compression;

import java.io.IOException;

/**
 * The legacy framing of LZ4: a magic number, then chunks that unpack to 8 MiB each (the last to
 * less), each preceded by its packed size in 4 little-endian bytes (LZ4 frame format description,
 * "Legacy frame"). No checksums, no end mark: the stream ends with the data.
 */
final class Lz4Legacy {
    private static final long MAGIC = 0x184c2102L;
    private static final int CHUNK = 8 << 20;

    /** The largest packed size of a chunk: incompressible data grows by 1/255 and 16 bytes. */
    private static final int PACKED_CHUNK = CHUNK + CHUNK / 255 + 16;

    private Lz4Legacy() {}

    static byte[] unpack(Packed packed) throws IOException {
        byte[] out = packed.buffer();
        int used = 0;
        int at = packed.start + 4;
        while (packed.end - at >= 4) {
            long size = packed.u32le(at);
            if (packed.end - at == 4 && size == used) {
                break; // The unpacked size, which the kernel build appends.
            }
            at += 4;
            if (size == MAGIC) {
                continue; // Concatenated streams are one stream.
            }
            if (size == 0 || size > PACKED_CHUNK) {
                throw new IOException("an lz4 chunk claims an impossible size of " + size);
            }
            packed.require(at, size);
            long room = Math.min((long) used + CHUNK, packed.limit);
            out = packed.grow(out, used, room);
            int chunkEnd = at + (int) size;
            int written = Lz4Block.unpack(packed.data, at, chunkEnd, out, used, (int) room);
            if (written < 0) {
                throw room == packed.limit
                        ? packed.tooLarge()
                        : new IOException("the lz4 data is damaged");
            }
            used = written;
            at = chunkEnd;
        }
        if (packed.end != at && packed.end - at != 4) {
            throw new IOException("the compressed data ends early");
        }
        return Packed.exactly(out, used);
    }
}
