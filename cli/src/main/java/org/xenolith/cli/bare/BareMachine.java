package org.xenolith.cli.bare;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.run.ConsoleGuest;
import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.apic.LocalApic;
import org.xenolith.cpu.engine.CodeCache;
import org.xenolith.cpu.engine.EngineConfig;
import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Cpuid;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.msr.Msrs;
import org.xenolith.cpu.run.IdleSource;
import org.xenolith.cpu.run.Processor;
import org.xenolith.cpu.run.ProcessorLoop;
import org.xenolith.cpu.run.VirtualClock;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ObservedTime;
import org.xenolith.cpu.system.NativeSupervisor;
import org.xenolith.cpu.system.Pins;
import org.xenolith.cpu.system.ProcessorReset;
import org.xenolith.cpu.system.RegisterDump;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.cpu.vmx.SoftwareVmx;
import org.xenolith.firmware.acpi.AcpiConfig;
import org.xenolith.firmware.acpi.Facs;
import org.xenolith.firmware.boot.BootMachine;
import org.xenolith.firmware.boot.BootPlan;
import org.xenolith.firmware.boot.EntryState;
import org.xenolith.firmware.memory.MemoryMap;
import org.xenolith.hvm.build.Entry;
import org.xenolith.xen.console.ConsoleSink;

import java.util.ArrayList;
import java.util.List;

/** Processors, memory and devices of a PC, with a kernel in memory. */
final class BareMachine {
    private static final Logger LOG = LoggerFactory.getLogger(BareMachine.class);
    private static final int MIB_SHIFT = 20;
    private static final long ONE_MIB = 1 << 20;
    private static final long FOUR_GIB = 1L << 32;

    private final VirtualClock clock = new VirtualClock();
    private final PhysicalMemory ram;
    private final List<Processor> processors = new ArrayList<>();
    private final Board board;
    private final CodeCache code;
    private final List<Msrs> registers = new ArrayList<>();
    private final CpuModel model;
    private final long facs;
    private boolean firmwareIsOurs;
    private ProcessorLoop loop;
    private MachineEnd end;

    private BareMachine(BareConfig config, long romSize, ConsoleSink output, EngineConfig engine) {
        long bytes = (long) config.memory() << MIB_SHIFT;
        ram = new PhysicalMemory(bytes, romSize, MemoryMap.LOW_LIMIT, MemoryMap.HIGH_BASE);
        model = CpuModel.parse(config.cpu());
        facs = describe(config).acpi().facsAddress();
        code = new CodeCache(ram, model.opcodes(), engine);
        board =
                new Board(
                        new RamMaster(ram, code, bytes),
                        config.vcpus(),
                        clock,
                        output,
                        this::end,
                        sleep());
        NativeSupervisor supervisor =
                new NativeSupervisor(
                        new Cpuid(model, config.vcpus()), this::shutDown, model.signature());
        ObservedTime observed = new ObservedTime();
        for (int i = 0; i < config.vcpus(); i++) {
            Cpu cpu = new Cpu(ram, supervisor);
            cpu.bootstrap = i == 0;
            cpu.number = i;
            cpu.observedTime = observed;
            Msrs msrs = new Msrs(cpu, model);
            cpu.msrs = msrs;
            model.configure(cpu);
            if (model.has(Feature.VMX)) {
                SoftwareVmx.attach(cpu, model, supervisor, clock.timers);
            }
            registers.add(msrs);
            powerOn(cpu, msrs);
            Processor processor = new Processor(cpu, new Interpreter(cpu, code)::run);
            board.attach(
                    cpu,
                    ProcessorLoop.pins(clock, processor, new Pins(cpu)),
                    new LocalApic.Features(
                            model.has(Feature.X2APIC),
                            model.has(Feature.TSC_DEADLINE),
                            model.physicalBits()));
            processors.add(processor);
        }
    }

    private void powerOn(Cpu cpu, Msrs msrs) {
        ProcessorReset.powerOn(cpu, model.signature());
        msrs.powerOn();
        msrs.memoryTypes().enable(MemoryMap.LOW_LIMIT);
        cpu.waitsForStartup = !cpu.bootstrap;
    }

    private Board.Sleep sleep() {
        return new Board.Sleep() {
            @Override
            public void suspend() {
                LOG.info("the machine sleeps (S3)");
                for (Processor processor : processors) {
                    processor.cpu().waitsForStartup = true;
                    processor.cpu().requestStop();
                }
            }

            @Override
            public void resume() {
                wake();
            }
        };
    }

    /**
     * Power-on after a sleep: a BIOS finds its way by itself, our own firmware starts the system
     * where it wants to be started.
     */
    private void wake() {
        long now = clock.now();
        for (int i = 0; i < processors.size(); i++) {
            Cpu cpu = processors.get(i).cpu();
            powerOn(cpu, registers.get(i));
            cpu.idleTime += Math.max(0, now - cpu.now());
            cpu.tscOffset = -now;
        }
        if (!firmwareIsOurs) {
            return;
        }
        byte[] control = new byte[Facs.SIZE];
        ram.read(facs, control, 0, control.length);
        long vector = Facs.wakingVector(control);
        if (vector == 0) {
            end(new MachineEnd.Reset()); // nobody to wake
            return;
        }
        LOG.info("the machine wakes at {}", Long.toHexString(vector));
        board.initialiseAgain();
        EntryState there =
                new EntryState.RealMode((int) vector >> 4 & 0xffff, (int) vector & 15, 0, 0);
        Entry.enter(processors.getFirst().cpu(), there);
    }

    /** The machine as boot loaders know it. */
    static BootMachine describe(BareConfig config) {
        return BootMachine.of((long) config.memory() << MIB_SHIFT, AcpiConfig.of(config.vcpus()));
    }

    /**
     * Builds a machine that is ready to run.
     *
     * @param output takes what comes out of COM1 and the debug console
     * @param engine how code is executed
     * @throws RunException if the host has too little memory
     */
    static BareMachine build(
            BareConfig config, BootPlan plan, ConsoleSink output, EngineConfig engine)
            throws RunException {
        BareMachine machine;
        try {
            machine = new BareMachine(config, romSize(plan), output, engine);
        } catch (OutOfMemoryError e) {
            throw RunException.unusable(
                    "memory: the host cannot give " + config.memory() + " MiB; ask for less");
        }
        machine.load(plan);
        if (plan.entry() instanceof EntryState.Reset) {
            machine.mapRoms(plan);
        } else {
            machine.firmwareIsOurs = true;
            machine.board.initialiseAsFirmware();
        }
        return machine;
    }

    private static long romSize(BootPlan plan) {
        return plan.roms().stream()
                .filter(rom -> rom.address() >= ONE_MIB)
                .mapToLong(rom -> rom.content().remaining())
                .sum();
    }

    /**
     * A BIOS lies below 4 GiB, where the processor starts. What it shows of itself below 1 MiB is a
     * copy in RAM, as after a chipset has been told to shadow it.
     */
    private void mapRoms(BootPlan plan) {
        for (BootPlan.Rom rom : plan.roms()) {
            byte[] bytes = new byte[rom.content().remaining()];
            rom.content().duplicate().get(bytes);
            boolean shadow = rom.address() < ONE_MIB;
            ram.write(shadow ? rom.address() : ram.size(), bytes, 0, bytes.length);
            if (!shadow) {
                processors.forEach(processor -> processor.cpu().mapRom(rom.address()));
            }
        }
    }

    private void load(BootPlan plan) {
        plan.writeTo(
                new BootPlan.Ram() {
                    @Override
                    public void write(long address, byte[] bytes, int offset, int length) {
                        ram.write(address, bytes, offset, length);
                    }

                    @Override
                    public void clear(long address, long length) {
                        ram.fill(address, length, (byte) 0);
                    }
                });
        Entry.enter(processors.getFirst().cpu(), plan.entry());
    }

    /** What runs the machine; to be asked for once. */
    ProcessorLoop loop(IdleSource input) {
        loop = new ProcessorLoop(clock, processors, input);
        return loop;
    }

    /** What is on the far side of COM1. */
    ConsoleGuest console() {
        return board;
    }

    /** Why the machine has ended; null if it was the host that stopped it. */
    MachineEnd end() {
        return end;
    }

    /** Virtual nanoseconds since the start. */
    long now() {
        return clock.now();
    }

    /** Its deadlines. */
    TimerQueue timers() {
        return clock.timers;
    }

    /** State of all processors, for people. */
    String dump() {
        StringBuilder dump = new StringBuilder();
        for (Processor processor : processors) {
            dump.append("processor %d%n".formatted(processor.cpu().number));
            dump.append(RegisterDump.of(processor.cpu()));
        }
        return dump.toString().stripTrailing();
    }

    /** Its decoded code. */
    CodeCache code() {
        return code;
    }

    /** Instructions retired by all processors. */
    long instructions() {
        return processors.stream().mapToLong(p -> p.cpu().instructions).sum();
    }

    private void end(MachineEnd reason) {
        if (end == null) {
            end = reason;
        }
        loop.requestStop();
    }

    private void shutDown(Cpu cpu) {
        int number = 0;
        while (processors.get(number).cpu() != cpu) {
            number++;
        }
        end(
                new MachineEnd.TripleFault(
                        "triple fault on processor %d%n%s"
                                .formatted(number, RegisterDump.of(cpu))));
    }
}
