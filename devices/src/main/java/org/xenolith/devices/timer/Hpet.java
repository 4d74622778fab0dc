package org.xenolith.devices.timer;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The high precision event timer (IA-PC HPET Specification 1.0a): a 64-bit counter of 62.5 MHz, and
 * three comparators that can be periodic. In legacy replacement mode the first two have the
 * interrupts of the 8254 and the RTC, whose lines lead through {@link #legacy}.
 */
public final class Hpet implements BusDevice {
    /** Bytes of its registers. */
    public static final int LENGTH = 0x400;

    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    /** Virtual nanoseconds a tick. */
    static final long TICK = 16;

    private static final int TIMERS = 3;
    private static final long FEMTOSECONDS = 1_000_000;

    /** Vendor Intel, legacy replacement, 64 bits, three comparators, revision 1. */
    private static final long CAPABILITIES = TICK * FEMTOSECONDS << 32 | 0x8086_a201L;

    private static final int CONFIGURATION = 0x10;
    private static final int STATUS = 0x20;
    private static final int COUNTER = 0xf0;
    private static final int FIRST_TIMER = 0x100;
    private static final int TIMER_SPACE = 0x20;
    private static final int COMPARATOR = 8;
    private static final int RUNS = 1;
    private static final int LEGACY = 2;
    private static final int[] LEGACY_IRQS = {0, 8};
    private static final int NO_PIN = -1;

    /**
     * Complete state.
     *
     * @param base value of the counter at {@code anchor}
     * @param anchor virtual nanoseconds at which it began to run
     * @param replaced levels of the lines that lead through {@link #legacy}, bit by bit
     */
    public record State(
            int version,
            int configuration,
            int status,
            long base,
            long anchor,
            int replaced,
            List<Comparator> timers) {}

    /**
     * Complete state of a comparator.
     *
     * @param comparator value at which it matches next
     * @param period ticks between matches, if periodic
     * @param seen value of the counter up to which matches are known
     */
    public record Comparator(int config, long comparator, long period, long seen) {}

    /** Where its interrupts go. */
    @FunctionalInterface
    public interface Pins {
        /** Drives an interrupt by its ISA number (0, 8), or its global number from 16 on. */
        void set(int interrupt, boolean high);
    }

    private final LongSupplier now;
    private final TimerQueue queue;
    private final Pins pins;
    private final HpetTimer[] timers = new HpetTimer[TIMERS];
    private final int[] driven = new int[TIMERS];
    private final Timer deadline = new Timer(at -> update());
    private int configuration;
    private int status;
    private long base;
    private long anchor;
    private int replaced;

    /**
     * @param now virtual nanoseconds, not negative
     */
    public Hpet(LongSupplier now, TimerQueue queue, Pins pins) {
        this.now = now;
        this.queue = queue;
        this.pins = pins;
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = new HpetTimer();
            driven[i] = NO_PIN;
        }
    }

    /**
     * The line of a device that it replaces, to be connected in place of the interrupt itself.
     *
     * @param number 0 for the 8254, 1 for the RTC
     */
    public InterruptLine legacy(int number) {
        return high -> {
            replaced = high ? replaced | 1 << number : replaced & ~(1 << number);
            if (!replaces()) {
                pins.set(LEGACY_IRQS[number], high);
            }
        };
    }

    private boolean runs() {
        return (configuration & RUNS) != 0;
    }

    private boolean replaces() {
        return (configuration & LEGACY) != 0;
    }

    private long counter() {
        return runs() ? base + (now.getAsLong() - anchor) / TICK : base;
    }

    /** Brings matches, lines and the deadline up to date. */
    private void update() {
        long counter = counter();
        long next = Long.MAX_VALUE;
        for (int i = 0; i < TIMERS; i++) {
            HpetTimer timer = timers[i];
            boolean matched = runs() && timer.matched(counter);
            if (matched && timer.is(HpetTimer.LEVEL)) {
                status |= 1 << i;
            } else if (matched && timer.is(HpetTimer.ENABLED) && pin(i) != NO_PIN) {
                pins.set(pin(i), true);
                pins.set(pin(i), false);
            }
            drive(i);
            long distance = timer.distance(counter);
            if (timer.is(HpetTimer.ENABLED) && distance > 0) {
                next = Math.min(next, distance);
            }
        }
        arm(next);
    }

    private void arm(long ticks) {
        long time = now.getAsLong();
        long inTick = runs() ? (time - anchor) % TICK : 0;
        if (!runs() || ticks > (TimerQueue.NEVER - time) / TICK) {
            queue.disarm(deadline);
        } else {
            queue.arm(deadline, time - inTick + ticks * TICK);
        }
    }

    /** Holds the line of a level-triggered comparator at the level that its status asks for. */
    private void drive(int number) {
        boolean high =
                (status >> number & 1) != 0
                        && timers[number].is(HpetTimer.LEVEL)
                        && timers[number].is(HpetTimer.ENABLED);
        int wanted = high ? pin(number) : NO_PIN;
        if (driven[number] != wanted) {
            if (driven[number] != NO_PIN) {
                pins.set(driven[number], false);
            }
            driven[number] = wanted;
            if (wanted != NO_PIN) {
                pins.set(wanted, true);
            }
        }
    }

    private int pin(int number) {
        if (replaces() && number < LEGACY_IRQS.length) {
            return LEGACY_IRQS[number];
        }
        int route = timers[number].route();
        return route == 0 ? NO_PIN : route;
    }

    @Override
    public long read(long offset, int size) {
        update();
        return register((int) offset & ~7) >>> 8 * (offset & 7);
    }

    private long register(int at) {
        if (at >= FIRST_TIMER) {
            int number = (at - FIRST_TIMER) / TIMER_SPACE;
            if (number >= TIMERS) {
                return 0;
            }
            return switch (at % TIMER_SPACE) {
                case 0 -> timers[number].configuration();
                case COMPARATOR -> timers[number].comparator();
                default -> 0; // no messages
            };
        }
        return switch (at) {
            case 0 -> CAPABILITIES;
            case CONFIGURATION -> configuration;
            case STATUS -> status;
            case COUNTER -> counter();
            default -> 0;
        };
    }

    /** {@inheritDoc} Only aligned accesses of 4 and 8 bytes have an effect. */
    @Override
    public void write(long offset, int size, long value) {
        if (size < 4 || (offset & size - 1) != 0) {
            return;
        }
        update();
        int at = (int) offset & ~7;
        if (size == 8) {
            writeRegister(at, value, -1);
        } else {
            int shift = 8 * ((int) offset & 4);
            writeRegister(at, (value & 0xffffffffL) << shift, 0xffffffffL << shift);
        }
        update();
    }

    /**
     * Writes a register.
     *
     * @param mask the bits that the access reaches
     */
    private void writeRegister(int at, long value, long mask) {
        if (at >= FIRST_TIMER) {
            int number = (at - FIRST_TIMER) / TIMER_SPACE;
            if (number < TIMERS) {
                long merged = register(at) & ~mask | value;
                switch (at % TIMER_SPACE) {
                    case 0 -> timers[number].configure(merged);
                    case COMPARATOR -> timers[number].compare(merged, counter());
                    default -> {
                        // no messages
                    }
                }
            }
            return;
        }
        switch (at) {
            case CONFIGURATION ->
                    configure((int) (configuration & ~mask | value) & (RUNS | LEGACY));
            case STATUS -> status &= (int) ~value;
            case COUNTER -> {
                if (!runs()) {
                    base = base & ~mask | value;
                    restart();
                }
            }
            default -> {
                // read-only or reserved
            }
        }
    }

    private void configure(int written) {
        base = counter();
        anchor = now.getAsLong();
        boolean before = replaces();
        configuration = written;
        restart();
        if (before != replaces()) {
            for (int i = 0; i < LEGACY_IRQS.length; i++) {
                drive(i);
                boolean high = !replaces() && (replaced >> i & 1) != 0;
                if (driven[i] != LEGACY_IRQS[i]) {
                    pins.set(LEGACY_IRQS[i], high);
                }
            }
        }
    }

    private void restart() {
        for (HpetTimer timer : timers) {
            timer.restart(base);
        }
    }

    /** The state, for {@link #restore}. */
    public State save() {
        List<Comparator> states = new ArrayList<>();
        for (HpetTimer timer : timers) {
            states.add(timer.save());
        }
        return new State(
                VERSION, configuration, status, base, anchor, replaced, List.copyOf(states));
    }

    /**
     * Takes a state on; the clock must stand where it stood.
     *
     * @throws IllegalArgumentException if the version or the number of comparators is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION || state.timers().size() != TIMERS) {
            throw new IllegalArgumentException("HPET state version " + state.version());
        }
        configuration = state.configuration();
        status = state.status();
        base = state.base();
        anchor = state.anchor();
        replaced = state.replaced();
        for (int i = 0; i < TIMERS; i++) {
            timers[i].restore(state.timers().get(i));
        }
        update();
    }
}
