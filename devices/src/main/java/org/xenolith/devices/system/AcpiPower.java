package org.xenolith.devices.system;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.devices.port.ByteDevice;

import java.util.function.LongSupplier;

/**
 * The fixed ACPI power-management registers (ACPI 6.5, 4.8.3 and 4.8.4): PM1 status, enable and
 * control at 0 to 5, the timer of 3.579545 MHz at 8 to 11, general-purpose events at 0x20 to 0x23
 * (two bytes of status, two of enable; nothing raises them). The machine is always in ACPI mode. It
 * sleeps in S3, from which the power button and the RTC wake it, or is off in S5. A board that has
 * the events elsewhere maps {@link #fixed} and {@link #generalEvents} by themselves.
 */
public final class AcpiPower implements ByteDevice {
    /** Bytes of I/O space. */
    public static final int LENGTH = 0x24;

    /** Bytes of I/O space of {@link #fixed}. */
    public static final int FIXED_LENGTH = 0xc;

    /** Bytes of I/O space of {@link #generalEvents}. */
    public static final int GENERAL_EVENTS_LENGTH = 4;

    /** Clock of the timer, Hz. */
    public static final long FREQUENCY = 3_579_545;

    /** Layout of {@link State}. */
    public static final int VERSION = 2;

    private static final long SECOND = 1_000_000_000L;
    private static final int NARROW_TIMER = 24;
    private static final int WIDE_TIMER = 32;
    private static final int POWER_BUTTON = 1 << 8;
    private static final int CLOCK = 1 << 10;
    private static final int WAKE = 1 << 15;
    private static final int TIMER_STATUS = 1;
    private static final int ENABLES = 0x521; // timer, global lock, power button, RTC
    private static final int SCI_ENABLE = 1;
    private static final int SLEEP_ENABLE = 1 << 13;
    private static final int SLEEP_TYPE = 7;

    /** Sleep type that the DSDT gives for S5. */
    private static final int S5 = 0;

    /** The same for S3. */
    private static final int S3 = 1;

    private static final int TIMER = 8;
    private static final int GPE = 0x20;
    private static final int GPE_ENABLE = 0x22;

    /**
     * Complete state.
     *
     * @param seen virtual nanoseconds up to which the timer's status is computed
     * @param clock level of the line from the RTC
     * @param sleeping whether the machine sleeps in S3
     */
    public record State(
            int version,
            int status,
            int enable,
            int control,
            int gpeEnable,
            long seen,
            boolean clock,
            boolean sleeping) {}

    private final LongSupplier now;
    private final TimerQueue timers;
    private final InterruptLine sci;
    private final SystemEvents events;
    private final int timerBits;
    private final Timer carry = new Timer(deadline -> update());
    private int status;
    private int enable;
    private int control = SCI_ENABLE;
    private int gpeEnable;
    private long seen;
    private boolean clock;
    private boolean sleeping;

    /**
     * With a timer of 24 bits.
     *
     * @param now virtual nanoseconds, not negative
     * @param sci system control interrupt, level-triggered
     */
    public AcpiPower(LongSupplier now, TimerQueue timers, InterruptLine sci, SystemEvents events) {
        this(now, timers, sci, events, NARROW_TIMER);
    }

    /** With a timer of 32 bits, as domains of Xen have it. */
    public static AcpiPower wide(
            LongSupplier now, TimerQueue timers, InterruptLine sci, SystemEvents events) {
        return new AcpiPower(now, timers, sci, events, WIDE_TIMER);
    }

    private AcpiPower(
            LongSupplier now,
            TimerQueue timers,
            InterruptLine sci,
            SystemEvents events,
            int timerBits) {
        this.timerBits = timerBits;
        this.now = now;
        this.timers = timers;
        this.sci = sci;
        this.events = events;
    }

    /** Pulses of the timer's clock in {@code nanos}. */
    static long ticks(long nanos) {
        return nanos / SECOND * FREQUENCY + nanos % SECOND * FREQUENCY / SECOND;
    }

    /** Changes of the timer's highest bit. */
    private long carries(long nanos) {
        return ticks(nanos) >>> timerBits - 1;
    }

    /** The registers but those of general-purpose events, of {@link #FIXED_LENGTH} bytes. */
    public BusDevice fixed() {
        return part(0);
    }

    /** General-purpose events by themselves, of {@link #GENERAL_EVENTS_LENGTH} bytes. */
    public BusDevice generalEvents() {
        return part(GPE);
    }

    private BusDevice part(int from) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return AcpiPower.this.read(from + offset, size);
            }

            @Override
            public void write(long offset, int size, long value) {
                AcpiPower.this.write(from + offset, size, value);
            }
        };
    }

    /** Presses the power button: a guest that listens shuts down. */
    public void pressPowerButton() {
        status |= POWER_BUTTON;
        update();
    }

    /** Whether a guest listens to the power button. */
    public boolean listensToPowerButton() {
        return (enable & POWER_BUTTON) != 0;
    }

    /** The interrupt of the RTC, which sets RTC_STS when it is raised. */
    public InterruptLine clock() {
        return high -> {
            if (high && !clock) {
                status |= CLOCK;
            }
            clock = high;
            update();
        };
    }

    /** Whether the machine sleeps in S3. */
    public boolean sleeps() {
        return sleeping;
    }

    private void sleep() {
        update(); // what has happened by now is not lost
        if (events.suspend()) {
            sleeping = true;
            fallAsleep();
        }
    }

    private void fallAsleep() {
        if (wakes()) {
            timers.arm(carry, now.getAsLong()); // not in the instruction that puts to sleep
        } else {
            timers.disarm(carry);
        }
    }

    private void update() {
        if (sleeping) {
            awaken();
            return;
        }
        long time = now.getAsLong();
        if (carries(time) != carries(seen)) {
            status |= TIMER_STATUS;
        }
        seen = time;
        sci.set((status & enable) != 0);
        if ((enable & ~status & TIMER_STATUS) != 0) {
            long tick = carries(time) + 1 << timerBits - 1;
            long inSecond = (tick % FREQUENCY * SECOND + FREQUENCY - 1) / FREQUENCY;
            timers.arm(carry, tick / FREQUENCY * SECOND + inSecond);
        } else {
            timers.disarm(carry);
        }
    }

    private boolean wakes() {
        return (status & enable & (POWER_BUTTON | CLOCK)) != 0;
    }

    /** Ends the sleep if there is a reason. */
    private void awaken() {
        if (wakes()) {
            sleeping = false;
            status |= WAKE;
            seen = now.getAsLong();
            events.resume();
            update();
        }
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= TIMER && offset < TIMER + 4) {
            // all bytes of one access are of one moment
            long timer = ticks(now.getAsLong()) & (1L << timerBits) - 1;
            return timer >>> 8 * (offset - TIMER);
        }
        return ByteDevice.super.read(offset, size);
    }

    @Override
    public int readByte(int offset) {
        int shift = 8 * (offset & 1);
        return switch (offset & ~1) {
            case 0 -> {
                update();
                yield status >> shift;
            }
            case 2 -> enable >> shift;
            case 4 -> control >> shift;
            case TIMER, TIMER + 2 -> (int) read(offset, 1);
            case GPE -> 0;
            case GPE_ENABLE -> gpeEnable >> shift;
            default -> 0xff; // reserved
        };
    }

    @Override
    public void writeByte(int offset, int v) {
        int shift = 8 * (offset & 1);
        int kept = ~(0xff << shift);
        switch (offset & ~1) {
            case 0 -> {
                update();
                status &= ~(v << shift);
                update();
            }
            case 2 -> {
                update();
                enable = (enable & kept | v << shift) & ENABLES;
                update();
            }
            case 4 -> {
                control = (control & kept | v << shift) & ~SLEEP_ENABLE | SCI_ENABLE;
                boolean sleeps = (v << shift & SLEEP_ENABLE) != 0;
                if (sleeps && (control >> 10 & SLEEP_TYPE) == S5) {
                    events.powerOff();
                } else if (sleeps && (control >> 10 & SLEEP_TYPE) == S3) {
                    sleep();
                }
            }
            case GPE_ENABLE -> gpeEnable = gpeEnable & kept | v << shift;
            default -> {
                // reserved, read-only, or a status that is clear
            }
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, status, enable, control, gpeEnable, seen, clock, sleeping);
    }

    /**
     * Takes a state on; the clock must stand where it stood.
     *
     * @throws IllegalArgumentException if the version is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION) {
            throw new IllegalArgumentException("ACPI state version " + state.version());
        }
        status = state.status();
        enable = state.enable();
        control = state.control();
        gpeEnable = state.gpeEnable();
        seen = state.seen();
        clock = state.clock();
        sleeping = state.sleeping();
        if (sleeping) {
            fallAsleep();
        } else {
            update();
        }
    }
}
