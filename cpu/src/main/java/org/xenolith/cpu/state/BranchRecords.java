package org.xenolith.cpu.state;

import java.util.Arrays;

/**
 * IA32_DEBUGCTL and the last branches that it has recorded (SDM vol. 3B, 18.4). While it asks for
 * any of this, instructions run one by one; {@link Cpu#setDebugControl} sees to that.
 */
public final class BranchRecords {
    /** IA32_DEBUGCTL: branches, interrupts and exceptions are recorded. */
    public static final int LBR = 1;

    /** IA32_DEBUGCTL: EFLAGS.TF traps behind branches only. */
    public static final int BTF = 1 << 1;

    private static final int DEEPEST = 8;

    /** Where branches came from and went to; the newest is at {@link #top}. */
    public final long[] from = new long[DEEPEST];

    public final long[] to = new long[DEEPEST];
    public int top;

    /** Records that the model has, 1 to 8; 0 where there are none. */
    public int depth;

    /** The last branch before the last interrupt or exception. */
    public long eventFrom;

    public long eventTo;

    /** IA32_DEBUGCTL; write it through {@link Cpu#setDebugControl}. */
    public long control;

    /** Bits of it that exist: none where CPUID's model does not say so. */
    public long allowed;

    /** Power-on. */
    public void clear() {
        Arrays.fill(from, 0);
        Arrays.fill(to, 0);
        top = 0;
        eventFrom = 0;
        eventTo = 0;
    }

    /** Notes a branch, if that is asked for. */
    public void record(long source, long target) {
        if ((control & LBR) != 0 && depth > 0) {
            top = (top + 1) % depth;
            from[top] = source;
            to[top] = target;
        }
    }

    /** Notes the delivery of an interrupt or exception. */
    public void recordEvent(long source, long target) {
        if ((control & LBR) != 0) {
            eventFrom = from[top];
            eventTo = to[top];
            record(source, target);
        }
    }
}
