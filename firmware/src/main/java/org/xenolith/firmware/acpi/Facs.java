package org.xenolith.firmware.acpi;

import java.nio.ByteBuffer;

/**
 * The firmware control structure (ACPI 6.5, 5.2.10), in which an operating system leaves where it
 * wants to be started after a sleep.
 */
public final class Facs {
    /** Bytes of the structure. */
    public static final int SIZE = 64;

    private static final int WAKING_VECTOR = 12;
    private static final int VERSION_AT = 32;

    private Facs() {}

    /**
     * The structure after power-on: no vector, no global lock taken. A board that sleeps gives it
     * version 0, in which the vector of 32 bits is the only one: it wakes systems in real mode.
     */
    static byte[] of(AcpiBoard board) {
        ByteBuffer out = SystemTable.little(SIZE).put(SystemTable.ascii("FACS"));
        return out.putInt(SIZE).put(VERSION_AT, (byte) (board.suspends() ? 0 : 1)).array();
    }

    /**
     * The physical address at which a system wants to be woken in real mode, CS being a sixteenth
     * of it and IP what remains; 0 for none.
     *
     * @param facs the structure as it stands in memory, at least {@link #SIZE} bytes
     */
    public static long wakingVector(byte[] facs) {
        return Integer.toUnsignedLong(SystemTable.little(facs).getInt(WAKING_VECTOR));
    }
}
