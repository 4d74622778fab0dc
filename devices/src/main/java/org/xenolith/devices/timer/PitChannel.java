package org.xenolith.devices.timer;

/**
 * One counter of an 8254 (Intel data sheet, order 231164). Nothing happens in it between accesses:
 * it holds the CLK pulse at which counting began and computes count and output for any later pulse.
 * All times are pulses of the 1,193,182 Hz clock.
 */
final class PitChannel {
    private static final int LOW_BYTE = 1;
    private static final int HIGH_BYTE = 2;

    /** Complete state; the fields are those of the class. */
    record State(
            int mode,
            int access,
            boolean bcd,
            int reload,
            boolean written,
            int period,
            long start,
            long elapsedAtPause,
            boolean counting,
            int pending,
            long switchAt,
            boolean gate,
            int firstByte,
            boolean readHigh,
            int latched,
            int status) {}

    private int mode;
    private int access = 3;
    private boolean bcd;

    /** The count register: 1 to 65536, or to 10000 in BCD. */
    private int reload = 0x10000;

    /** Whether a count was written since the control word. */
    private boolean written;

    /** What the counting element was loaded with. */
    private int period = 0x10000;

    /** Pulse at which the counting element was loaded. */
    private long start;

    /** Pulses that had been counted when a low gate stopped the counter; -1 while it counts. */
    private long elapsedAtPause = -1;

    private boolean counting;

    /** Count that modes 2 and 3 take at {@link #switchAt}, or 0. */
    private int pending;

    private long switchAt;
    private boolean gate;
    private int firstByte = -1;
    private boolean readHigh;
    private int latched = -1;
    private int status = -1;

    PitChannel(boolean gate) {
        this.gate = gate;
    }

    State save() {
        return new State(
                mode,
                access,
                bcd,
                reload,
                written,
                period,
                start,
                elapsedAtPause,
                counting,
                pending,
                switchAt,
                gate,
                firstByte,
                readHigh,
                latched,
                status);
    }

    void restore(State s) {
        mode = s.mode;
        access = s.access;
        bcd = s.bcd;
        reload = s.reload;
        written = s.written;
        period = s.period;
        start = s.start;
        elapsedAtPause = s.elapsedAtPause;
        counting = s.counting;
        pending = s.pending;
        switchAt = s.switchAt;
        gate = s.gate;
        firstByte = s.firstByte;
        readHigh = s.readHigh;
        latched = s.latched;
        status = s.status;
    }

    /** Takes a control word that is neither a latch nor a read-back command. */
    void control(int word) {
        mode = word >> 1 & 7;
        mode = mode > 5 ? mode - 4 : mode;
        access = word >> 4 & 3;
        bcd = (word & 1) != 0;
        written = false;
        counting = false;
        pending = 0;
        elapsedAtPause = -1;
        firstByte = -1;
        readHigh = false;
        latched = -1;
        status = -1;
    }

    void latchCount(long tick) {
        if (latched < 0) {
            latched = count(tick);
        }
    }

    void latchStatus(long tick) {
        if (status < 0) {
            status =
                    (output(tick) ? 0x80 : 0)
                            | (nullCount(tick) ? 0x40 : 0)
                            | access << 4
                            | mode << 1
                            | (bcd ? 1 : 0);
        }
    }

    /** Whether the count that was last written is not in the counting element yet. */
    private boolean nullCount(long tick) {
        settle(tick);
        return !counting || pending != 0 || elapsedAtPause < 0 && tick < start || period != reload;
    }

    /** Writes a byte of the count. */
    void write(int value, long tick) {
        if (access == LOW_BYTE) {
            load(value, tick);
        } else if (access == HIGH_BYTE) {
            load(value << 8, tick);
        } else if (firstByte < 0) {
            firstByte = value;
            if (mode == 0) {
                counting = false; // the first byte stops the counter and pulls OUT low
            }
        } else {
            int whole = value << 8 | firstByte;
            firstByte = -1;
            load(whole, tick);
        }
    }

    private void load(int value, long tick) {
        settle(tick);
        reload = bcd ? fromBcd(value) : value == 0 ? 0x10000 : value;
        written = true;
        switch (mode) {
            case 0, 4 -> begin(tick);
            case 1, 5 -> {
                // the gate's next rising edge takes it
            }
            default -> {
                if (!counting) {
                    begin(tick);
                } else if (elapsedAtPause < 0) {
                    pending = reload;
                    switchAt = endOfPhase(tick);
                }
            }
        }
    }

    /** Loads the counting element at the next pulse. */
    private void begin(long tick) {
        period = reload;
        start = tick + 1;
        counting = true;
        pending = 0;
        elapsedAtPause = gate || mode == 1 || mode == 5 ? -1 : 0;
    }

    /** Makes the change of count that modes 2 and 3 put off until the (half) cycle's end. */
    private void settle(long tick) {
        if (pending != 0 && tick >= switchAt) {
            boolean lowHalfFollows = mode == 3 && (switchAt - start) % period == highPulses(period);
            period = pending;
            start = lowHalfFollows ? switchAt - highPulses(period) : switchAt;
            pending = 0;
        }
    }

    private static int highPulses(int period) {
        return (period + 1) / 2;
    }

    private static int fromBcd(int v) {
        int value = (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
        return value == 0 ? 10_000 : Math.min(value, 10_000);
    }

    private static int toBcd(int v) {
        return v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
    }

    int read(long tick) {
        if (status >= 0) {
            int value = status;
            status = -1;
            return value;
        }
        int value = latched >= 0 ? latched : count(tick);
        boolean high = access == HIGH_BYTE || access == 3 && readHigh;
        if (access == 3) {
            readHigh = !readHigh;
        }
        if (access != 3 || high) {
            latched = -1;
        }
        return high ? value >> 8 & 0xff : value & 0xff;
    }

    void setGate(boolean high, long tick) {
        if (high == gate) {
            return;
        }
        settle(tick);
        gate = high;
        boolean levelOnly = mode == 0 || mode == 4;
        if (high && levelOnly) {
            if (elapsedAtPause >= 0) {
                start = tick - elapsedAtPause;
                elapsedAtPause = -1;
            }
        } else if (high) {
            if (written) {
                begin(tick); // a rising edge triggers or reloads
            }
        } else if (counting && mode != 1 && mode != 5) {
            elapsedAtPause = elapsed(tick);
        }
    }

    /** Pulses counted since the counting element was loaded, not negative. */
    private long elapsed(long tick) {
        return elapsedAtPause >= 0 ? elapsedAtPause : Math.max(0, tick - start);
    }

    private int count(long tick) {
        settle(tick);
        int modulus = bcd ? 10_000 : 0x10000;
        if (!counting) {
            int idle = reload % modulus;
            return bcd ? toBcd(idle) : idle;
        }
        long elapsed = elapsed(tick);
        long value;
        if (mode == 2) {
            value = period - elapsed % period;
        } else if (mode == 3) {
            long inCycle = elapsed % period;
            int high = highPulses(period);
            value = (period & ~1) - 2 * (inCycle < high ? inCycle : inCycle - high);
        } else {
            value = Math.floorMod(period - elapsed, (long) modulus);
        }
        int count = (int) (value % modulus);
        return bcd ? toBcd(count) : count;
    }

    /** Level of OUT. */
    boolean output(long tick) {
        settle(tick);
        if (!counting) {
            return mode != 0;
        }
        long elapsed = elapsed(tick);
        return switch (mode) {
            case 0 -> elapsed >= period;
            case 1 -> tick < start || elapsed >= period;
            // a count of 1 is illegal in mode 2; OUT then stays high
            case 2 -> elapsedAtPause >= 0 || period == 1 || elapsed % period != period - 1;
            case 3 -> elapsedAtPause >= 0 || elapsed % period < highPulses(period);
            default -> elapsed != period || elapsedAtPause >= 0;
        };
    }

    /** Pulse at which the present phase of mode 2's cycle or mode 3's half cycle ends. */
    private long endOfPhase(long tick) {
        long elapsed = elapsed(tick);
        long cycle = elapsed - elapsed % period;
        boolean firstHalf = mode == 3 && elapsed % period < highPulses(period) && period > 1;
        return start + cycle + (firstHalf ? highPulses(period) : period);
    }

    /** The first pulse after {@code tick} at which OUT changes by itself, or -1 if it stays. */
    long nextChange(long tick) {
        settle(tick);
        if (!counting || elapsedAtPause >= 0) {
            return -1;
        }
        long elapsed = tick - start;
        return switch (mode) {
            case 0 -> elapsed < period ? start + period : -1;
            case 1 -> elapsed < 0 ? start : elapsed < period ? start + period : -1;
            case 2 -> {
                long inCycle = Math.max(0, elapsed) % period;
                long end = endOfPhase(tick);
                yield period == 1 ? pendingChange() : inCycle < period - 1 ? end - 1 : end;
            }
            case 3 -> period == 1 ? pendingChange() : endOfPhase(tick);
            default ->
                    elapsed < period ? start + period : elapsed == period ? start + period + 1 : -1;
        };
    }

    private long pendingChange() {
        return pending != 0 ? switchAt : -1;
    }
}
