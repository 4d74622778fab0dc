package org.xenolith.firmware.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Images like the real ones, but small. */
public final class SampleImages {
    static final long LINUX_BASE = 0xffff_ffff_8000_0000L;
    static final String LINUX_FEATURES = "!writable_page_tables|pae_pgdir_above_4gb";

    /** Bytes of the first segment of {@link #linux()}. */
    static final int TEXT_SIZE = 5000;

    private SampleImages() {}

    /** Code-like bytes, so that there is something to compress. */
    public static byte[] code(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i % 17 == 0 ? 0xe8 : i * 7 / 16);
        }
        return bytes;
    }

    /** A 64-bit kernel with the notes of Debian's Linux 6.1, and per-CPU data at address 0. */
    public static ElfBuilder linux() {
        return ElfBuilder.elf64()
                .entry(0x100_0000)
                .load(LINUX_BASE + 0x100_0000, 0x100_0000, code(TEXT_SIZE), TEXT_SIZE)
                .load(0, 0x100_3000, code(100), 0x2000)
                .note(6, "linux")
                .note(7, "2.6")
                .note(5, "xen-3.0")
                .note(3, LINUX_BASE)
                .note(15, 0x80_0000_0000L)
                .note(1, LINUX_BASE + 0x100_3040)
                .note(10, LINUX_FEATURES)
                .note(17, 0x8801)
                .note(9, "yes")
                .note(8, "generic")
                .note(14, 1)
                .note(16, 1)
                .note(12, 0xffff_8000_0000_0000L)
                .note(4, 0)
                .note(18, 0x100_0940);
    }

    /** A bzImage of protocol 2.15 around a compressed payload. */
    public static byte[] bzImage(byte[] payload) {
        int setupSize = 1024;
        int code = 64;
        ByteBuffer out =
                ByteBuffer.allocate(setupSize + code + payload.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.put(0x1f1, (byte) 1);
        out.putInt(0x1f4, (code + payload.length) / 16);
        out.putShort(0x1fe, (short) 0xaa55);
        out.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
        out.putShort(0x206, (short) 0x20f);
        out.putShort(0x20e, (short) 0x100);
        out.put(0x300, "6.1.0-test (x@y) #1".getBytes(StandardCharsets.US_ASCII));
        out.putInt(0x214, 0x10_0000);
        out.putInt(0x22c, 0x7fff_ffff);
        out.put(0x234, (byte) 1);
        out.putInt(0x238, 2047);
        out.putInt(0x248, code);
        out.putInt(0x24c, payload.length);
        out.putLong(0x258, 0x100_0000);
        out.put(setupSize + code, payload);
        return out.array();
    }

    /** The payload with its unpacked size appended, as the kernel build does it. */
    public static byte[] withSize(byte[] packed, int size) {
        return ByteBuffer.allocate(packed.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(packed)
                .putInt(size)
                .array();
    }
}
