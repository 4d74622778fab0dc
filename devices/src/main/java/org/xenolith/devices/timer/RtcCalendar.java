package org.xenolith.devices.timer;

import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;

/**
 * Date and time in the registers of an MC146818, BCD or binary, 12 or 24 hours as register B says.
 */
final class RtcCalendar {
    static final int CENTURY = 0x32;
    static final int BINARY = 4;
    static final int HOURS_24 = 2;

    /** Seconds, minutes, hours, day of week, day, month, year, century. */
    private static final int[] TIME = {0, 2, 4, 6, 7, 8, 9, CENTURY};

    private static final int ANY = 0xc0;
    private static final int DAY = 86_400;

    private RtcCalendar() {}

    static boolean isTime(int register) {
        return register < 10 && (register & 1) == 0
                || register == 7
                || register == 9
                || register == CENTURY;
    }

    /** What a time register shows at a date, seconds since 1970. */
    static int encode(int register, long epochSecond, int b) {
        LocalDateTime t = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
        boolean twelve = register == 4 && (b & HOURS_24) == 0;
        int value =
                switch (register) {
                    case 0 -> t.getSecond();
                    case 2 -> t.getMinute();
                    case 4 -> twelve ? (t.getHour() + 11) % 12 + 1 : t.getHour();
                    case 6 -> t.getDayOfWeek().getValue() % 7 + 1;
                    case 7 -> t.getDayOfMonth();
                    case 8 -> t.getMonthValue();
                    case 9 -> t.getYear() % 100;
                    default -> t.getYear() / 100 % 100;
                };
        int pm = twelve && t.getHour() >= 12 ? 0x80 : 0;
        return (isBinary(register, b) ? value : value / 10 << 4 | value % 10) | pm;
    }

    private static boolean isBinary(int register, int b) {
        return (b & BINARY) != 0 && register != CENTURY;
    }

    private static int number(int register, int raw, int b) {
        return isBinary(register, b) ? raw : (raw >> 4) * 10 + (raw & 15);
    }

    private static int hour(int raw, int b) {
        if ((b & HOURS_24) != 0) {
            return number(4, raw, b);
        }
        return number(4, raw & 0x7f, b) % 12 + (raw >> 7) * 12;
    }

    /** Copies a date into the registers. */
    static void store(byte[] cmos, long epochSecond, int b) {
        for (int register : TIME) {
            cmos[register] = (byte) encode(register, epochSecond, b);
        }
    }

    /** The date in the registers, or {@code fallback} where they hold none that exists. */
    static long load(byte[] cmos, int b, long fallback) {
        int[] v = new int[TIME.length];
        for (int i = 0; i < TIME.length; i++) {
            int raw = cmos[TIME[i]] & 0xff;
            v[i] = TIME[i] == 4 ? hour(raw, b) : number(TIME[i], raw, b);
        }
        int year = v[7] * 100 + v[6];
        boolean exists =
                v[5] >= 1
                        && v[5] <= 12
                        && v[4] >= 1
                        && v[4] <= YearMonth.of(year, v[5]).lengthOfMonth()
                        && v[2] < 24
                        && v[1] < 60
                        && v[0] < 60;
        return exists
                ? LocalDateTime.of(year, v[5], v[4], v[2], v[1], v[0]).toEpochSecond(ZoneOffset.UTC)
                : fallback;
    }

    /**
     * The first second after {@code epochSecond} that the alarm registers match, within a day; -1
     * if none does. The two highest bits set match anything.
     */
    static long nextAlarm(byte[] cmos, int b, long epochSecond) {
        long second = epochSecond + 1;
        long end = second + DAY;
        int wantedSecond = cmos[1] & 0xff;
        int wantedMinute = cmos[3] & 0xff;
        int wantedHour = cmos[5] & 0xff;
        while (second < end) {
            int ofDay = (int) Math.floorMod(second, (long) DAY);
            if (wantedHour < ANY && hour(wantedHour, b) != ofDay / 3600) {
                second += 3600 - ofDay % 3600;
            } else if (wantedMinute < ANY && number(2, wantedMinute, b) != ofDay / 60 % 60) {
                second += 60 - ofDay % 60;
            } else if (wantedSecond < ANY && number(0, wantedSecond, b) != ofDay % 60) {
                second++;
            } else {
                return second;
            }
        }
        return -1;
    }
}
