package org.xenolith.cli.bare;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A multiboot 1 kernel put together from instructions: flat, with load addresses, entered behind
 * its header in 32-bit protected mode.
 */
public final class TinyMultiboot {
    private static final int ADDRESS = 0x10_0000;
    private static final int HEADER = 32;
    private static final int MAGIC = 0x1bad_b002;
    private static final int HAS_ADDRESSES = 1 << 16;
    private static final int STACK = 0x8_0000;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    /** A kernel that so far only has a stack. */
    public TinyMultiboot() {
        code.write(0xbc); // mov esp, STACK
        u32(STACK);
    }

    /** Any instruction, by its bytes. */
    public TinyMultiboot bytes(int... bytes) {
        for (int each : bytes) {
            code.write(each);
        }
        return this;
    }

    /** {@code mov edx, port; mov al, value; out dx, al}. */
    public TinyMultiboot outByte(int port, int value) {
        code.write(0xba);
        u32(port);
        return bytes(0xb0, value, 0xee);
    }

    /** {@code mov edx, port; mov ax, value; out dx, ax}. */
    public TinyMultiboot outWord(int port, int value) {
        code.write(0xba);
        u32(port);
        return bytes(0x66, 0xb8, value & 0xff, value >> 8, 0x66, 0xef);
    }

    /** {@code mov byte [address], value}. */
    public TinyMultiboot store(int address, int value) {
        bytes(0xc6, 0x05);
        u32(address);
        return bytes(value);
    }

    /** Writes a text to a port, a byte at a time. */
    public TinyMultiboot print(int port, String text) {
        for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
            outByte(port, each);
        }
        return this;
    }

    /** Waits for a byte from COM1, then has it in AL and the port in EDX. */
    public TinyMultiboot readByte() {
        code.write(0xba); // mov edx, line status register
        u32(0x3fd);
        bytes(0xec, 0xa8, 1, 0x74, 0xfb); // in al, dx; test al, 1; jz to the in
        code.write(0xba); // mov edx, receiver buffer
        u32(0x3f8);
        return bytes(0xec); // in al, dx
    }

    /** {@code jmp $}. */
    public TinyMultiboot spin() {
        return bytes(0xeb, 0xfe);
    }

    /** The file. */
    public byte[] image() {
        ByteBuffer file = ByteBuffer.allocate(HEADER + code.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(MAGIC).putInt(HAS_ADDRESSES).putInt(-(MAGIC + HAS_ADDRESSES));
        int end = ADDRESS + file.capacity();
        file.putInt(ADDRESS).putInt(ADDRESS).putInt(end).putInt(end).putInt(ADDRESS + HEADER);
        return file.put(code.toByteArray()).array();
    }

    private void u32(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            code.write(value >> shift);
        }
    }
}
