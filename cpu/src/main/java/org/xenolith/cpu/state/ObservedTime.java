package org.xenolith.cpu.state;

/**
 * The latest time that any processor of a machine has seen. Processors that take turns are at
 * different times; one that looks at a clock is brought up to what another has already seen, so
 * that their time-stamp counters stay in step as software demands (SDM vol. 3B, 18.17.1).
 */
public final class ObservedTime {
    private long latest;

    /** Virtual nanoseconds as {@code cpu} may see them now, never less than anyone saw before. */
    long observe(Cpu cpu) {
        long behind = latest - cpu.now();
        if (behind > 0) {
            cpu.idleTime += behind;
            cpu.requestStop(); // deadlines may have come
        } else {
            latest = cpu.now();
        }
        return latest;
    }
}
