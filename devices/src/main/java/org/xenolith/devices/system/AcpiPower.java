package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;

import java.util.function.LongSupplier;

/**
 * The fixed ACPI power-management registers (ACPI 6, 4.8.3): PM1 status, enable and control at 0 to
 * 5, the 24-bit timer of 3.579545 MHz at 8.
 */
public final class AcpiPower implements BusDevice {
    /** Bytes of I/O space. */
    public static final int LENGTH = 12;

    private static final long FREQUENCY = 3_579_545;
    private static final int SCI_ENABLE = 1;
    private static final int SLEEP_ENABLE = 1 << 13;
    private static final int SLEEP_TYPE = 7;

    /** Sleep type that the DSDT gives for S5. */
    private static final int S5 = 0;

    private final LongSupplier now;
    private final SystemEvents events;
    private int status;
    private int enable;
    private int control = SCI_ENABLE;

    public AcpiPower(LongSupplier now, SystemEvents events) {
        this.now = now;
        this.events = events;
    }

    private long timer() {
        long t = now.getAsLong();
        long second = 1_000_000_000L;
        return t / second * FREQUENCY + t % second * FREQUENCY / second & 0xffffff;
    }

    private long image() {
        return (long) control << 32 | (long) enable << 16 | status;
    }

    @Override
    public long read(long offset, int size) {
        return offset >= 8 ? timer() >>> 8 * (offset - 8) : image() >>> 8 * offset;
    }

    @Override
    public void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >> 8 * i) & 0xff);
        }
        if (offset <= 5 && offset + size > 5 && (control & SLEEP_ENABLE) != 0) {
            control &= ~SLEEP_ENABLE;
            if ((control >> 10 & SLEEP_TYPE) == S5) {
                events.powerOff();
            }
        }
    }

    private void writeByte(int at, int v) {
        int shift = 8 * (at & 1);
        switch (at >> 1) {
            case 0 -> status &= ~(v << shift);
            case 1 -> enable = enable & ~(0xff << shift) | v << shift;
            case 2 -> control = control & ~(0xff << shift) | v << shift | SCI_ENABLE;
            default -> {
                // reserved, and the timer
            }
        }
    }
}
