package org.xenolith.cpu.state;

/**
 * IA32_DEBUGCTL and the branches that it has the processor record (SDM vol. 3B, 18.4). While they
 * are recorded, instructions are executed one by one.
 */
public final class BranchRecords {
    /** IA32_DEBUGCTL: record branches, interrupts and exceptions. */
    public static final int LBR = 1;

    /** IA32_DEBUGCTL: with EFLAGS.TF, trap behind branches only. */
    public static final int BTF = 1 << 1;

    private final Cpu cpu;
    private long control;
    private long[] from = new long[1];
    private long[] to = new long[1];
    private int top;

    BranchRecords(Cpu cpu) {
        this.cpu = cpu;
    }

    /**
     * Forgets all and clears IA32_DEBUGCTL.
     *
     * @param depth branches that are kept, a power of two
     */
    public void reset(int depth) {
        from = new long[depth];
        to = new long[depth];
        top = 0;
        control(0);
    }

    /** IA32_DEBUGCTL. */
    public long control() {
        return control;
    }

    /** Sets IA32_DEBUGCTL, whose other bits are 0. */
    public void control(long value) {
        control = value;
        cpu.pins = records() ? cpu.pins | Cpu.PIN_BRANCHES : cpu.pins & ~Cpu.PIN_BRANCHES;
        cpu.attend();
    }

    private boolean records() {
        return (control & LBR) != 0;
    }

    /** Whether single-step traps come behind branches only. */
    public boolean stepsBranches() {
        return (control & BTF) != 0;
    }

    /** A debug exception is about to be delivered, which ends both. */
    public void debugException() {
        if (control != 0) {
            control(control & ~(long) (LBR | BTF));
        }
    }

    /** Records a branch, or an event, by linear addresses, if that is asked for. */
    public void record(long source, long target) {
        if (records()) {
            top = top + 1 & from.length - 1;
            from[top] = source;
            to[top] = target;
        }
    }

    /** Index of the branch recorded last. */
    public int top() {
        return top;
    }

    /** Linear address of a recorded branch; index below the depth. */
    public long from(int index) {
        return from[index];
    }

    /** Where it went. */
    public long to(int index) {
        return to[index];
    }

    /** Sets an entry, as WRMSR does. */
    public void set(int index, long source, long target) {
        from[index] = source;
        to[index] = target;
    }
}
