package org.xenolith.cpu.host;

import org.xenolith.cpu.state.FpuState;

/** Random x87 and SSE states in FXSAVE's layout, and their way into and out of a processor. */
public final class FxImage {
    private static final long[] DOUBLES = {
        0,
        1L << 63,
        1,
        0x800fffffffffffffL,
        0x0010000000000000L,
        0x0010000000000001L,
        0x7fefffffffffffffL,
        0x7ff0000000000000L,
        0xfff0000000000000L,
        0x7ff0000000000001L,
        0xfff8000000000123L,
        0x3ff0000000000000L,
        0xbff0000000000000L,
        0x4008000000000000L,
        0x3fe0000000000000L,
        0x41dfffffffc00000L,
        0xc1e0000000000000L,
        0x43e0000000000000L,
        0xc3e0000000000000L,
        0x41dfffffffe00000L,
        0x36a0000000000000L,
        0x47efffffe0000000L,
        0x47efffffefffffffL,
        0x380fffffffffffffL,
        0x3ff8000000000000L,
        0x4004000000000000L
    };
    private static final int[] FLOATS = {
        0,
        1 << 31,
        1,
        0x807fffff,
        0x00800000,
        0x00800001,
        0x7f7fffff,
        0x7f800000,
        0xff800000,
        0x7f800001,
        0xffc00123,
        0x3f800000,
        0xbf800000,
        0x40400000,
        0x3f000000,
        0x4effffff,
        0xcf000000,
        0x4f000000,
        0x5f000000,
        0xdf000000,
        0x3fc00000,
        0x40200000,
        0x4b800001
    };
    private static final long[] SIGNIFICANDS = {
        1L << 63,
        -1,
        3L << 62,
        0x8000000000000001L,
        0xc000000000000001L,
        0xfffffffffffff800L,
        0xffffff0000000000L,
        0x80000000000003ffL,
        0x8000000000000400L,
        0x8000000000000401L
    };

    private FxImage() {}

    // ---- random values -------------------------------------------------------------------------

    /** Two singles, a double or integers, many of them at the edges of something. */
    public static long lane(CaseRandom random) {
        long r = random.nextLong();
        int choice = (int) ((r & 0xffff) * 6 >>> 16);
        int small = (int) ((r >>> 16 & 0xffff) * 2001 >>> 16) - 1000;
        return switch (choice) {
            case 0 -> DOUBLES[(int) ((r >>> 32) * DOUBLES.length >>> 32)];
            case 1 -> {
                int low = FLOATS[(int) ((r >>> 16 & 0xffff) * FLOATS.length >>> 16)];
                yield dwords(low, FLOATS[(int) ((r >>> 32) * FLOATS.length >>> 32)]);
            }
            case 2 -> Double.doubleToRawLongBits(small / 8.0);
            case 3 -> {
                long exponent = 1023 + (int) ((r >>> 48) * 130 >>> 16) - 65;
                yield random.nextLong() & ~(0x7ffL << 52) | exponent << 52;
            }
            case 4 -> dwords(Float.floatToRawIntBits(small / 8f), (int) (r >>> 32));
            default -> random.nextLong();
        };
    }

    private static long dwords(int low, int high) {
        return low & 0xffffffffL | (long) high << 32;
    }

    /** The state that FNINIT and a reset of MXCSR leave. */
    public static void initial(byte[] fx) {
        Bytes.put16(fx, 0, 0x37f);
        Bytes.put32(fx, 24, 0x1f80);
    }

    /** Fills in a state; {@code calm} masks all exceptions. */
    public static void fill(byte[] fx, CaseRandom random, boolean calm) {
        for (int i = 0; i < 32; i++) {
            Bytes.put64(fx, 160 + 8 * i, lane(random));
        }
        fillAllButXmm(fx, random, calm);
    }

    /** The same without XMM0..15. */
    static void fillAllButXmm(byte[] fx, CaseRandom random, boolean calm) {
        int masks = calm || random.nextInt(3) > 0 ? 0x3f : random.nextInt(64);
        int[] precisions = {0, 2, 3, 3};
        int control = masks | 0x40 | precisions[random.nextInt(4)] << 8 | random.nextInt(4) << 10;
        int flags = random.nextInt(64) & masks;
        int status = flags | random.nextInt(8) << 11 | random.nextInt(8) << 8;
        status |= random.nextBoolean() ? 0x4000 : 0;
        if (masks != 0x3f && random.nextInt(10) == 0) {
            status |= ~masks & 0x3f | 0x8080;
        }
        int tags = random.nextInt(3) > 0 ? 0xff : random.nextInt(256);
        Bytes.put16(fx, 0, control);
        Bytes.put16(fx, 2, status);
        fx[4] = (byte) tags;
        for (int i = 0; i < 8; i++) {
            extended(fx, 32 + 16 * i, random);
        }
        int sseMasks = calm || random.nextInt(3) > 0 ? 0x3f : random.nextInt(64);
        int mxcsr = random.nextInt(128) | sseMasks << 7 | random.nextInt(4) << 13;
        mxcsr |= random.nextInt(4) == 0 ? 0x8000 : 0;
        if (random.nextInt(3) > 0) {
            mxcsr &= ~0x8040;
        }
        Bytes.put32(fx, 24, mxcsr);
    }

    private static void extended(byte[] fx, int at, CaseRandom random) {
        long significand =
                random.nextBoolean()
                        ? SIGNIFICANDS[random.nextInt(SIGNIFICANDS.length)]
                        : random.nextLong() | 1L << 63;
        int exponent =
                switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1 -> 0x7fff;
                    case 2 -> random.nextInt(0x8000);
                    case 3 -> 16383 - 1023 - 60 + random.nextInt(70);
                    case 4 -> random.nextInt(70);
                    case 5 -> 0x7fff - random.nextInt(70);
                    default -> 16383 - 66 + random.nextInt(132);
                };
        if (exponent == 0 && random.nextInt(3) > 0) {
            significand = random.nextBoolean() ? 0 : significand >>> 1 + random.nextInt(63);
        }
        if (random.nextInt(40) == 0) {
            significand &= ~(1L << 63);
        }
        Bytes.put64(fx, at, significand);
        Bytes.put16(fx, at + 8, exponent | random.nextInt(2) << 15);
    }

    // ---- into and out of a processor -----------------------------------------------------------

    public static void load(byte[] fx, FpuState f) {
        f.control = Bytes.get16(fx, 0);
        f.status = Bytes.get16(fx, 2);
        f.tag = 0;
        for (int r = 0; r < 8; r++) {
            f.tag |= (fx[4] >> r & 1) != 0 ? 0 : 3 << 2 * r;
            int physical = (f.status >> 11) + r & 7;
            f.significand[physical] = Bytes.get64(fx, 32 + 16 * r);
            f.signExponent[physical] = Bytes.get16(fx, 40 + 16 * r);
        }
        for (int i = 0; i < 32; i++) {
            f.vec[FpuState.LANES * (i >> 1) + (i & 1)] = Bytes.get64(fx, 160 + 8 * i);
        }
        f.mxcsr = Bytes.get32(fx, 24);
    }

    /** What differs between the processor and an image, or the empty string. */
    public static String difference(FpuState f, byte[] fx) {
        StringBuilder s = new StringBuilder();
        differ(s, "control", 0, f.control, Bytes.get16(fx, 0));
        differ(s, "status", 0, f.status, Bytes.get16(fx, 2));
        int tags = 0;
        for (int r = 0; r < 8; r++) {
            tags |= (f.tag >> 2 * r & 3) != 3 ? 1 << r : 0;
            int physical = (f.status >> 11) + r & 7;
            differ(s, "st", r, f.significand[physical], Bytes.get64(fx, 32 + 16 * r));
            int signExponent = Bytes.get16(fx, 40 + 16 * r);
            differ(s, "exponent of st", r, f.signExponent[physical], signExponent);
        }
        differ(s, "tags", 0, tags, fx[4] & 0xff);
        for (int i = 0; i < 32; i++) {
            long lane = f.vec[FpuState.LANES * (i >> 1) + (i & 1)];
            differ(
                    s,
                    (i & 1) == 0 ? "xmm" : "high xmm",
                    i >> 1,
                    lane,
                    Bytes.get64(fx, 160 + 8 * i));
        }
        differ(s, "mxcsr", 0, f.mxcsr, Bytes.get32(fx, 24));
        return s.toString();
    }

    public static void loadUpper(byte[] ymm, FpuState f) {
        for (int i = 0; i < 32; i++) {
            f.vec[FpuState.LANES * (i >> 1) + 2 + (i & 1)] = Bytes.get64(ymm, 8 * i);
        }
    }

    /** What differs in the upper halves of the YMM registers, or the empty string. */
    public static String upperDifference(FpuState f, byte[] ymm) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            long lane = f.vec[FpuState.LANES * (i >> 1) + 2 + (i & 1)];
            differ(s, (i & 1) == 0 ? "ymm" : "high ymm", i >> 1, lane, Bytes.get64(ymm, 8 * i));
        }
        return s.toString();
    }

    private static void differ(StringBuilder s, String what, int number, long ours, long host) {
        if (ours != host) {
            s.append(" %s %d %x, host %x;".formatted(what, number, ours, host));
        }
    }
}
