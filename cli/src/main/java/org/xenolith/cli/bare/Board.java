package org.xenolith.cli.bare;

import org.xenolith.cli.run.ConsoleGuest;
import org.xenolith.cpu.apic.ApicBus;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.run.VirtualClock;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.devices.pc.Pc;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.firmware.boot.BiosArea;
import org.xenolith.xen.console.ConsoleSink;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;

/** The PC's devices and local APICs, as one machine has them; COM1 is its console. */
final class Board implements ConsoleGuest, SystemEvents {
    /** What a sleep in S3 means to the processors. */
    interface Sleep {
        /** Stops all of them. */
        void suspend();

        /** Lets the first start again, as after power-on. */
        void resume();
    }

    /** Date at virtual time 0: the same as PV guests see. */
    private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");

    /** Looks at an empty COM1 in a row after which the guest is taken to wait for input. */
    private static final int POLLS = 16;

    private final ConsoleSink output;
    private final Consumer<MachineEnd> end;
    private final Sleep sleep;
    private final VirtualClock clock;
    private final ApicBus apicBus = new ApicBus();
    private final List<Cpu> processors = new ArrayList<>();
    private final Pc pc;
    private LocalApic bootstrap;
    private long written;

    /**
     * @param output takes what comes out of COM1 and the debug console
     * @param end is told what the guest asks of the machine
     * @param sleep stops and starts the processors when the machine sleeps
     */
    Board(
            RamMaster ram,
            int vcpus,
            VirtualClock clock,
            ConsoleSink output,
            Consumer<MachineEnd> end,
            Sleep sleep) {
        this.sleep = sleep;
        this.output = output;
        this.end = end;
        this.clock = clock;
        pc =
                new Pc(
                        new Pc.Surroundings(
                                ram.bytes(),
                                vcpus,
                                clock::now,
                                clock.timers,
                                START,
                                this::send,
                                this::send,
                                high -> bootstrap.lint0(high),
                                apicBus::deliver,
                                this,
                                ram,
                                new LinkedHashMap<>()));
        apicBus.onEndOfInterrupt(pc::endOfInterrupt);
    }

    /** Connects a processor; the first becomes the one that the 8259s interrupt. */
    void attach(Cpu cpu, ProcessorPins pins, LocalApic.Features features) {
        int id = processors.size();
        processors.add(cpu);
        LocalApic apic =
                new LocalApic(cpu, id, pins, apicBus, clock.timers, pc::acknowledge, features);
        if (id == 0) {
            bootstrap = apic;
            pc.ports.map(
                    CoprocessorError.PORT,
                    1,
                    new CoprocessorError(cpu, high -> pc.irq(CoprocessorError.IRQ, high)));
            apic.virtualWire(); // for a BIOS, too: one that knows no APIC wants interrupts
        }
        cpu.interruptController = apic;
        cpu.ports = pc.ports;
        cpu.deviceMemory = pc.memory;
    }

    /** Leaves devices as firmware does, where the machine starts without any. */
    void initialiseAsFirmware() {
        pc.initialiseAsFirmware();
        pc.ports.map(BiosArea.SERVICE_PORT, 2, new MissingServices());
    }

    /** The same after a sleep. */
    void initialiseAgain() {
        pc.initialiseAsFirmware();
    }

    private void send(int value) {
        written++;
        output.accept(new byte[] {(byte) value}, 0, 1);
    }

    /**
     * Nothing while the guest neither polls COM1 nor lets it interrupt: a driver that prepares the
     * port throws away what has arrived before.
     */
    @Override
    public int inputSpace() {
        return pc.com1().listens() || polls() ? pc.com1().space() : 0;
    }

    @Override
    public boolean polls() {
        return pc.com1().idleReads() > POLLS;
    }

    @Override
    public void offerInput(byte[] data, int offset, int length) {
        for (int i = 0; i < length; i++) {
            pc.com1().receive(data[offset + i]);
        }
    }

    @Override
    public long bytesWritten() {
        return written;
    }

    @Override
    public boolean requestShutdown() {
        return false; // there is no power button
    }

    @Override
    public void powerOff() {
        end.accept(new MachineEnd.PowerOff());
    }

    /** {@inheritDoc} COM1 and the debug console stay silent; RAM is kept. */
    @Override
    public boolean suspend() {
        sleep.suspend();
        pc.suspend();
        for (Cpu cpu : processors) {
            if (cpu.interruptController instanceof LocalApic apic) {
                apic.reset();
            }
        }
        return true;
    }

    @Override
    public void resume() {
        for (Cpu cpu : processors) {
            cpu.enableA20(true);
        }
        bootstrap.virtualWire();
        sleep.resume();
    }

    @Override
    public void reset() {
        end.accept(new MachineEnd.Reset());
    }

    @Override
    public void exit(int status) {
        end.accept(new MachineEnd.Exit(status & 0xff));
    }

    @Override
    public void a20(boolean enabled) {
        for (Cpu cpu : processors) {
            cpu.enableA20(enabled);
        }
    }
}
