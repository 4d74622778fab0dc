package org.xenolith.firmware.image.compression;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;

/** A compressed stream inside an array, with what bounds its result. */
final class Packed {
    /** Expansion beyond which a size hint is not believed before the bytes have really come. */
    private static final int PLAUSIBLE_RATIO = 32;

    private static final int SMALLEST_BUFFER = 1 << 16;

    final byte[] data;
    final int start;
    final int end;
    final int limit;
    private final long sizeHint;

    Packed(byte[] data, int offset, int length, long sizeHint, int limit) {
        Objects.checkFromIndexSize(offset, length, data.length);
        this.data = data;
        this.start = offset;
        this.end = offset + length;
        this.limit = limit;
        this.sizeHint = sizeHint;
    }

    ByteArrayInputStream stream() {
        return new ByteArrayInputStream(data, start, end - start);
    }

    byte[] stored() throws IOException {
        if (end - start > limit) {
            throw tooLarge();
        }
        return Arrays.copyOfRange(data, start, end);
    }

    /** A first output buffer: as large as hinted if that is plausible, never above the limit. */
    byte[] buffer() {
        long plausible = Math.min(sizeHint, (long) (end - start) * PLAUSIBLE_RATIO);
        return new byte[(int) Math.min(limit, Math.max(plausible, SMALLEST_BUFFER))];
    }

    /**
     * Room for at least {@code needed} bytes, the first {@code used} kept.
     *
     * @throws IOException if {@code needed} exceeds the limit
     */
    byte[] grow(byte[] buffer, int used, long needed) throws IOException {
        if (needed > limit) {
            throw tooLarge();
        }
        if (needed <= buffer.length) {
            return buffer;
        }
        long wanted = Math.min(limit, Math.max(needed, 2L * buffer.length));
        byte[] larger = new byte[(int) wanted];
        System.arraycopy(buffer, 0, larger, 0, used);
        return larger;
    }

    IOException tooLarge() {
        return new IOException("it unpacks to more than " + (limit >> 20) + " MiB");
    }

    /** The little-endian 32-bit number at {@code at}, as 0 to 2^32-1. */
    long u32le(int at) throws IOException {
        require(at, 4);
        return (data[at] & 0xff)
                | (data[at + 1] & 0xff) << 8
                | (data[at + 2] & 0xff) << 16
                | (data[at + 3] & 0xffL) << 24;
    }

    /** The big-endian 32-bit number at {@code at}, as 0 to 2^32-1. */
    long u32be(int at) throws IOException {
        return Integer.toUnsignedLong(Integer.reverseBytes((int) u32le(at)));
    }

    int u8(int at) throws IOException {
        require(at, 1);
        return data[at] & 0xff;
    }

    /** Fails unless {@code count} bytes stand at {@code at}. */
    void require(int at, long count) throws IOException {
        if (at < start || count < 0 || count > end - at) {
            throw new IOException("the compressed data ends early");
        }
    }

    static byte[] exactly(byte[] buffer, int used) {
        return used == buffer.length ? buffer : Arrays.copyOf(buffer, used);
    }
}
