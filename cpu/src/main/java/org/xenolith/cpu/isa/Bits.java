package org.xenolith.cpu.isa;

/** Arithmetic on values of 1, 2, 4 or 8 bytes held in longs. */
final class Bits {
    private Bits() {}

    /** Sign-extends the low {@code size} bytes. */
    static long sext(long value, int size) {
        return switch (size) {
            case 8 -> value;
            case 4 -> (int) value;
            case 2 -> (short) value;
            default -> (byte) value;
        };
    }

    /** Zero-extends the low {@code size} bytes. */
    static long zext(long value, int size) {
        return switch (size) {
            case 8 -> value;
            case 4 -> value & 0xffffffffL;
            case 2 -> value & 0xffff;
            default -> value & 0xff;
        };
    }

    /** 1 if any bit is set, else 0; without a branch. */
    static long nonzero(long value) {
        return (value | -value) >>> 63;
    }
}
