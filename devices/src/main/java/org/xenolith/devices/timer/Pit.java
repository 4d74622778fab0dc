package org.xenolith.devices.timer;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.time.Timer;
import org.xenolith.cpu.time.TimerQueue;

import java.util.function.LongSupplier;

/**
 * An 8254 as a PC has it: counter 0 drives IRQ 0, counter 2 the speaker through system control port
 * B. Four ports: the counters and the control word.
 */
public final class Pit implements BusDevice {
    /** Shortest time between two changes of IRQ 0 that is played out, nanoseconds. */
    private static final long MIN_STEP = 1000;

    private final PitChannel[] channels = {
        new PitChannel(true), new PitChannel(true), new PitChannel(false)
    };
    private final LongSupplier now;
    private final TimerQueue timers;
    private final InterruptLine irq;
    private final Timer timer = new Timer(deadline -> follow());

    /**
     * @param now virtual nanoseconds
     * @param irq IRQ 0
     */
    public Pit(LongSupplier now, TimerQueue timers, InterruptLine irq) {
        this.now = now;
        this.timers = timers;
        this.irq = irq;
    }

    /** Drives IRQ 0 and waits for the next change of counter 0's output. */
    private void follow() {
        long t = now.getAsLong();
        irq.set(channels[0].output(t));
        long next = channels[0].nextChange(t);
        if (next >= 0) {
            timers.arm(timer, Math.max(next, t + MIN_STEP));
        } else {
            timers.disarm(timer);
        }
    }

    @Override
    public long read(long offset, int size) {
        return offset == 3 ? 0 : channels[(int) offset].read(now.getAsLong());
    }

    @Override
    public void write(long offset, int size, long value) {
        long t = now.getAsLong();
        int v = (int) value & 0xff;
        if (offset < 3) {
            channels[(int) offset].write(v, t);
        } else {
            int selected = v >> 6;
            if (selected == 3) {
                readBack(v, t);
                return;
            }
            if ((v >> 4 & 3) == 0) {
                channels[selected].latchCount(t);
                return;
            }
            channels[selected].control(v, t);
        }
        if (offset == 0 || offset == 3 && v >> 6 == 0) {
            follow();
        }
    }

    private void readBack(int v, long t) {
        for (int i = 0; i < 3; i++) {
            if ((v >> i + 1 & 1) != 0) {
                if ((v & 0x20) == 0) {
                    channels[i].latchCount(t);
                }
                if ((v & 0x10) == 0) {
                    channels[i].latchStatus(t);
                }
            }
        }
    }

    /** System control port B (0x61): gate and output of counter 2, the refresh toggle. */
    public BusDevice systemControl() {
        return new BusDevice() {
            private int written;

            @Override
            public long read(long offset, int size) {
                long t = now.getAsLong();
                int refresh = (int) (t / 15_085) & 1;
                return written & 15 | refresh << 4 | (channels[2].output(t) ? 0x20 : 0);
            }

            @Override
            public void write(long offset, int size, long value) {
                written = (int) value;
                channels[2].setGate((value & 1) != 0, now.getAsLong());
            }
        };
    }
}
