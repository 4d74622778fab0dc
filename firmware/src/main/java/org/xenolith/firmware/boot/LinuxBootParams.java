package org.xenolith.firmware.boot;

import org.xenolith.firmware.image.BareImage;
import org.xenolith.firmware.image.SetupHeader;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.firmware.memory.MemoryRange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The page that the real-mode part of Linux leaves to the kernel ({@code
 * Documentation/arch/x86/zero-page.rst}), with the setup header of the image in it.
 */
final class LinuxBootParams {
    private static final int SIZE = 4096;
    private static final int HEADER_AT = 0x1f1;
    private static final int HEADER_LENGTH_AT = 0x201;
    private static final int HEADER_LENGTH_BASE = 0x202;
    private static final int HEADER_END_AT_MOST = 0x290;

    private static final int VIDEO_MODE_AT = 0x06;
    private static final int COLUMNS_AT = 0x07;
    private static final int LINES_AT = 0x0e;
    private static final int IS_VGA_AT = 0x0f;
    private static final int FONT_POINTS_AT = 0x10;
    private static final int EXTENDED_KIB_AT = 0x02;
    private static final int RSDP_AT = 0x70;
    private static final int ALTERNATIVE_KIB_AT = 0x1e0;
    private static final int MAP_COUNT_AT = 0x1e8;
    private static final int MAP_AT = 0x2d0;
    private static final int MOST_MAP_ENTRIES = 128;

    private static final int VIDEO_AT = 0x1fa;
    private static final int LOADER_TYPE_AT = 0x210;
    private static final int CODE_BASE_AT = 0x214;
    private static final int RAMDISK_AT = 0x218;
    private static final int RAMDISK_SIZE_AT = 0x21c;
    private static final int COMMAND_LINE_AT = 0x228;

    /** A loader without a number of its own. */
    private static final int UNDEFINED_LOADER = 0xff;

    private static final int NORMAL_VIDEO = 0xffff;
    private static final int PROTOCOL_WITH_RSDP = 0x020e;

    private final ByteBuffer page = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final SetupHeader header;

    LinuxBootParams(BareImage image, SetupHeader header) {
        this.header = header;
        // A jump over the header stands before its magic; its displacement tells the length.
        int length = Byte.toUnsignedInt(image.slice(HEADER_LENGTH_AT, 1).get(0));
        int end = Math.min(HEADER_LENGTH_BASE + length, HEADER_END_AT_MOST);
        end = Math.min(Math.max(end, COMMAND_LINE_AT + 4), image.size());
        page.put(HEADER_AT, image.slice(HEADER_AT, end - HEADER_AT), 0, end - HEADER_AT);
        page.putShort(VIDEO_AT, (short) NORMAL_VIDEO);
        page.put(LOADER_TYPE_AT, (byte) UNDEFINED_LOADER);
    }

    void codeBase(long address) {
        page.putInt(CODE_BASE_AT, (int) address);
    }

    void memory(MemoryMap memory) {
        long kib = memory.extended() >> 10;
        page.putShort(EXTENDED_KIB_AT, (short) Math.min(kib, 0xffff));
        page.putInt(ALTERNATIVE_KIB_AT, (int) kib);
        int count = Math.min(memory.ranges().size(), MOST_MAP_ENTRIES);
        page.put(MAP_COUNT_AT, (byte) count);
        page.position(MAP_AT);
        for (MemoryRange range : memory.ranges().subList(0, count)) {
            page.putLong(range.base()).putLong(range.length());
            page.putInt(range.kind().number());
        }
    }

    /** A VGA is in its text mode of 80 columns and 25 lines; without one all fields stay 0. */
    void screen(boolean vga) {
        if (vga) {
            page.put(VIDEO_MODE_AT, (byte) 3).put(COLUMNS_AT, (byte) 80).put(LINES_AT, (byte) 25);
            page.put(IS_VGA_AT, (byte) 1).putShort(FONT_POINTS_AT, (short) 16);
        }
    }

    /** Where the RSDP is; older kernels search for it. */
    void rsdp(long address) {
        if (header.protocol() >= PROTOCOL_WITH_RSDP) {
            page.putLong(RSDP_AT, address);
        }
    }

    void commandLine(long address) {
        page.putInt(COMMAND_LINE_AT, (int) address);
    }

    void ramdisk(long address, int size) {
        page.putInt(RAMDISK_AT, (int) address).putInt(RAMDISK_SIZE_AT, size);
    }

    byte[] toBytes() {
        return page.array();
    }
}
