package org.xenolith.firmware.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** A list of resource descriptors (ACPI 6.4, chapter 6.4), such as a device's _CRS returns. */
final class Resources {
    private static final int IRQ_NO_FLAGS = 0x22;
    private static final int IO_PORTS = 0x47;
    private static final int END_TAG = 0x79;
    private static final int MEMORY_32_FIXED = 0x86;
    private static final int DWORD_ADDRESS_SPACE = 0x87;
    private static final int WORD_ADDRESS_SPACE = 0x88;
    private static final int DECODE_16 = 1;

    private static final int TYPE_MEMORY = 0;
    private static final int TYPE_IO = 1;
    private static final int TYPE_BUS = 2;

    /** A resource producer that decodes positively; minimum and maximum are fixed. */
    private static final int PRODUCER_FIXED = 0xc;

    private static final int IO_ENTIRE_RANGE = 3;
    private static final int MEMORY_READ_WRITE = 1;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Ports at a fixed address. */
    Resources ports(int base, int count) {
        ByteBuffer item = SystemTable.little(8).put((byte) IO_PORTS).put((byte) DECODE_16);
        item.putShort((short) base).putShort((short) base);
        out.writeBytes(item.put((byte) 1).put((byte) count).array());
        return this;
    }

    /** An ISA interrupt: edge-triggered, active high, not shared. */
    Resources irq(int irq) {
        ByteBuffer item = SystemTable.little(3).put((byte) IRQ_NO_FLAGS);
        out.writeBytes(item.putShort((short) (1 << irq)).array());
        return this;
    }

    /** Memory at a fixed address. */
    Resources memory(long base, long size) {
        ByteBuffer item = SystemTable.little(12).put((byte) MEMORY_32_FIXED).putShort((short) 9);
        item.put((byte) MEMORY_READ_WRITE).putInt((int) base).putInt((int) size);
        out.writeBytes(item.array());
        return this;
    }

    /** Bus numbers that a bridge hands out, both included. */
    Resources busNumbers(int first, int last) {
        return word(TYPE_BUS, 0, first, last);
    }

    /** Ports that a bridge hands out, both included. */
    Resources portWindow(int first, int last) {
        return word(TYPE_IO, IO_ENTIRE_RANGE, first, last);
    }

    /** Memory that a bridge hands out, both included, below 4 GiB. */
    Resources memoryWindow(long first, long last) {
        ByteBuffer item =
                SystemTable.little(26).put((byte) DWORD_ADDRESS_SPACE).putShort((short) 23);
        item.put((byte) TYPE_MEMORY).put((byte) PRODUCER_FIXED).put((byte) MEMORY_READ_WRITE);
        item.putInt(0).putInt((int) first).putInt((int) last).putInt(0);
        out.writeBytes(item.putInt((int) (last - first + 1)).array());
        return this;
    }

    private Resources word(int type, int typeFlags, int first, int last) {
        ByteBuffer item =
                SystemTable.little(16).put((byte) WORD_ADDRESS_SPACE).putShort((short) 13);
        item.put((byte) type).put((byte) PRODUCER_FIXED).put((byte) typeFlags);
        item.putShort((short) 0).putShort((short) first).putShort((short) last);
        out.writeBytes(item.putShort((short) 0).putShort((short) (last - first + 1)).array());
        return this;
    }

    /** The list as an AML buffer, ended by an end tag without checksum. */
    byte[] toAml() {
        out.write(END_TAG);
        out.write(0);
        return Aml.buffer(out.toByteArray());
    }
}
