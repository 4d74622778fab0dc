package org.xenolith.firmware.image.compression;

import java.io.IOException;

/**
 * A compressed format, known by the magic bytes at its start (Linux {@code
 * Documentation/arch/x86/boot.rst}, field {@code payload_offset}, lists the same formats).
 */
public enum Compression {
    /** Not compressed: what a bzImage calls payload is the ELF file itself. */
    NONE("not compressed", 0x7f, 'E', 'L', 'F') {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return packed.stored();
        }
    },
    /** RFC 1952. */
    GZIP("gzip", 0x1f, 0x8b) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return StreamFormats.gzip(packed);
        }
    },
    /** bzip2, one stream. */
    BZIP2("bzip2", 'B', 'Z', 'h') {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return StreamFormats.bzip2(packed);
        }
    },
    /** The ".lzma" format of LZMA Utils with the customary properties byte. */
    LZMA("lzma", 0x5d, 0, 0) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return StreamFormats.lzma(packed);
        }
    },
    /** The ".xz" format, with the branch filters for x86. */
    XZ("xz", 0xfd, '7', 'z', 'X', 'Z', 0) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return StreamFormats.xz(packed);
        }
    },
    /** LZO1X blocks in the framing of the lzop tool. */
    LZO("lzo", 0x89, 'L', 'Z', 'O', 0) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return Lzop.unpack(packed);
        }
    },
    /** LZ4 blocks in the legacy framing, the one the kernel build uses. */
    LZ4("lz4", 0x02, 0x21, 0x4c, 0x18) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return Lz4Legacy.unpack(packed);
        }
    },
    /** RFC 8878, one frame. */
    ZSTD("zstd", 0x28, 0xb5, 0x2f, 0xfd) {
        @Override
        byte[] unpack(Packed packed) throws IOException {
            return ZstdFrame.unpack(packed);
        }
    };

    private final String label;
    private final byte[] magic;

    Compression(String label, int... magic) {
        this.label = label;
        this.magic = new byte[magic.length];
        for (int i = 0; i < magic.length; i++) {
            this.magic[i] = (byte) magic[i];
        }
    }

    abstract byte[] unpack(Packed packed) throws IOException;

    /** The name of the format as a user writes it, such as {@code lz4}. */
    public String label() {
        return label;
    }

    /**
     * The format whose magic stands at {@code offset}, or null when none does.
     *
     * @param data any bytes
     * @param offset where to look, 0 to {@code data.length}
     */
    public static Compression detect(byte[] data, int offset) {
        for (Compression format : values()) {
            if (format.matches(data, offset)) {
                return format;
            }
        }
        return null;
    }

    private boolean matches(byte[] data, int offset) {
        if (data.length - offset < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (data[offset + i] != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Unpacks one stream of this format. Bytes after its end are ignored (Linux appends the
     * unpacked size there).
     *
     * @param data holds the stream
     * @param offset where the stream begins
     * @param length how many bytes may belong to it
     * @param sizeHint the expected size in bytes, or 0 when unknown; a lie costs time only
     * @param limit the largest permitted result in bytes
     * @return the unpacked bytes, at most {@code limit}
     * @throws IOException with a one-line reason when the stream is damaged, ends early, or unpacks
     *     to more than {@code limit}
     */
    public byte[] unpack(byte[] data, int offset, int length, long sizeHint, int limit)
            throws IOException {
        Packed packed = new Packed(data, offset, length, sizeHint, limit);
        try {
            return unpack(packed);
        } catch (RuntimeException e) {
            // The libraries answer some damaged streams with unchecked exceptions.
            throw new IOException("the " + label + " data is damaged", e);
        } catch (IOException e) {
            throw e.getMessage() != null
                    ? e
                    : new IOException("the " + label + " data is damaged", e);
        }
    }
}
