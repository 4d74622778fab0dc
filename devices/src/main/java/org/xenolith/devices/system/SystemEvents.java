package org.xenolith.devices.system;

/** What a guest can ask of the whole machine. */
public interface SystemEvents {
    /** Power off (ACPI S5, or a shutdown port). */
    void powerOff();

    /**
     * Suspend to RAM (ACPI S3): processors and devices lose power, {@link #resume} follows.
     *
     * @return whether it happens; not on a board whose firmware does not announce it
     */
    default boolean suspend() {
        return false;
    }

    /** Power is back after {@link #suspend}: the first processor starts as after a reset. */
    default void resume() {}

    /** Reset all. */
    void reset();

    /** Ends the machine with a status, through the debug-exit port. */
    void exit(int status);

    /** Drives the A20 gate. */
    void a20(boolean enabled);
}
