package org.xenolith.devices.system;

/** What a guest can ask of the whole machine. */
public interface SystemEvents {
    /** Power off (ACPI S5, or a shutdown port). */
    void powerOff();

    /** Reset all. */
    void reset();

    /** Ends the machine with a status, through the debug-exit port. */
    void exit(int status);

    /** Drives the A20 gate. */
    void a20(boolean enabled);
}
