package org.xenolith.cpu.run;

/**
 * The outside world as a scheduler of processors sees it: input that may wake a machine, and
 * waiting.
 *
 * <p>A source that wants runs to repeat delivers input only when {@code idle} is set and does not
 * let the host's timing decide whether there is some. A source for a terminal may deliver at each
 * poll, and lets host time pass while the machine has nothing to do.
 */
public interface IdleSource {
    /** No input at all, and no waiting. */
    IdleSource NONE =
            new IdleSource() {
                @Override
                public boolean poll(long now, boolean idle) {
                    return false;
                }

                @Override
                public boolean open() {
                    return false;
                }

                @Override
                public long waitUntil(long now, long deadline, boolean paced) {
                    return deadline;
                }

                @Override
                public void wake() {
                    // Never waits.
                }
            };

    /**
     * Moves waiting host input into guests. Called by the machine's thread between slices.
     *
     * @param now virtual nanoseconds
     * @param idle whether all processors wait
     * @return whether anything was delivered
     */
    boolean poll(long now, boolean idle);

    /** Whether input may still come. */
    boolean open();

    /**
     * Waits for input; called when all processors wait and {@link #poll} had nothing. May return
     * early, and at once if this source does not follow the host's time.
     *
     * @param now virtual nanoseconds
     * @param deadline virtual nanoseconds, when the machine goes on by itself; {@code
     *     TimerQueue.NEVER} if only input can wake it
     * @param paced whether host time must pass as virtual time does
     * @return the virtual time at which the machine goes on, {@code now} to {@code deadline};
     *     ignored if the deadline is never
     */
    long waitUntil(long now, long deadline, boolean paced);

    /** Ends a {@link #waitUntil} early. Called by any thread. */
    void wake();
}
