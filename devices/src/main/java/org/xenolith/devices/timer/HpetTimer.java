package org.xenolith.devices.timer;

/**
 * One comparator of an HPET: its configuration, and when it matches the main counter. It counts in
 * the counter's ticks; what is below 32 bits wide wraps there.
 */
final class HpetTimer {
    static final int LEVEL = 1 << 1;
    static final int ENABLED = 1 << 2;
    static final int PERIODIC = 1 << 3;
    static final int SET_VALUE = 1 << 6;
    static final int NARROW = 1 << 8;
    static final int ROUTE = 0x1f << 9;
    static final int ROUTE_SHIFT = 9;

    /** Capable of being periodic, and of 64 bits. */
    private static final int CAPABLE = 1 << 4 | 1 << 5;

    private static final int WRITABLE = LEVEL | ENABLED | PERIODIC | SET_VALUE | NARROW | ROUTE;

    /** Inputs of the I/O APIC that it can drive: 20 to 23, which nothing else uses. */
    private static final long ROUTES = 0x00f0_0000L;

    private int config;
    private long comparator = -1;
    private long period;
    private long seen;

    boolean is(int flag) {
        return (config & flag) != 0;
    }

    /** The I/O APIC's input that its configuration names. */
    int route() {
        return (config & ROUTE) >> ROUTE_SHIFT;
    }

    long configuration() {
        return config | CAPABLE | ROUTES << 32;
    }

    void configure(long value) {
        int written = (int) value & WRITABLE;
        if ((ROUTES >> ((written & ROUTE) >> ROUTE_SHIFT) & 1) == 0) {
            written &= ~ROUTE; // software reads back that there is no such route
        }
        config = written;
        comparator &= mask();
    }

    long comparator() {
        return comparator;
    }

    /** A write to the comparator: of its value, and in periodic mode of the period as well. */
    void compare(long value, long counter) {
        if (!is(PERIODIC) || is(SET_VALUE)) {
            comparator = value & mask();
        }
        if (is(PERIODIC)) {
            period = value & mask();
        }
        config &= ~SET_VALUE;
        seen = counter;
    }

    /** The counter jumps: what lies between is no match. */
    void restart(long counter) {
        seen = counter;
    }

    private long mask() {
        return is(NARROW) ? 0xffffffffL : -1;
    }

    /** Ticks from a value of the counter to the next match, unsigned; 0 only for 2^64. */
    long distance(long counter) {
        long distance = comparator - counter & mask();
        return distance == 0 && is(NARROW) ? 1L << 32 : distance;
    }

    /** Whether it has matched since it was asked last; a periodic one goes on to its next match. */
    boolean matched(long counter) {
        long passed = counter - seen;
        long distance = distance(seen);
        boolean matched = distance != 0 && Long.compareUnsigned(distance, passed) <= 0;
        if (matched && is(PERIODIC) && period != 0) {
            long late = passed - distance;
            long periods = Long.divideUnsigned(late, period) + 1;
            comparator = comparator + periods * period & mask();
        }
        seen = counter;
        return matched;
    }

    Hpet.Comparator save() {
        return new Hpet.Comparator(config, comparator, period, seen);
    }

    void restore(Hpet.Comparator state) {
        config = state.config();
        comparator = state.comparator();
        period = state.period();
        seen = state.seen();
    }
}
