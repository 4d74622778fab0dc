package org.xenolith.firmware.image.compression;

import io.airlift.compress.zstd.ZstdDecompressor;

import java.io.IOException;

/**
 * One Zstandard frame (RFC 8878 section 3.1.1).
 *
 * <p>Kernels are packed by {@code zstd -22 --ultra}, whose window of 128 MiB the library refuses,
 * although it unpacks into one array and so needs no window at all. Therefore the frame header is
 * rewritten to claim a window the library accepts, and the blocks are walked first: that finds the
 * frame's end and an upper bound of its content.
 */
final class ZstdFrame {
    /** Window_Descriptor of 8 MiB: exponent 13 (2^(10+13) bytes), mantissa 0. */
    private static final int WINDOW_8_MIB = 13 << 3;

    private static final int LARGEST_BLOCK = 128 << 10;
    private static final int CHECKSUM_FLAG = 0x04;
    private static final int RESERVED_FLAG = 0x08;
    private static final int SINGLE_SEGMENT_FLAG = 0x20;
    private static final int MAGIC_SIZE = 4;

    private ZstdFrame() {}

    static byte[] unpack(Packed packed) throws IOException {
        int descriptor = packed.u8(packed.start + MAGIC_SIZE);
        boolean singleSegment = (descriptor & SINGLE_SEGMENT_FLAG) != 0;
        int sizeField = descriptor >>> 6;
        int sizeBytes = sizeField == 0 ? (singleSegment ? 1 : 0) : 1 << sizeField;
        if ((descriptor & 3) != 0) {
            throw new IOException("the zstd data needs a dictionary");
        }
        if ((descriptor & RESERVED_FLAG) != 0) {
            throw new IOException("the zstd data is damaged");
        }
        int blocks = packed.start + MAGIC_SIZE + 1 + (singleSegment ? 0 : 1) + sizeBytes;
        packed.require(packed.start, blocks - (long) packed.start);

        long bound = 0;
        int at = blocks;
        boolean last = false;
        while (!last) {
            packed.require(at, 3);
            int header = packed.u8(at) | packed.u8(at + 1) << 8 | packed.u8(at + 2) << 16;
            last = (header & 1) != 0;
            int type = header >> 1 & 3;
            int size = header >> 3;
            if (size > LARGEST_BLOCK || type == 3) {
                throw new IOException("a zstd block header is damaged");
            }
            bound += type == 2 ? LARGEST_BLOCK : size;
            int stored = type == 1 ? 1 : size;
            packed.require(at + 3, stored);
            at += 3 + stored;
        }
        int checksum = (descriptor & CHECKSUM_FLAG) != 0 ? 4 : 0;
        packed.require(at, checksum);
        at += checksum;

        // Blocks are rarely full, so the bound may pass the limit where the content does not: then
        // the library reports that the content does not fit.
        byte[] out = new byte[(int) Math.min(bound, packed.limit)];
        byte[] frame = withSmallWindow(packed, descriptor, blocks, at);
        int used = new ZstdDecompressor().decompress(frame, 0, frame.length, out, 0, out.length);
        return Packed.exactly(out, used);
    }

    private static byte[] withSmallWindow(Packed packed, int descriptor, int blocks, int end) {
        int header = MAGIC_SIZE + 2;
        byte[] frame = new byte[header + end - blocks];
        System.arraycopy(packed.data, packed.start, frame, 0, MAGIC_SIZE);
        frame[MAGIC_SIZE] = (byte) (descriptor & CHECKSUM_FLAG);
        frame[MAGIC_SIZE + 1] = WINDOW_8_MIB;
        System.arraycopy(packed.data, blocks, frame, header, end - blocks);
        return frame;
    }
}
