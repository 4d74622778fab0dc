package org.xenolith.cpu.apic;

import java.util.List;

/**
 * A local APIC at rest, as {@link LocalApic#save} gives it. Registers are as SDM vol. 3A, chapter
 * 11 lays them out.
 *
 * @param version of this record, {@link #VERSION}
 * @param base IA32_APIC_BASE
 * @param xapicId bits 31..24 of the ID register in xAPIC mode, as a number
 * @param ldr logical destination in xAPIC mode
 * @param errors errors since the last write of ESR
 * @param errorArmed whether the next error interrupts
 * @param icr both halves
 * @param isr eight words, as tmr and irr
 * @param lvt timer, thermal, performance, LINT0, LINT1, error
 * @param lint0 level of that input
 */
public record LocalApicState(
        int version,
        long base,
        int xapicId,
        int tpr,
        int ldr,
        int dfr,
        int svr,
        int esr,
        int errors,
        boolean errorArmed,
        long icr,
        List<Integer> isr,
        List<Integer> tmr,
        List<Integer> irr,
        List<Integer> lvt,
        boolean lint0,
        TimerState timer) {
    /** The only version there is. */
    public static final int VERSION = 1;

    /** Copies the lists. */
    public LocalApicState {
        isr = List.copyOf(isr);
        tmr = List.copyOf(tmr);
        irr = List.copyOf(irr);
        lvt = List.copyOf(lvt);
    }

    /**
     * The timer.
     *
     * @param start virtual nanoseconds at which the count was at its initial value
     * @param counting whether the count goes down
     * @param tscDeadline IA32_TSC_DEADLINE
     * @param deadline virtual nanoseconds at which it expires, or Long.MAX_VALUE
     */
    public record TimerState(
            int divideConfiguration,
            int initialCount,
            long start,
            boolean counting,
            long tscDeadline,
            long deadline) {}
}
