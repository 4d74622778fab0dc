package org.xenolith.firmware.acpi;

/** The table by which a guest learns which workarounds for real hardware it can leave out. */
final class Waet {
    static final String SIGNATURE = "WAET";

    /** One read of the power management timer is enough. */
    private static final int TIMER_GOOD = 1 << 1;

    private Waet() {}

    static byte[] toBytes(TableMaker maker) {
        return maker.table(SIGNATURE, 1, SystemTable.little(4).putInt(TIMER_GOOD).array());
    }
}
