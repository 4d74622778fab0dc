package org.xenolith.pv.build;

import org.xenolith.firmware.image.ImageException;
import org.xenolith.firmware.image.KernelImage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes small ELF files with Xen notes. The kernel's bytes count up, so that misplacing shows. */
final class SyntheticKernel {
    static final long BASE = 0xffff_ffff_8000_0000L;
    static final long PHYSICAL = 0x10_0000;
    static final int FILE_SIZE = 0x3100;
    static final int MEMORY_SIZE = 0x6080;
    static final int CODE_AT = 0x1000;

    private final List<byte[]> notes = new ArrayList<>();
    private int elfClass = 2;
    private int machine = 62;
    private long memorySize = MEMORY_SIZE;

    SyntheticKernel() {
        text(5, "xen-3.0");
        text(6, "linux");
        text(8, "generic");
    }

    SyntheticKernel text(int type, String value) {
        return note(type, (value + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    SyntheticKernel number(int type, long value) {
        return note(type, buffer(8).putLong(value).array());
    }

    SyntheticKernel note(int type, byte[] value) {
        int padded = value.length + 3 & ~3;
        ByteBuffer b = buffer(16 + padded);
        b.putInt(4).putInt(value.length).putInt(type).put(new byte[] {'X', 'e', 'n', 0});
        notes.add(b.put(value).array());
        return this;
    }

    /** The notes of a usual 64-bit kernel. */
    SyntheticKernel usual() {
        return number(1, BASE + PHYSICAL + 0x40).number(3, BASE).number(4, 0);
    }

    SyntheticKernel memorySize(long bytes) {
        memorySize = bytes;
        return this;
    }

    SyntheticKernel bits32() {
        elfClass = 1;
        machine = 3;
        return text(9, "yes");
    }

    KernelImage image() throws ImageException {
        return KernelImage.parse(elfClass == 2 ? elf64() : elf32(), "kernel");
    }

    static byte kernelByte(int offset) {
        return (byte) (offset * 7 + (offset >>> 8));
    }

    private byte[] elf64() {
        int noteSize = notes.stream().mapToInt(n -> n.length).sum();
        ByteBuffer b = buffer(CODE_AT + FILE_SIZE + noteSize);
        ident(b);
        b.putLong(BASE + PHYSICAL).putLong(64).putLong(0).putInt(0);
        b.putShort((short) 64).putShort((short) 56).putShort((short) 2);
        b.putShort((short) 64).putShort((short) 0).putShort((short) 0);
        b.position(64);
        b.putInt(1).putInt(7).putLong(CODE_AT).putLong(BASE + PHYSICAL).putLong(PHYSICAL);
        b.putLong(FILE_SIZE).putLong(memorySize).putLong(4096);
        b.putInt(4).putInt(4).putLong(CODE_AT + FILE_SIZE).putLong(0).putLong(0);
        b.putLong(noteSize).putLong(noteSize).putLong(4);
        return contents(b);
    }

    private byte[] elf32() {
        int noteSize = notes.stream().mapToInt(n -> n.length).sum();
        ByteBuffer b = buffer(CODE_AT + FILE_SIZE + noteSize);
        ident(b);
        b.putInt((int) PHYSICAL).putInt(52).putInt(0).putInt(0);
        b.putShort((short) 52).putShort((short) 32).putShort((short) 2);
        b.putShort((short) 40).putShort((short) 0).putShort((short) 0);
        b.position(52);
        b.putInt(1).putInt(CODE_AT).putInt((int) (PHYSICAL + 0xc000_0000L)).putInt((int) PHYSICAL);
        b.putInt(FILE_SIZE).putInt((int) memorySize).putInt(7).putInt(4096);
        b.putInt(4).putInt(CODE_AT + FILE_SIZE).putInt(0).putInt(0);
        b.putInt(noteSize).putInt(noteSize).putInt(4).putInt(4);
        return contents(b);
    }

    private void ident(ByteBuffer b) {
        b.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) elfClass, 1, 1});
        b.position(16);
        b.putShort((short) 2).putShort((short) machine).putInt(1);
    }

    private byte[] contents(ByteBuffer b) {
        for (int i = 0; i < FILE_SIZE; i++) {
            b.put(CODE_AT + i, kernelByte(i));
        }
        b.position(CODE_AT + FILE_SIZE);
        notes.forEach(b::put);
        return b.array();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
