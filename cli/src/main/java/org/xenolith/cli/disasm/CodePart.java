package org.xenolith.cli.disasm;

import org.xenolith.cpu.disasm.CodeSize;

/**
 * A stretch of code.
 *
 * @param title of its listing, or empty
 * @param bytes hold it; not copied
 * @param offset of its first byte in {@code bytes}
 * @param length in bytes
 * @param address of its first byte
 * @param size what it says of itself; 64 bits if it says nothing
 */
public record CodePart(
        String title, byte[] bytes, int offset, int length, long address, CodeSize size) {
    /** What of this lies at offsets of {@code bytes} from {@code from} on and below {@code to}. */
    CodePart cut(long from, long to) {
        long first = Math.max(offset, from);
        long end = Math.min((long) offset + length, to);
        return new CodePart(
                title,
                bytes,
                (int) first,
                (int) Math.max(0, end - first),
                address + (first - offset),
                size);
    }
}
