package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;

/**
 * The fixed ACPI description table, revision 3 (ACPI 2.0, whose size of 244 bytes all newer readers
 * take), for the ports of {@link PmPorts}.
 *
 * @param facs physical address of the FACS, below 4 GiB
 * @param dsdt physical address of the DSDT, below 4 GiB
 * @param keyboardController whether there is an 8042
 * @param vga whether there is a VGA
 */
record Fadt(long facs, long dsdt, boolean keyboardController, boolean vga) {
    static final String SIGNATURE = "FACP";
    static final int SIZE = 244;
    static final int FACS_AT = 36;
    static final int DSDT_AT = 40;

    private static final int REVISION = 3;
    private static final int BOOT_ARCHITECTURE_AT = 109;
    private static final int FLAGS_AT = 112;
    private static final int RESET_AT = 116;
    private static final int X_DSDT_AT = 140;
    private static final int CENTURY = 0x32;
    private static final int NO_C_STATE = 0xfff;

    // Fixed feature flags, ACPI 6.4 table 5.10.
    private static final int WBINVD = 1;
    private static final int PROC_C1 = 1 << 2;
    private static final int POWER_BUTTON_BY_METHOD = 1 << 4;
    private static final int SLEEP_BUTTON_BY_METHOD = 1 << 5;
    private static final int RTC_WAKE_NOT_FIXED = 1 << 6;
    private static final int RESET_SUPPORTED = 1 << 10;

    // IA-PC boot architecture flags, table 5.11.
    private static final int LEGACY_DEVICES = 1;
    private static final int KEYBOARD_CONTROLLER = 1 << 1;
    private static final int VGA_ABSENT = 1 << 2;

    private static final int EVENT_LENGTH = 4;
    private static final int CONTROL_LENGTH = 2;
    private static final int TIMER_LENGTH = 4;

    // Access sizes of a generic address structure.
    private static final int BYTE_ACCESS = 1;
    private static final int WORD_ACCESS = 2;
    private static final int DWORD_ACCESS = 3;

    byte[] toBytes() {
        ByteBuffer out = SystemTable.little(SIZE);
        out.putInt(FACS_AT, (int) facs).putInt(DSDT_AT, (int) dsdt);
        out.putShort(46, (short) PmPorts.SCI);
        out.putInt(56, PmPorts.PM1A_EVENT).putInt(64, PmPorts.PM1A_CONTROL);
        out.putInt(76, PmPorts.PM_TIMER);
        out.put(88, (byte) EVENT_LENGTH).put(89, (byte) CONTROL_LENGTH);
        out.put(91, (byte) TIMER_LENGTH);
        out.putShort(96, (short) NO_C_STATE).putShort(98, (short) NO_C_STATE);
        out.put(108, (byte) CENTURY);
        out.putShort(
                BOOT_ARCHITECTURE_AT,
                (short)
                        (LEGACY_DEVICES
                                | (keyboardController ? KEYBOARD_CONTROLLER : 0)
                                | (vga ? 0 : VGA_ABSENT)));
        out.putInt(
                FLAGS_AT,
                WBINVD
                        | PROC_C1
                        | POWER_BUTTON_BY_METHOD
                        | SLEEP_BUTTON_BY_METHOD
                        | RTC_WAKE_NOT_FIXED
                        | RESET_SUPPORTED);
        port(out, RESET_AT, PmPorts.RESET, 1, BYTE_ACCESS);
        out.put(RESET_AT + 12, (byte) PmPorts.RESET_VALUE);
        // X_FIRMWARE_CTRL stays 0: only one of the two pointers to the FACS may be given.
        out.putLong(X_DSDT_AT, dsdt);
        port(out, 148, PmPorts.PM1A_EVENT, EVENT_LENGTH, WORD_ACCESS);
        port(out, 172, PmPorts.PM1A_CONTROL, CONTROL_LENGTH, WORD_ACCESS);
        port(out, 208, PmPorts.PM_TIMER, TIMER_LENGTH, DWORD_ACCESS);
        byte[] content = new byte[SIZE - SystemTable.HEADER_SIZE];
        out.get(SystemTable.HEADER_SIZE, content);
        return SystemTable.of(SIGNATURE, REVISION, content);
    }

    /** A generic address structure (table 5.1) for ports. */
    private static void port(ByteBuffer out, int at, int port, int bytes, int access) {
        out.put(at, (byte) 1).put(at + 1, (byte) (8 * bytes)).put(at + 2, (byte) 0);
        out.put(at + 3, (byte) access).putLong(at + 4, port);
    }

    static Fadt read(byte[] table) throws AcpiException {
        if (table.length < SIZE) {
            throw new AcpiException("the FADT has " + table.length + " bytes");
        }
        ByteBuffer in = SystemTable.little(table);
        int architecture = in.getShort(BOOT_ARCHITECTURE_AT);
        return new Fadt(
                Integer.toUnsignedLong(in.getInt(FACS_AT)),
                Integer.toUnsignedLong(in.getInt(DSDT_AT)),
                (architecture & KEYBOARD_CONTROLLER) != 0,
                (architecture & VGA_ABSENT) == 0);
    }
}
