package org.xenolith.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The smallest ELF file that says it is a 64-bit PV kernel. */
final class TinyKernel {
    private static final int HEADERS = 64 + 2 * 56;
    private static final int XEN_ENTRY = 1;
    private static final int XEN_VIRT_BASE = 3;
    private static final int XEN_VERSION = 5;
    private static final int XEN_LOADER = 8;
    private static final int ADDRESS = 0x10_0000;

    private TinyKernel() {}

    static Path write(Path folder) throws IOException {
        return Files.write(folder.resolve("tiny.elf"), bytes());
    }

    private static byte[] bytes() {
        ByteBuffer notes = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
        note(notes, XEN_ENTRY, 8).putLong(ADDRESS);
        note(notes, XEN_VIRT_BASE, 8).putLong(0);
        note(notes, XEN_VERSION, 8).put("xen-3.0\0".getBytes(US_ASCII));
        note(notes, XEN_LOADER, 8).put("generic\0".getBytes(US_ASCII));
        int notesSize = notes.position();
        int size = HEADERS + notesSize + 32;

        ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(ADDRESS);
        elf.putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56);
        elf.putShort((short) 2).putShort((short) 64).putShort((short) 0).putShort((short) 0);
        segment(elf, 1, 5, 0, size, 0x1000);
        segment(elf, 4, 4, HEADERS, notesSize, notesSize);
        elf.put(notes.array(), 0, notesSize);
        return elf.array();
    }

    private static ByteBuffer note(ByteBuffer notes, int type, int size) {
        return notes.putInt(4).putInt(size).putInt(type).put("Xen\0".getBytes(US_ASCII));
    }

    private static void segment(
            ByteBuffer elf, int type, int flags, int offset, int fileSize, int memorySize) {
        elf.putInt(type).putInt(flags).putLong(offset);
        elf.putLong(ADDRESS + offset).putLong(ADDRESS + offset);
        elf.putLong(fileSize).putLong(memorySize).putLong(0x1000);
    }
}
