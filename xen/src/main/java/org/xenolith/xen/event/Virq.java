package org.xenolith.xen.event;

/** Virtual interrupts (public/xen.h, enum virq). */
public final class Virq {
    public static final int TIMER = 0;
    public static final int DEBUG = 1;
    public static final int XENOPROF = 7;
    public static final int XENPMU = 13;

    /** Number of VIRQs. */
    public static final int COUNT = 24;

    private Virq() {}

    /** Whether each processor has its own; the others are bound once, through processor 0. */
    static boolean perVcpu(int virq) {
        return virq == TIMER || virq == DEBUG || virq == XENOPROF || virq == XENPMU;
    }
}
