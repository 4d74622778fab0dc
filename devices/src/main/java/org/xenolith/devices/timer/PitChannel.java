package org.xenolith.devices.timer;

/**
 * One counter of an 8254 (Intel data sheet, order 231164). It holds when it was loaded and computes
 * its count and output from the time that has passed, in ticks of 1,193,182 Hz.
 */
final class PitChannel {
    static final long FREQUENCY = 1_193_182;
    private static final long NANOS = 1_000_000_000L;

    private int mode;
    private int access = 3;
    private boolean bcd;
    private int reload = 0x10000;
    private boolean loaded;
    private long loadedAt;
    private boolean gate;

    /** Ticks that had passed when a low gate stopped the counter; -1 while it counts. */
    private long stoppedAt = -1;

    private int writeLow = -1;
    private boolean readHigh;
    private int latched = -1;
    private int status = -1;

    PitChannel(boolean gate) {
        this.gate = gate;
    }

    static long ticks(long nanos) {
        return Math.multiplyHigh(nanos, FREQUENCY) == 0
                ? nanos * FREQUENCY / NANOS
                : nanos / NANOS * FREQUENCY + nanos % NANOS * FREQUENCY / NANOS;
    }

    /** The first nanosecond at which {@link #ticks} reaches {@code ticks}. */
    static long nanos(long ticks) {
        return ticks / FREQUENCY * NANOS + (ticks % FREQUENCY * NANOS + FREQUENCY - 1) / FREQUENCY;
    }

    void control(int word, long now) {
        mode = word >> 1 & 7;
        mode = mode > 5 ? mode - 4 : mode;
        access = word >> 4 & 3;
        bcd = (word & 1) != 0;
        loaded = false;
        writeLow = -1;
        readHigh = false;
        latched = -1;
        status = -1;
        loadedAt = ticks(now);
    }

    void latchCount(long now) {
        if (latched < 0) {
            latched = count(now);
        }
    }

    void latchStatus(long now) {
        if (status < 0) {
            status =
                    (output(now) ? 0x80 : 0)
                            | (loaded ? 0 : 0x40)
                            | access << 4
                            | mode << 1
                            | (bcd ? 1 : 0);
        }
    }

    /** Writes a byte of the count; counting starts when it is whole. */
    void write(int value, long now) {
        switch (access) {
            case 1 -> load(value, now);
            case 2 -> load(value << 8, now);
            default -> {
                if (writeLow < 0) {
                    writeLow = value;
                    if (mode == 0) {
                        loaded = false; // the first byte stops the counter
                    }
                } else {
                    int whole = value << 8 | writeLow;
                    writeLow = -1;
                    load(whole, now);
                }
            }
        }
    }

    private void load(int value, long now) {
        reload = bcd ? fromBcd(value) : value == 0 ? 0x10000 : value;
        boolean restarts = mode != 2 && mode != 3 || !loaded;
        loaded = true;
        if (restarts && mode != 1 && mode != 5) {
            loadedAt = ticks(now);
            stoppedAt = gate ? -1 : 0;
        }
    }

    private static int fromBcd(int v) {
        int value = (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
        return value == 0 ? 10_000 : value;
    }

    int read(long now) {
        if (status >= 0) {
            int value = status;
            status = -1;
            return value;
        }
        int value = latched >= 0 ? latched : count(now);
        boolean high = access == 2 || access == 3 && readHigh;
        if (access == 3) {
            readHigh = !readHigh;
        }
        if (access != 3 || high) {
            latched = -1;
        }
        return high ? value >> 8 : value & 0xff;
    }

    boolean gate() {
        return gate;
    }

    void setGate(boolean high, long now) {
        if (high == gate) {
            return;
        }
        gate = high;
        long t = ticks(now);
        if (high && mode != 0 && mode != 4) {
            loadedAt = t; // a rising edge reloads
            stoppedAt = -1;
        } else if (high) {
            loadedAt = t - Math.max(0, stoppedAt);
            stoppedAt = -1;
        } else if (mode != 1 && mode != 5) {
            stoppedAt = t - loadedAt;
        }
    }

    private long passed(long now) {
        return stoppedAt >= 0 ? stoppedAt : ticks(now) - loadedAt;
    }

    private int count(long now) {
        long passed = passed(now);
        long modulus = bcd ? 10_000 : 0x10000;
        long value;
        if (mode == 2) {
            value = reload - passed % reload;
        } else if (mode == 3) {
            long half = passed * 2 % reload;
            value = (reload - half) & ~1L;
        } else {
            value = Math.floorMod(reload - passed, modulus);
        }
        int count = (int) (value % modulus);
        return bcd ? toBcd(count) : count;
    }

    private static int toBcd(int v) {
        return v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
    }

    /** Level of OUT. */
    boolean output(long now) {
        if (!loaded) {
            return mode != 0;
        }
        long passed = passed(now);
        return switch (mode) {
            case 0, 1 -> passed >= reload;
            case 2 -> stoppedAt >= 0 || passed % reload != reload - 1;
            case 3 -> stoppedAt >= 0 || passed % reload < (reload + 1) / 2;
            default -> passed != reload;
        };
    }

    /** When OUT changes next, in nanoseconds, or -1 if it stays. */
    long nextChange(long now) {
        if (!loaded || stoppedAt >= 0) {
            return -1;
        }
        long passed = ticks(now) - loadedAt;
        long round = passed - passed % reload;
        long next =
                switch (mode) {
                    case 0, 1 -> passed < reload ? reload : -1;
                    case 2 -> round + (passed % reload < reload - 1 ? reload - 1 : reload);
                    case 3 ->
                            round
                                    + (passed % reload < (reload + 1) / 2
                                            ? (reload + 1) / 2
                                            : reload);
                    default -> passed < reload ? reload : passed == reload ? reload + 1 : -1;
                };
        return next < 0 ? -1 : nanos(loadedAt + next);
    }
}
