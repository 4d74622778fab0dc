package org.xenolith.devices.timer;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.devices.port.ByteDevice;

import java.util.function.LongSupplier;

/**
 * An 8254 as a PC has it: counter 0 drives IRQ 0, counter 2 the speaker through system control port
 * B. Four ports: the counters and the control word. Every edge of IRQ 0 is played out in order, at
 * most one for each clock pulse (838 ns), so that virtual time always gets past them.
 */
public final class Pit implements ByteDevice {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    /** Clock of the counters, Hz. */
    public static final long FREQUENCY = 1_193_182;

    private static final long SECOND = 1_000_000_000L;

    /** Half the period of the memory refresh that port 0x61 shows, nanoseconds. */
    private static final long REFRESH = 15_085;

    private static final int COUNTERS = 3;
    private static final int READ_BACK = 3;

    /** Complete state. */
    public record State(
            int version,
            PitChannel.State counter0,
            PitChannel.State counter1,
            PitChannel.State counter2,
            int portB) {}

    private final PitChannel[] counters = {
        new PitChannel(true), new PitChannel(true), new PitChannel(false)
    };
    private final LongSupplier now;
    private final TimerQueue timers;
    private final InterruptLine irq;
    private final Timer timer = new Timer(this::follow);
    private int portB;

    /**
     * @param now virtual nanoseconds, not negative
     * @param irq IRQ 0
     */
    public Pit(LongSupplier now, TimerQueue timers, InterruptLine irq) {
        this.now = now;
        this.timers = timers;
        this.irq = irq;
    }

    /** Clock pulses in {@code nanos}, rounded down; exact for every time. */
    static long ticks(long nanos) {
        return nanos / SECOND * FREQUENCY + nanos % SECOND * FREQUENCY / SECOND;
    }

    /** The first nanosecond at which {@link #ticks} reaches {@code ticks}. */
    static long nanos(long ticks) {
        return ticks / FREQUENCY * SECOND
                + (ticks % FREQUENCY * SECOND + FREQUENCY - 1) / FREQUENCY;
    }

    private long tick() {
        return ticks(now.getAsLong());
    }

    /** Drives IRQ 0 as of a time, which may lie in the past, and waits for its next edge. */
    private void follow(long time) {
        long tick = ticks(time);
        irq.set(counters[0].output(tick));
        long next = counters[0].nextChange(tick);
        if (next >= 0) {
            timers.arm(timer, nanos(next));
        } else {
            timers.disarm(timer);
        }
    }

    @Override
    public int readByte(int offset) {
        return offset < COUNTERS ? counters[offset].read(tick()) : 0xff; // write-only
    }

    @Override
    public void writeByte(int offset, int value) {
        if (offset < COUNTERS) {
            counters[offset].write(value, tick());
            if (offset == 0) {
                follow(now.getAsLong());
            }
        } else if (value >> 6 == READ_BACK) {
            readBack(value);
        } else if ((value >> 4 & 3) == 0) {
            counters[value >> 6].latchCount(tick());
        } else {
            counters[value >> 6].control(value);
            if (value >> 6 == 0) {
                follow(now.getAsLong());
            }
        }
    }

    private void readBack(int value) {
        for (int i = 0; i < COUNTERS; i++) {
            if ((value >> i + 1 & 1) != 0) {
                if ((value & 0x20) == 0) {
                    counters[i].latchCount(tick());
                }
                if ((value & 0x10) == 0) {
                    counters[i].latchStatus(tick());
                }
            }
        }
    }

    /**
     * System control port B (0x61): bit 0 is the gate of counter 2, bit 1 the speaker, bit 4
     * toggles with the memory refresh, bit 5 is the output of counter 2.
     */
    public BusDevice systemControl() {
        return new ByteDevice() {
            @Override
            public int readByte(int offset) {
                int refresh = (int) (now.getAsLong() / REFRESH) & 1;
                return portB | refresh << 4 | (counters[2].output(tick()) ? 0x20 : 0);
            }

            @Override
            public void writeByte(int offset, int value) {
                portB = value & 15;
                counters[2].setGate((value & 1) != 0, tick());
            }
        };
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(
                VERSION, counters[0].save(), counters[1].save(), counters[2].save(), portB);
    }

    /**
     * Takes a state on; the clock must stand where it stood.
     *
     * @throws IllegalArgumentException if the version is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION) {
            throw new IllegalArgumentException("8254 state version " + state.version());
        }
        counters[0].restore(state.counter0());
        counters[1].restore(state.counter1());
        counters[2].restore(state.counter2());
        portB = state.portB();
        follow(now.getAsLong());
    }
}
