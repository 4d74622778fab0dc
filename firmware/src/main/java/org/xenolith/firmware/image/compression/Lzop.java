package org.xenolith.firmware.image.compression;

import io.airlift.compress.lzo.LzoDecompressor;

import java.io.IOException;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;

/**
 * The framing of the lzop tool around LZO1X blocks. All numbers are big-endian. A header (9 bytes
 * of magic, versions, method, flags, file mode and times, file name, checksum) is followed by
 * blocks of {unpacked size, packed size, checksums, data}; an unpacked size of 0 ends the stream. A
 * block whose two sizes are equal is stored.
 */
final class Lzop {
    private static final int MAGIC_SIZE = 9;

    /** Files since this version carry the needed version, the level and a wide time stamp. */
    private static final int VERSION_WIDE_HEADER = 0x0940;

    private static final int FLAG_ADLER32_UNPACKED = 0x1;
    private static final int FLAG_ADLER32_PACKED = 0x2;
    private static final int FLAG_EXTRA_FIELD = 0x40;
    private static final int FLAG_CRC32_UNPACKED = 0x100;
    private static final int FLAG_CRC32_PACKED = 0x200;
    private static final int FLAG_MULTIPART = 0x400;
    private static final int FLAG_FILTER = 0x800;

    /** The largest block that the tool writes or reads. */
    private static final int LARGEST_BLOCK = 64 << 20;

    private final Packed packed;
    private int at;
    private long flags;

    private Lzop(Packed packed) {
        this.packed = packed;
        this.at = packed.start;
    }

    static byte[] unpack(Packed packed) throws IOException {
        Lzop lzop = new Lzop(packed);
        lzop.readHeader();
        return lzop.readBlocks();
    }

    private void readHeader() throws IOException {
        skip(MAGIC_SIZE);
        int version = u16();
        boolean wide = version >= VERSION_WIDE_HEADER;
        skip(wide ? 4 : 2); // library version, needed version
        int method = u8();
        if (method < 1 || method > 3) {
            throw new IOException("lzop method " + method + " is not LZO1X");
        }
        skip(wide ? 1 : 0); // level
        flags = u32();
        if ((flags & (FLAG_FILTER | FLAG_MULTIPART)) != 0) {
            throw new IOException("lzop filters and multi-part files are not supported");
        }
        skip(wide ? 12 : 8); // mode, time stamp
        skip(u8()); // file name
        skip(4); // header checksum
        if ((flags & FLAG_EXTRA_FIELD) != 0) {
            skip(u32());
            skip(4);
        }
    }

    private byte[] readBlocks() throws IOException {
        LzoDecompressor lzo = new LzoDecompressor();
        byte[] out = packed.buffer();
        int used = 0;
        while (true) {
            long unpackedSize = u32();
            if (unpackedSize == 0) {
                return Packed.exactly(out, used);
            }
            long packedSize = u32();
            if (unpackedSize > LARGEST_BLOCK || packedSize > unpackedSize) {
                throw new IOException("an lzop block claims an impossible size");
            }
            long adler = (flags & FLAG_ADLER32_UNPACKED) != 0 ? u32() : -1;
            long crc = (flags & FLAG_CRC32_UNPACKED) != 0 ? u32() : -1;
            boolean stored = packedSize == unpackedSize;
            if (!stored) {
                skip((flags & FLAG_ADLER32_PACKED) != 0 ? 4 : 0);
                skip((flags & FLAG_CRC32_PACKED) != 0 ? 4 : 0);
            }
            packed.require(at, packedSize);
            out = packed.grow(out, used, used + unpackedSize);
            int size = (int) unpackedSize;
            if (stored) {
                System.arraycopy(packed.data, at, out, used, size);
            } else if (lzo.decompress(packed.data, at, (int) packedSize, out, used, size) != size) {
                throw new IOException("an lzop block is shorter than it claims");
            }
            verify(new Adler32(), adler, out, used, size);
            verify(new CRC32(), crc, out, used, size);
            at += (int) packedSize;
            used += size;
        }
    }

    private static void verify(Checksum sum, long expected, byte[] data, int offset, int size)
            throws IOException {
        if (expected < 0) {
            return;
        }
        sum.update(data, offset, size);
        if (sum.getValue() != expected) {
            throw new IOException("the checksum of an lzop block is wrong");
        }
    }

    private void skip(long count) throws IOException {
        packed.require(at, count);
        at += (int) count;
    }

    private int u8() throws IOException {
        int value = packed.u8(at);
        at++;
        return value;
    }

    private int u16() throws IOException {
        return u8() << 8 | u8();
    }

    private long u32() throws IOException {
        long value = packed.u32be(at);
        at += 4;
        return value;
    }
}
