package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.ElfBuilder;
import org.xenolith.firmware.image.SampleImages;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Small kernels of each kind. */
final class Kernels {
    static final int CODE_SIZE = 3000;
    static final int MEMORY_SIZE = 0x5000;
    static final long BASE = 0x10_0000;

    private Kernels() {}

    /** Code with a header in front. */
    static byte[] code(ByteBuffer header) {
        byte[] code = SampleImages.code(CODE_SIZE);
        System.arraycopy(header.array(), 0, code, 0, header.capacity());
        return code;
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer multiboot1(int flags, int... addresses) {
        ByteBuffer header = little(12 + 4 * addresses.length);
        header.putInt(0x1bad_b002).putInt(flags).putInt(-0x1bad_b002 - flags);
        for (int address : addresses) {
            header.putInt(address);
        }
        return header;
    }

    /** A multiboot 2 header of tags, each {type, flags, content...} in 32-bit fields. */
    static ByteBuffer multiboot2(int[]... tags) {
        int size = 16 + 8 + Arrays.stream(tags).mapToInt(t -> padded(t.length)).sum();
        ByteBuffer header = little(size);
        header.putInt(0xe852_50d6).putInt(0).putInt(size).putInt(-(0xe852_50d6 + size));
        for (int[] tag : tags) {
            int start = header.position();
            header.putShort((short) tag[0]).putShort((short) tag[1]);
            header.putInt(8 + 4 * (tag.length - 2));
            for (int i = 2; i < tag.length; i++) {
                header.putInt(tag[i]);
            }
            header.position(start + padded(tag.length));
        }
        return header.putInt(0).putInt(8);
    }

    private static int padded(int fields) {
        return 8 + 4 * (fields - 2) + 7 & ~7;
    }

    static ElfBuilder elf(ElfBuilder builder, ByteBuffer header) {
        return builder.entry(BASE + 0x40).load(BASE, BASE, code(header), MEMORY_SIZE);
    }
}
