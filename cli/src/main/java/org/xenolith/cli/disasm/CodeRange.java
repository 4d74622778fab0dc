package org.xenolith.cli.disasm;

import java.util.OptionalLong;

/**
 * Which bytes of the input to disassemble.
 *
 * @param offset of the first in the input, at least 0
 * @param length in bytes, or empty for all that follow
 * @param base address of the first byte, or empty for what the input says itself
 */
public record CodeRange(long offset, OptionalLong length, OptionalLong base) {
    /** The offset behind the last byte. */
    long end() {
        return offset + Math.min(length.orElse(Long.MAX_VALUE), Long.MAX_VALUE - offset);
    }
}
