package org.xenolith.devices.timer;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * The MC146818A real-time clock with CMOS memory, ports 0x70 and 0x71. The date is a start date
 * plus virtual time.
 */
public final class Rtc implements BusDevice {
    private static final int REG_A = 10;
    private static final int REG_B = 11;
    private static final int REG_C = 12;
    private static final int REG_D = 13;
    private static final int CENTURY = 0x32;
    private static final int UIP = 0x80;
    private static final int B_SET = 0x80;
    private static final int B_BINARY = 4;
    private static final int B_24H = 2;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;
    private static final long SECOND = 1_000_000_000L;

    /** How long before the second UIP is set, nanoseconds. */
    private static final long UPDATE_TIME = 244_000;

    private final byte[] cmos = new byte[128];
    private final LongSupplier now;
    private final TimerQueue timers;
    private final InterruptLine irq;
    private final Timer periodic = new Timer(this::periodicTick);
    private final Timer seconds = new Timer(this::secondTick);
    private final long start;

    /** Seconds by which the guest has set the clock. */
    private long adjustment;

    private int index;
    private int flags;

    /**
     * @param now virtual nanoseconds
     * @param irq IRQ 8
     * @param start date at virtual time 0
     */
    public Rtc(LongSupplier now, TimerQueue timers, InterruptLine irq, Instant start) {
        this.now = now;
        this.timers = timers;
        this.irq = irq;
        this.start = start.getEpochSecond();
        cmos[REG_A] = 0x26;
        cmos[REG_B] = B_24H;
        cmos[REG_D] = (byte) 0x80;
    }

    /** Sets a byte of CMOS memory, as firmware leaves it. */
    public void setMemory(int at, int value) {
        cmos[at & 127] = (byte) value;
    }

    private LocalDateTime date() {
        long second = start + adjustment + now.getAsLong() / SECOND;
        return LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0) {
            return 0xff; // write-only
        }
        return readRegister(index) & 0xff;
    }

    private int readRegister(int register) {
        boolean set = (cmos[REG_B] & B_SET) != 0;
        switch (register) {
            case REG_A -> {
                boolean updating = now.getAsLong() % SECOND >= SECOND - UPDATE_TIME;
                return cmos[REG_A] & ~UIP | (!set && updating ? UIP : 0);
            }
            case REG_C -> {
                int value = flags;
                flags = 0;
                irq.set(false);
                return value;
            }
            default -> {
                return set || !isTime(register) ? cmos[register] : encode(register, date());
            }
        }
    }

    private static boolean isTime(int register) {
        return register < REG_A && (register & 1) == 0
                || register == 7
                || register == 9
                || register == CENTURY;
    }

    private int encode(int register, LocalDateTime t) {
        int value =
                switch (register) {
                    case 0 -> t.getSecond();
                    case 2 -> t.getMinute();
                    case 4 -> hour(t.getHour());
                    case 6 -> t.getDayOfWeek().getValue() % 7 + 1;
                    case 7 -> t.getDayOfMonth();
                    case 8 -> t.getMonthValue();
                    case 9 -> t.getYear() % 100;
                    default -> t.getYear() / 100;
                };
        int pm = register == 4 && (cmos[REG_B] & B_24H) == 0 && t.getHour() >= 12 ? 0x80 : 0;
        boolean binary = (cmos[REG_B] & B_BINARY) != 0 && register != CENTURY;
        return (binary ? value : value / 10 << 4 | value % 10) | pm;
    }

    private int hour(int hour) {
        return (cmos[REG_B] & B_24H) != 0 ? hour : (hour + 11) % 12 + 1;
    }

    private int decode(int register) {
        int raw = cmos[register] & 0xff;
        boolean twelve = register == 4 && (cmos[REG_B] & B_24H) == 0;
        int digits = twelve ? raw & 0x7f : raw;
        boolean binary = (cmos[REG_B] & B_BINARY) != 0 && register != CENTURY;
        int value = binary ? digits : (digits >> 4) * 10 + (digits & 15);
        return twelve ? value % 12 + (raw >> 7) * 12 : value;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0) {
            index = (int) value & 127;
            return;
        }
        int v = (int) value & 0xff;
        switch (index) {
            case REG_A -> {
                cmos[REG_A] = (byte) (v & 0x7f);
                startPeriodic();
            }
            case REG_B -> writeControl(v);
            case REG_C, REG_D -> {
                // read-only
            }
            default -> {
                if (isTime(index) && (cmos[REG_B] & B_SET) == 0) {
                    freeze();
                    cmos[index] = (byte) v;
                    adopt();
                } else {
                    cmos[index] = (byte) v;
                }
            }
        }
    }

    private void writeControl(int v) {
        boolean was = (cmos[REG_B] & B_SET) != 0;
        boolean set = (v & B_SET) != 0;
        if (set && !was) {
            freeze();
        }
        cmos[REG_B] = (byte) v;
        if (was && !set) {
            adopt();
        }
        startPeriodic();
        if ((v & (ALARM | UPDATE)) == 0) {
            timers.disarm(seconds);
        } else if (!seconds.armed()) {
            timers.arm(seconds, (now.getAsLong() / SECOND + 1) * SECOND);
        }
        raise(0);
    }

    /** Copies the running time into the registers. */
    private void freeze() {
        LocalDateTime t = date();
        for (int register : new int[] {0, 2, 4, 6, 7, 8, 9, CENTURY}) {
            cmos[register] = (byte) encode(register, t);
        }
    }

    /** Goes on from the time in the registers; one that does not exist changes nothing. */
    private void adopt() {
        int year = decode(CENTURY) * 100 + decode(9);
        int month = decode(8);
        int day = decode(7);
        int hour = decode(4);
        int minute = decode(2);
        int second = decode(0);
        boolean valid =
                month >= 1
                        && month <= 12
                        && day >= 1
                        && day <= java.time.YearMonth.of(year, month).lengthOfMonth()
                        && hour < 24
                        && minute < 60
                        && second < 60;
        if (valid) {
            LocalDateTime t = LocalDateTime.of(year, month, day, hour, minute, second);
            adjustment = t.toEpochSecond(ZoneOffset.UTC) - start - now.getAsLong() / SECOND;
        }
    }

    private void startPeriodic() {
        int rate = cmos[REG_A] & 15;
        if (rate == 0 || (cmos[REG_B] & PERIODIC) == 0) {
            timers.disarm(periodic);
        } else if (!periodic.armed()) {
            timers.arm(periodic, now.getAsLong() + period(rate));
        }
    }

    /** Period of a rate: 122 us to 500 ms, nanoseconds. */
    private static long period(int rate) {
        int shift = rate < 3 ? rate + 6 : rate - 1;
        return (SECOND << shift) / 32_768;
    }

    private void periodicTick(long deadline) {
        raise(PERIODIC);
        int rate = cmos[REG_A] & 15;
        if (rate != 0 && (cmos[REG_B] & PERIODIC) != 0) {
            timers.arm(periodic, deadline + period(rate));
        }
    }

    private void secondTick(long deadline) {
        timers.arm(seconds, deadline + SECOND);
        if ((cmos[REG_B] & B_SET) == 0) {
            raise(UPDATE | (alarmMatches() ? ALARM : 0));
        }
    }

    private boolean alarmMatches() {
        LocalDateTime t = date();
        for (int register = 0; register <= 4; register += 2) {
            int alarm = cmos[register + 1] & 0xff;
            if (alarm < 0xc0 && alarm != encode(register, t)) {
                return false;
            }
        }
        return true;
    }

    private void raise(int events) {
        flags |= events;
        boolean interrupt = (flags & cmos[REG_B] & (PERIODIC | ALARM | UPDATE)) != 0;
        flags = interrupt ? flags | 0x80 : flags & ~0x80;
        irq.set(interrupt);
    }
}
