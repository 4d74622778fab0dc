package org.xenolith.firmware.acpi;

/**
 * Where the ACPI fixed hardware answers (ACPI 6.4, chapter 4.8), and what of it there is. The
 * machine is in ACPI mode from the start: there is no SMI command port.
 *
 * @param event port of the PM1a event block: status, then enable, 16 bits each
 * @param control port of PM1a control, 16 bits
 * @param timer port of the power management timer, 0 for none
 * @param wideTimer whether the timer has 32 bits rather than 24
 * @param generalEvents port of the general-purpose event block 0, 0 for none: two bytes of status,
 *     two of enable
 * @param powerButton whether there is a fixed power button, whose bits are in the event block
 * @param reset whether a write of {@link PmPorts#RESET_VALUE} to {@link PmPorts#RESET} resets
 */
public record PmRegisters(
        int event,
        int control,
        int timer,
        boolean wideTimer,
        int generalEvents,
        boolean powerButton,
        boolean reset) {
    /** Those of {@link PmPorts}. */
    public static final PmRegisters BARE =
            new PmRegisters(
                    PmPorts.PM1A_EVENT,
                    PmPorts.PM1A_CONTROL,
                    PmPorts.PM_TIMER,
                    false,
                    0,
                    false,
                    true);

    /** Those of an HVM domain. */
    public static final PmRegisters HVM =
            new PmRegisters(0xb000, 0xb004, 0xb008, true, 0xafe0, true, true);

    /**
     * Those of a PVH domain: the two blocks that ACPI requires have addresses, but nothing answers
     * there.
     */
    public static final PmRegisters PVH =
            new PmRegisters(0xb000, 0xb004, 0, false, 0, false, false);
}
