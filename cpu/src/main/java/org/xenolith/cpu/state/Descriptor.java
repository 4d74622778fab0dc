package org.xenolith.cpu.state;

/** Fields of an 8-byte segment or gate descriptor (SDM vol. 3A, 3.4.5 and 7.11). */
public final class Descriptor {
    private Descriptor() {}

    /** Access rights as in {@link Cpu#segmentAccess}. */
    public static int access(long descriptor) {
        return (int) (descriptor >>> 40) & 0xf0ff;
    }

    /** Type field, 0 to 15; bit 4 of the result is the S flag. */
    public static int type(long descriptor) {
        return (int) (descriptor >>> 40) & 31;
    }

    /** Descriptor privilege level. */
    public static int dpl(long descriptor) {
        return (int) (descriptor >>> 45) & 3;
    }

    public static boolean present(long descriptor) {
        return (descriptor >>> 47 & 1) != 0;
    }

    /** Whether it describes a code segment. */
    public static boolean code(long descriptor) {
        return (descriptor >>> 43 & 3) == 3;
    }

    /** Whether it describes a writable data segment. */
    public static boolean writableData(long descriptor) {
        return (descriptor >>> 40 & 0x1a) == 0x12;
    }

    /** Whether it describes a conforming code segment. */
    public static boolean conforming(long descriptor) {
        return (descriptor >>> 42 & 7) == 7;
    }

    /** Low 32 bits of the base; system segments of IA-32e mode have 32 more elsewhere. */
    public static long base(long descriptor) {
        return descriptor >>> 16 & 0xffffff | (descriptor >>> 56) << 24;
    }

    /** Offset of the last byte, scaled by the G flag. */
    public static long limit(long descriptor) {
        long limit = descriptor & 0xffff | descriptor >>> 32 & 0xf0000;
        return (descriptor >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
    }

    /** Selector field of a gate. */
    public static int gateSelector(long descriptor) {
        return (int) (descriptor >>> 16) & 0xffff;
    }

    /** Low 32 bits of a gate's offset. */
    public static long gateOffset(long descriptor) {
        return descriptor & 0xffff | descriptor >>> 32 & 0xffff0000L;
    }
}
