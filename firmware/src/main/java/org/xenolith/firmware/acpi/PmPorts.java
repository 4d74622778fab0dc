package org.xenolith.firmware.acpi;

/**
 * The I/O ports of the ACPI fixed hardware (ACPI 6.4, chapter 4.8), at the addresses customary for
 * an i440FX board. The machine is in ACPI mode from the start: there is no SMI command port, and
 * SCI_EN in PM1a control reads 1.
 */
public final class PmPorts {
    /** PM1a event block: status (16 bits), then enable (16 bits). */
    public static final int PM1A_EVENT = 0x600;

    /**
     * PM1a control (16 bits). Soft-off is SLP_EN with SLP_TYP {@link #SOFT_OFF}: 0x2000 written.
     */
    public static final int PM1A_CONTROL = 0x604;

    /** The SLP_TYP that means S3, from which the RTC wakes the machine. */
    public static final int SUSPEND = 1;

    /** The power management timer: 24 bits that count at 3.579545 MHz. */
    public static final int PM_TIMER = 0x608;

    /** The SLP_TYP (bits 12:10 of PM1a control) that means S5. */
    public static final int SOFT_OFF = 0;

    /** The reset port of the chipset. */
    public static final int RESET = 0xcf9;

    /** What is written to {@link #RESET}: a hard reset of the processors. */
    public static final int RESET_VALUE = 6;

    /** The ISA IRQ of the system control interrupt: level-triggered, active high. */
    public static final int SCI = 9;

    private PmPorts() {}
}
