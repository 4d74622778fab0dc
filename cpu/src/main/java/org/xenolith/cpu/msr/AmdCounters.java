package org.xenolith.cpu.msr;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/**
 * The four performance counters that every AMD processor has, announced or not (APM vol. 2, 13.2.1
 * and 13.2.2): PerfEvtSel0 to 3 and PerfCtr0 to 3.
 *
 * <p>Two events happen here and are counted, at all levels together: retired instructions, and
 * cycles, of which each takes one. Other events never happen; a counter for one level only, or that
 * is to interrupt, stands still or stays silent, which is said once.
 */
final class AmdCounters implements MsrBank {
    static final int COUNTERS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(AmdCounters.class);
    private static final int SELECT = 0xc0010000;
    private static final int COUNTER = 0xc0010004;
    private static final long COUNTER_MASK = (1L << 48) - 1;

    private static final int EVENT_CYCLES = 0x76;
    private static final int EVENT_INSTRUCTIONS = 0xc0;
    private static final long ALL_LEVELS = 3 << 16;
    private static final long INTERRUPT = 1 << 20;
    private static final long ENABLE = 1 << 22;
    private static final long RESERVED = -1L << 42;

    private final Cpu cpu;
    private final long[] select = new long[COUNTERS];
    private final long[] value = new long[COUNTERS];

    /** Retired instructions when {@link #value} was right. */
    private final long[] since = new long[COUNTERS];

    private boolean reported;

    AmdCounters(Cpu cpu) {
        this.cpu = cpu;
    }

    void powerOn() {
        Arrays.fill(select, 0);
        Arrays.fill(value, 0);
    }

    @Override
    public boolean owns(int msr) {
        return msr >= SELECT && msr < COUNTER + COUNTERS;
    }

    @Override
    public long read(int msr) {
        return msr < COUNTER ? select[msr - SELECT] : counter(msr - COUNTER);
    }

    @Override
    public void write(int msr, long written) {
        int i = msr < COUNTER ? msr - SELECT : msr - COUNTER;
        long now = counter(i);
        since[i] = cpu.instructions;
        if (msr >= COUNTER) {
            value[i] = written & COUNTER_MASK;
            return;
        }
        if ((written & RESERVED) != 0) {
            throw cpu.generalProtection();
        }
        value[i] = now;
        select[i] = written;
        boolean lost = !counts(written) || (written & INTERRUPT) != 0;
        if ((written & ENABLE) != 0 && lost && !reported) {
            reported = true;
            LOG.info(
                    "performance event select {}: not counted, or not with interrupts",
                    Long.toHexString(written));
        }
    }

    /**
     * A counter, as RDPMC reads it.
     *
     * @param i 0 to 3
     */
    long counter(int i) {
        long passed = counts(select[i]) ? cpu.instructions - since[i] : 0;
        return value[i] + passed & COUNTER_MASK;
    }

    private static boolean counts(long select) {
        long event = select & 0xff | select >> 24 & 0xf00;
        return (select & ENABLE) != 0
                && (select & ALL_LEVELS) == ALL_LEVELS
                && (event == EVENT_CYCLES || event == EVENT_INSTRUCTIONS);
    }
}
