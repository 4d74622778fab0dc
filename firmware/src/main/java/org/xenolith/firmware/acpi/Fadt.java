package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;

/**
 * The fixed ACPI description table. Revisions 3 and 4 (ACPI 2.0 to 4.0) have 244 bytes, revision 5
 * has 268.
 *
 * @param maker who made it
 * @param revision 3 to 5
 * @param facs physical address of the FACS, below 4 GiB
 * @param dsdt physical address of the DSDT, below 4 GiB
 * @param registers the fixed hardware
 * @param clockWakes whether the RTC ends a sleep by RTC_STS in the fixed registers
 * @param legacyDevices whether there are devices at the ports of a PC, the RTC among them
 * @param keyboardController whether there is an 8042
 * @param vga whether there is a VGA
 */
record Fadt(
        TableMaker maker,
        int revision,
        long facs,
        long dsdt,
        PmRegisters registers,
        boolean clockWakes,
        boolean legacyDevices,
        boolean keyboardController,
        boolean vga) {
    static final String SIGNATURE = "FACP";
    static final int SIZE = 244;
    static final int FACS_AT = 36;
    static final int DSDT_AT = 40;

    private static final int LONG_SIZE = 268;
    private static final int LONG_REVISION = 5;
    private static final int REVISION_AT = 8;
    private static final int EVENT_AT = 56;
    private static final int CONTROL_AT = 64;
    private static final int TIMER_AT = 76;
    private static final int GENERAL_EVENTS_AT = 80;
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
    private static final int WIDE_TIMER = 1 << 8;
    private static final int RESET_SUPPORTED = 1 << 10;

    // IA-PC boot architecture flags, table 5.11.
    private static final int LEGACY_DEVICES = 1;
    private static final int KEYBOARD_CONTROLLER = 1 << 1;
    private static final int VGA_ABSENT = 1 << 2;
    private static final int RTC_ABSENT = 1 << 5;

    private static final int EVENT_LENGTH = 4;
    private static final int CONTROL_LENGTH = 2;
    private static final int TIMER_LENGTH = 4;
    private static final int GENERAL_EVENTS_LENGTH = 4;

    // Access sizes of a generic address structure.
    private static final int BYTE_ACCESS = 1;
    private static final int WORD_ACCESS = 2;
    private static final int DWORD_ACCESS = 3;

    /** The table for a machine. */
    static Fadt of(AcpiConfig config, long facs, long dsdt) {
        AcpiBoard board = config.board();
        return new Fadt(
                board.maker(),
                board.fadtRevision(),
                facs,
                dsdt,
                board.registers(),
                board.suspends(),
                board.hasDevices(),
                config.keyboardController(),
                config.vga());
    }

    byte[] toBytes() {
        ByteBuffer out = SystemTable.little(revision >= LONG_REVISION ? LONG_SIZE : SIZE);
        out.putInt(FACS_AT, (int) facs).putInt(DSDT_AT, (int) dsdt);
        out.putShort(46, (short) PmPorts.SCI);
        out.putInt(EVENT_AT, registers.event()).putInt(CONTROL_AT, registers.control());
        out.put(88, (byte) EVENT_LENGTH).put(89, (byte) CONTROL_LENGTH);
        out.putShort(96, (short) NO_C_STATE).putShort(98, (short) NO_C_STATE);
        if (legacyDevices) {
            out.put(108, (byte) CENTURY);
        }
        out.putShort(BOOT_ARCHITECTURE_AT, (short) bootArchitecture());
        out.putInt(FLAGS_AT, flags());
        if (registers.reset()) {
            port(out, RESET_AT, PmPorts.RESET, 1, BYTE_ACCESS);
            out.put(RESET_AT + 12, (byte) PmPorts.RESET_VALUE);
        }
        // X_FIRMWARE_CTRL stays 0: only one of the two pointers to the FACS may be given.
        out.putLong(X_DSDT_AT, dsdt);
        port(out, 148, registers.event(), EVENT_LENGTH, WORD_ACCESS);
        port(out, 172, registers.control(), CONTROL_LENGTH, WORD_ACCESS);
        if (registers.timer() != 0) {
            out.putInt(TIMER_AT, registers.timer()).put(91, (byte) TIMER_LENGTH);
            port(out, 208, registers.timer(), TIMER_LENGTH, DWORD_ACCESS);
        }
        if (registers.generalEvents() != 0) {
            out.putInt(GENERAL_EVENTS_AT, registers.generalEvents());
            out.put(92, (byte) GENERAL_EVENTS_LENGTH);
            port(out, 220, registers.generalEvents(), GENERAL_EVENTS_LENGTH, BYTE_ACCESS);
        }
        byte[] content = new byte[out.capacity() - SystemTable.HEADER_SIZE];
        out.get(SystemTable.HEADER_SIZE, content);
        return maker.table(SIGNATURE, revision, content);
    }

    private int bootArchitecture() {
        return (legacyDevices ? LEGACY_DEVICES : RTC_ABSENT)
                | (keyboardController ? KEYBOARD_CONTROLLER : 0)
                | (vga ? 0 : VGA_ABSENT);
    }

    private int flags() {
        return WBINVD
                | PROC_C1
                | (registers.powerButton() ? 0 : POWER_BUTTON_BY_METHOD)
                | SLEEP_BUTTON_BY_METHOD
                | (clockWakes ? 0 : RTC_WAKE_NOT_FIXED)
                | (registers.wideTimer() ? WIDE_TIMER : 0)
                | (registers.reset() ? RESET_SUPPORTED : 0);
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
        int flags = in.getInt(FLAGS_AT);
        PmRegisters registers =
                new PmRegisters(
                        in.getInt(EVENT_AT),
                        in.getInt(CONTROL_AT),
                        in.getInt(TIMER_AT),
                        (flags & WIDE_TIMER) != 0,
                        in.getInt(GENERAL_EVENTS_AT),
                        (flags & POWER_BUTTON_BY_METHOD) == 0,
                        (flags & RESET_SUPPORTED) != 0);
        return new Fadt(
                TableMaker.read(table),
                table[REVISION_AT],
                Integer.toUnsignedLong(in.getInt(FACS_AT)),
                Integer.toUnsignedLong(in.getInt(DSDT_AT)),
                registers,
                (flags & RTC_WAKE_NOT_FIXED) == 0,
                (architecture & LEGACY_DEVICES) != 0,
                (architecture & KEYBOARD_CONTROLLER) != 0,
                (architecture & VGA_ABSENT) == 0);
    }
}
