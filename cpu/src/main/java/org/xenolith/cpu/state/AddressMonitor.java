package org.xenolith.cpu.state;

/**
 * What MONITOR watches and what MWAIT waits for (SDM vol. 3A, 10.10).
 *
 * <p>The frame of the watched line is treated as one that holds decoded code: stores to it come to
 * the {@link CodeWatcher} first, all others cost nothing. Any store ends the watch, the processor's
 * own as well; so does what else ends MWAIT.
 */
public final class AddressMonitor {
    /** Bytes that are watched, aligned: the one size that CPUID leaf 5 gives. */
    public static final int LINE_BYTES = 64;

    /** No line. */
    private static final long NONE = -1;

    private final Cpu cpu;
    private long line = NONE;
    private boolean waiting;
    private boolean maskedInterrupts;

    /** MONITOR and MWAIT raise #UD: IA32_MISC_ENABLE says so. */
    public boolean disabled;

    /** Makes the processor go on after MWAIT; set by who schedules it. */
    public Runnable waker;

    AddressMonitor(Cpu cpu) {
        this.cpu = cpu;
        waker = () -> cpu.halted = false;
    }

    /** Watches the line with that machine address, in place of another. */
    public void arm(long maddr) {
        line = maddr & -LINE_BYTES;
        cpu.codeWatcher.monitorChanged(cpu);
    }

    /** Whether a line is watched that has not been written to. */
    public boolean armed() {
        return line != NONE;
    }

    /** Watches nothing, and waits no more. */
    public void disarm() {
        waiting = false;
        maskedInterrupts = false;
        if (line != NONE) {
            line = NONE;
            cpu.codeWatcher.monitorChanged(cpu);
        }
    }

    /** Machine address of the frame that the line is part of. */
    public long frame() {
        return line & LinearMemory.PAGE_MASK;
    }

    /** Whether the line lies in the frame of a machine address. */
    public boolean watchesFrame(long maddr) {
        return line != NONE && (line ^ maddr) >>> 12 == 0;
    }

    /** A store is about to be made. */
    public void written(long maddr, long length) {
        if (line == NONE || line >= maddr + length || maddr >= line + LINE_BYTES) {
            return;
        }
        boolean wake = waiting && cpu.halted;
        disarm();
        if (wake) {
            waker.run();
        }
    }

    /**
     * Stops the processor until a store or an event: MWAIT.
     *
     * @param masked interrupts end it even while EFLAGS.IF is clear
     */
    public void await(boolean masked) {
        waiting = true;
        maskedInterrupts = masked;
        cpu.halted = true;
        cpu.stop = true;
    }

    /** Whether an interrupt ends the wait although it cannot be delivered. */
    public boolean endsByMasked() {
        return maskedInterrupts && cpu.halted;
    }
}
