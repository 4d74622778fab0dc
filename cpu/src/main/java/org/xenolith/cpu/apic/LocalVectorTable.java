package org.xenolith.cpu.apic;

import java.util.Arrays;
import java.util.List;

/**
 * The local vector table (SDM vol. 3A, 11.5.1): what the timer, the thermal sensor, the performance
 * counters, LINT0, LINT1 and the error logic do when they have something to say.
 */
final class LocalVectorTable {
    static final int TIMER = 0;
    static final int THERMAL = 1;
    static final int PERFORMANCE = 2;
    static final int LINT0 = 3;
    static final int LINT1 = 4;
    static final int ERROR = 5;
    static final int ENTRIES = 6;

    static final int MASKED = 1 << 16;
    private static final int STATUS = 1 << 12;
    private static final int REMOTE_IRR = 1 << 14;
    private static final int LEVEL = 1 << 15;
    private static final int TSC_DEADLINE = 1 << 18;

    /** Bits that software can set, by entry. */
    private static final int[] WRITABLE = {0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff};

    /** Bits that are read-only rather than reserved, by entry. */
    private static final int[] READ_ONLY = {
        STATUS, STATUS, STATUS, STATUS | REMOTE_IRR, STATUS | REMOTE_IRR, STATUS
    };

    private final boolean tscDeadline;
    private final int[] entries = new int[ENTRIES];

    /**
     * @param tscDeadline whether the timer's entry has that mode
     */
    LocalVectorTable(boolean tscDeadline) {
        this.tscDeadline = tscDeadline;
        reset();
    }

    void reset() {
        Arrays.fill(entries, MASKED);
    }

    /** Masks everything, as clearing the software enable bit does. */
    void maskAll() {
        for (int i = 0; i < ENTRIES; i++) {
            entries[i] |= MASKED;
        }
    }

    void mask(int source) {
        entries[source] |= MASKED;
    }

    int entry(int source) {
        return entries[source];
    }

    /** Bits that may be 1 in a WRMSR. */
    int accepted(int source) {
        return writable(source) | READ_ONLY[source];
    }

    private int writable(int source) {
        return source == TIMER && !tscDeadline ? WRITABLE[TIMER] & ~TSC_DEADLINE : WRITABLE[source];
    }

    /** Writes an entry's writable bits; a software-disabled APIC keeps the mask. */
    void write(int source, int value, boolean enabled) {
        int kept = (value & LEVEL) != 0 ? entries[source] & REMOTE_IRR : 0;
        int written = value & writable(source) | (isPin(source) ? kept : 0);
        entries[source] = enabled ? written : written | MASKED;
    }

    private static boolean isPin(int source) {
        return source == LINT0 || source == LINT1;
    }

    boolean masked(int source) {
        return (entries[source] & MASKED) != 0;
    }

    int vector(int source) {
        return entries[source] & 0xff;
    }

    /** Delivery mode; the timer and the error logic have only the fixed one. */
    DeliveryMode mode(int source) {
        return DeliveryMode.of(entries[source] >> 8 & 7);
    }

    int timerMode() {
        return entries[TIMER] >> 17 & 3;
    }

    /** Whether LINT0 is a level-triggered fixed interrupt that may be requested (again). */
    boolean levelRequestable() {
        int entry = entries[LINT0];
        return (entry & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL
                && mode(LINT0) == DeliveryMode.FIXED;
    }

    /** Whether LINT0's fixed interrupt follows the level of its input. */
    boolean levelTriggered() {
        return (entries[LINT0] & LEVEL) != 0 && mode(LINT0) == DeliveryMode.FIXED;
    }

    /** Notes that LINT0's level-triggered interrupt was accepted. */
    void levelAccepted() {
        entries[LINT0] |= REMOTE_IRR;
    }

    /** Notes the end of a level-triggered interrupt. */
    void levelEnded(int vector) {
        if (vector(LINT0) == vector) {
            entries[LINT0] &= ~REMOTE_IRR;
        }
    }

    List<Integer> save() {
        return Arrays.stream(entries).boxed().toList();
    }

    void restore(List<Integer> saved) {
        if (saved.size() != ENTRIES) {
            throw new IllegalArgumentException("the local vector table has 6 entries");
        }
        for (int i = 0; i < ENTRIES; i++) {
            entries[i] = saved.get(i) & (accepted(i) & ~STATUS);
        }
    }
}
