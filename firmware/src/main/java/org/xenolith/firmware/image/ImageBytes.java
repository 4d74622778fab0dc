package org.xenolith.firmware.image;

/** Little-endian reads from an image, each within bounds or an {@link ImageException}. */
record ImageBytes(byte[] data, String name) {

    int size() {
        return data.length;
    }

    boolean holds(long offset, long length) {
        return offset >= 0
                && length >= 0
                && offset <= data.length
                && length <= data.length - offset;
    }

    /** Fails unless the file holds {@code length} bytes at {@code offset}. */
    void require(long offset, long length, String what) throws ImageException {
        if (!holds(offset, length)) {
            throw ImageException.truncated(name, what);
        }
    }

    int u8(long offset) throws ImageException {
        require(offset, 1, "the end of a header");
        return data[(int) offset] & 0xff;
    }

    int u16(long offset) throws ImageException {
        return u8(offset) | u8(offset + 1) << 8;
    }

    long u32(long offset) throws ImageException {
        return u16(offset) | (long) u16(offset + 2) << 16;
    }

    /** A 64-bit number, to be taken as unsigned. */
    long u64(long offset) throws ImageException {
        return u32(offset) | u32(offset + 4) << 32;
    }

    /** A 64-bit number if {@code wide}, else a zero-extended 32-bit one. */
    long word(long offset, boolean wide) throws ImageException {
        return wide ? u64(offset) : u32(offset);
    }
}
