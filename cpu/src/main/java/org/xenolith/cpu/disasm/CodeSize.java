package org.xenolith.cpu.disasm;

import org.xenolith.cpu.decode.Decoder;

/** What code takes its operands and addresses to be where no prefix says otherwise. */
public enum CodeSize {
    BITS_16(Decoder.CODE_16, 2),
    BITS_32(Decoder.CODE_32, 4),
    BITS_64(Decoder.CODE_64, 8);

    /** As the decoder has it. */
    final int code;

    /** Bytes of a slot of the stack, of a near pointer, and of an address. */
    final int bytes;

    CodeSize(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** Bytes of an operand without a prefix. */
    int operandBytes() {
        return Math.min(bytes, 4);
    }
}
