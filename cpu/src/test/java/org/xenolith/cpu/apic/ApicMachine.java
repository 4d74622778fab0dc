package org.xenolith.cpu.apic;

import org.xenolith.cpu.engine.FlatMachine;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.cpu.time.TimerQueue;

import java.util.ArrayList;
import java.util.List;

/** Local APICs on one bus, with pins that note what is signalled and a clock set by hand. */
final class ApicMachine {
    static final int BASE_MSR = 0x1b;
    static final int DEADLINE_MSR = 0x6e0;
    static final long BSP = 1 << 8;
    static final long EXTD = 1 << 10;
    static final long EN = 1 << 11;

    final ApicBus bus = new ApicBus();
    final TimerQueue timers = new TimerQueue();
    final List<LocalApic> apics = new ArrayList<>();
    final List<Noted> pins = new ArrayList<>();
    final List<Integer> ended = new ArrayList<>();
    final Cpu cpu = new FlatMachine(2 << 20).cpu;
    long now;
    int picVector = -1;

    /** What an APIC has signalled. */
    final class Noted implements ProcessorPins {
        boolean interrupt;
        int nmis;
        int smis;
        int inits;
        int startPage = -1;
        int enabled;

        @Override
        public void signalInterrupt(boolean high) {
            interrupt = high;
        }

        @Override
        public void signalNmi() {
            nmis++;
        }

        @Override
        public void signalSmi() {
            smis++;
        }

        @Override
        public void signalInit() {
            inits++;
        }

        @Override
        public void signalStartup(int page) {
            startPage = page;
        }

        @Override
        public void apicEnabled() {
            enabled++;
        }

        @Override
        public long now() {
            return now;
        }
    }

    /** A machine of software-enabled APICs with the IDs 0, 1, … */
    ApicMachine(int count) {
        this(count, LocalApic.Features.ALL);
    }

    ApicMachine(int count, LocalApic.Features features) {
        for (int id = 0; id < count; id++) {
            Noted noted = new Noted();
            pins.add(noted);
            LocalApic apic = new LocalApic(cpu, id, noted, bus, timers, () -> picVector, features);
            apics.add(apic);
            apic.write(0xf0, 4, 0x1ff);
        }
        bus.onEndOfInterrupt(ended::add);
    }

    int read(int apic, int offset) {
        return (int) apics.get(apic).read(offset, 4);
    }

    void write(int apic, int offset, long value) {
        apics.get(apic).write(offset, 4, value);
    }

    /** Sends an IPI from an APIC in xAPIC mode. */
    void send(int apic, int destination, int command) {
        write(apic, 0x310, (long) destination << 24);
        write(apic, 0x300, command);
    }

    /** Acknowledges as the processor does while INTR is high; -1 while it is low. */
    int take(int apic) {
        return pins.get(apic).interrupt ? apics.get(apic).acknowledge() : -1;
    }

    /** Which APICs have {@code vector} pending, as bits; acknowledges and ends them. */
    int takers(int vector) {
        int who = 0;
        for (int i = 0; i < apics.size(); i++) {
            if (take(i) == vector) {
                who |= 1 << i;
                if (apics.get(i).x2apic()) {
                    apics.get(i).writeMsr(0x80b, 0);
                } else {
                    write(i, 0xb0, 0);
                }
            }
        }
        return who;
    }

    /** Lets time pass, firing timers at their deadlines; returns how many fired. */
    int advance(long nanoseconds) {
        long end = now + nanoseconds;
        int fired = 0;
        while (timers.nextDeadline() <= end) {
            now = Math.max(now, timers.nextDeadline());
            timers.fireFirst(now);
            fired++;
        }
        now = end;
        return fired;
    }
}
