package org.xenolith.devices.timer;

import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.devices.port.ByteDevice;

import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The MC146818A real-time clock with 128 bytes of CMOS memory: index at offset 0, data at offset 1
 * (ports 0x70 and 0x71). The date is a start date plus virtual time. Flags are computed when they
 * are looked at; a timer runs only for an enabled interrupt whose flag is clear, so that a guest
 * that does not read register C gets no more of them.
 */
public final class Rtc implements ByteDevice {
    /** Layout of {@link State}. */
    public static final int VERSION = 1;

    private static final int REG_A = 10;
    private static final int REG_B = 11;
    private static final int REG_C = 12;
    private static final int REG_D = 13;
    private static final int A_UPDATING = 0x80;
    private static final int A_DIVIDER = 0x70;
    private static final int DIVIDER_RUNS = 0x20;
    private static final int B_SET = 0x80;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;
    private static final int REQUEST = 0x80;
    private static final int NMI_DISABLED = 0x80;
    private static final int MEMORY = 128;
    private static final long SECOND = 1_000_000_000L;

    /** How long UIP is set before the second: 244 us of warning and 1984 us of update. */
    private static final long UPDATE_TIME = 2_228_000;

    /** Pulses a second of the periodic interrupt's clock. */
    private static final long PULSES = 32_768;

    /**
     * Complete state.
     *
     * @param base date at {@code anchor}, seconds since 1970
     * @param anchor virtual nanoseconds at which a second began
     * @param seen virtual nanoseconds up to which the flags are computed
     */
    public record State(
            int version, byte[] cmos, int index, int flags, long base, long anchor, long seen) {}

    private final byte[] cmos = new byte[MEMORY];
    private final LongSupplier now;
    private final TimerQueue timers;
    private final InterruptLine irq;
    private final Timer timer = new Timer(deadline -> update());
    private long base;
    private long anchor;
    private long seen;
    private int index;
    private int flags;

    /**
     * @param now virtual nanoseconds, not negative
     * @param irq IRQ 8
     * @param start date at virtual time 0
     */
    public Rtc(LongSupplier now, TimerQueue timers, InterruptLine irq, Instant start) {
        this.now = now;
        this.timers = timers;
        this.irq = irq;
        base = start.getEpochSecond();
        cmos[REG_A] = 0x26;
        cmos[REG_B] = RtcCalendar.HOURS_24;
        cmos[REG_D] = (byte) 0x80; // the battery is good
    }

    /** Sets a byte of CMOS memory, as firmware leaves it. */
    public void setMemory(int at, int value) {
        cmos[at & MEMORY - 1] = (byte) value;
    }

    /** Whether the last write of the index left NMIs enabled (its bit 7 clear). */
    public boolean nmiEnabled() {
        return (index & NMI_DISABLED) == 0;
    }

    private boolean set() {
        return (cmos[REG_B] & B_SET) != 0;
    }

    private boolean dividerRuns() {
        return (cmos[REG_A] & A_DIVIDER) == DIVIDER_RUNS;
    }

    private boolean running() {
        return !set() && dividerRuns();
    }

    private long second(long time) {
        return base + Math.floorDiv(time - anchor, SECOND);
    }

    /** Periodic pulses that have passed, at the rate of register A; 0 if they are off. */
    private long periods(long time) {
        long pulses = time / SECOND * PULSES + time % SECOND * PULSES / SECOND;
        int length = periodLength();
        return length == 0 ? 0 : pulses / length;
    }

    private int periodLength() {
        int rate = cmos[REG_A] & 15;
        if (rate == 0 || !dividerRuns()) {
            return 0;
        }
        return rate < 3 ? 1 << rate + 6 : 1 << rate - 1;
    }

    /** Sets the flags for what has happened since they were computed last. */
    private void computeFlags() {
        long time = now.getAsLong();
        if (periods(time) > periods(seen)) {
            flags |= PERIODIC;
        }
        if (running() && second(time) > second(seen)) {
            flags |= UPDATE;
            long alarm = RtcCalendar.nextAlarm(cmos, cmos[REG_B], second(seen));
            if (alarm >= 0 && alarm <= second(time)) {
                flags |= ALARM;
            }
        }
        seen = time;
    }

    /** Brings flags, line and timer up to date. */
    private void update() {
        computeFlags();
        boolean request = (flags & cmos[REG_B] & (PERIODIC | ALARM | UPDATE)) != 0;
        flags = request ? flags | REQUEST : flags & ~REQUEST;
        irq.set(request);
        long next = nextEvent();
        if (next == TimerQueue.NEVER) {
            timers.disarm(timer);
        } else {
            timers.arm(timer, next);
        }
    }

    private long nextEvent() {
        int wanted = cmos[REG_B] & ~flags;
        long next = TimerQueue.NEVER;
        int length = periodLength();
        if ((wanted & PERIODIC) != 0 && length != 0) {
            long pulse = (periods(seen) + 1) * length;
            long inSecond = (pulse % PULSES * SECOND + PULSES - 1) / PULSES;
            next = pulse / PULSES * SECOND + inSecond;
        }
        if (running() && (wanted & UPDATE) != 0) {
            next = Math.min(next, beginning(second(seen) + 1));
        }
        if (running() && (wanted & ALARM) != 0) {
            long alarm = RtcCalendar.nextAlarm(cmos, cmos[REG_B], second(seen));
            next = alarm < 0 ? next : Math.min(next, beginning(alarm));
        }
        return next;
    }

    private long beginning(long second) {
        return anchor + (second - base) * SECOND;
    }

    @Override
    public int readByte(int offset) {
        if (offset == 0) {
            return 0xff; // write-only
        }
        int register = index & MEMORY - 1;
        return switch (register) {
            case REG_A -> cmos[REG_A] | (updating() ? A_UPDATING : 0);
            case REG_C -> takeFlags();
            default ->
                    running() && RtcCalendar.isTime(register)
                            ? RtcCalendar.encode(register, second(now.getAsLong()), cmos[REG_B])
                            : cmos[register];
        };
    }

    private boolean updating() {
        return running() && Math.floorMod(now.getAsLong() - anchor, SECOND) >= SECOND - UPDATE_TIME;
    }

    private int takeFlags() {
        update();
        int value = flags;
        flags = 0;
        update();
        return value;
    }

    @Override
    public void writeByte(int offset, int value) {
        if (offset == 0) {
            index = value;
            return;
        }
        int register = index & MEMORY - 1;
        switch (register) {
            case REG_A -> reconfigure(value & 0x7f, cmos[REG_B]);
            case REG_B -> {
                // setting SET clears the enabling of the update interrupt
                reconfigure(cmos[REG_A], (value & B_SET) != 0 ? value & ~UPDATE : value);
            }
            case REG_C, REG_D -> {
                // read-only
            }
            default -> writeMemory(register, value);
        }
    }

    private void writeMemory(int register, int value) {
        computeFlags();
        if (running() && RtcCalendar.isTime(register)) {
            long second = second(now.getAsLong());
            RtcCalendar.store(cmos, second, cmos[REG_B]);
            cmos[register] = (byte) value;
            base += RtcCalendar.load(cmos, cmos[REG_B], second) - second;
        } else {
            cmos[register] = (byte) value;
        }
        update();
    }

    /** Writes registers A and B; the time is in the CMOS while the clock stands. */
    private void reconfigure(int a, int b) {
        computeFlags();
        boolean was = running();
        boolean divided = dividerRuns();
        long time = now.getAsLong();
        long second = second(time);
        if (was) {
            RtcCalendar.store(cmos, second, cmos[REG_B]);
        }
        cmos[REG_A] = (byte) a;
        cmos[REG_B] = (byte) b;
        if (!divided && dividerRuns()) {
            anchor = time - SECOND / 2; // the first update comes half a second after the reset
            base = second;
        }
        if (!was && running()) {
            long current = second(time);
            base += RtcCalendar.load(cmos, b, current) - current;
        }
        update();
    }

    /** The state, for {@link #restore}. */
    public State save() {
        return new State(VERSION, cmos.clone(), index, flags, base, anchor, seen);
    }

    /**
     * Takes a state on; the clock must stand where it stood.
     *
     * @throws IllegalArgumentException if the version or the size is unknown
     */
    public void restore(State state) {
        if (state.version() != VERSION || state.cmos().length != MEMORY) {
            throw new IllegalArgumentException("RTC state version " + state.version());
        }
        System.arraycopy(state.cmos(), 0, cmos, 0, MEMORY);
        index = state.index();
        flags = state.flags();
        base = state.base();
        anchor = state.anchor();
        seen = state.seen();
        update();
    }
}
