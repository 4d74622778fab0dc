package org.xenolith.cpu.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.ObservedTime;
import org.xenolith.cpu.state.ProcessorPins;
import org.xenolith.cpu.time.Timer;

import java.util.ArrayList;
import java.util.List;

@Timeout(20)
final class ProcessorLoopTest {
    /** What a fake processor does in a slice; it must retire instructions itself. */
    private interface Program {
        void run(Cpu cpu, long max);
    }

    private final PhysicalMemory ram = new PhysicalMemory(4096);
    private final VirtualClock clock = new VirtualClock();
    private final List<Processor> processors = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private ProcessorLoop loop;

    private Processor processor(Program program) {
        Cpu cpu = new Cpu(ram, null);
        Processor processor =
                new Processor(
                        cpu,
                        max -> {
                            cpu.stop = false;
                            program.run(cpu, max);
                        });
        processors.add(processor);
        return processor;
    }

    private void run(IdleSource input) {
        loop = new ProcessorLoop(clock, processors, input);
        loop.run();
    }

    /** The pins of a processor with an interrupt line only. */
    private ProcessorPins pins(Processor processor) {
        return ProcessorLoop.pins(
                clock,
                processor,
                new ProcessorPins() {
                    @Override
                    public void signalInterrupt(boolean high) {
                        int pins = processor.cpu().pins & ~Cpu.PIN_INTR;
                        processor.cpu().pins = high ? pins | Cpu.PIN_INTR : pins;
                    }

                    @Override
                    public void signalNmi() {
                        processor.cpu().pins |= Cpu.PIN_NMI;
                    }

                    @Override
                    public void signalSmi() {
                        processor.cpu().pins |= Cpu.PIN_SMI;
                    }

                    @Override
                    public void signalInit() {
                        processor.cpu().pins |= Cpu.PIN_INIT;
                    }

                    @Override
                    public void signalStartup(int page) {
                        processor.cpu().waitsForStartup = false;
                    }

                    @Override
                    public long now() {
                        return processor.cpu().now();
                    }
                });
    }

    @Test
    void theOneBehindRunsAndThenTheFirst() {
        for (String name : List.of("a", "b")) {
            processor(
                    (cpu, max) -> {
                        log.add(name + "@" + cpu.now() + "+" + max);
                        cpu.instructions += name.equals("a") ? max : 20_000;
                        if (log.size() == 5) {
                            loop.requestStop();
                        }
                    });
        }
        run(IdleSource.NONE);
        assertEquals(
                List.of(
                        "a@0+50000",
                        "b@0+50000",
                        "b@20000+50000",
                        "b@40000+50000",
                        "a@50000+50000"),
                log);
    }

    @Test
    void aTimerFiresAtItsDeadlineAndWakesAHaltedProcessor() {
        Processor halting =
                processor(
                        (cpu, max) -> {
                            log.add("run@" + cpu.now() + "+" + max);
                            if (cpu.halted) {
                                loop.requestStop();
                            }
                            cpu.instructions += 100;
                            cpu.halted = true;
                        });
        halting.cpu().eflags |= Flags.IF;
        ProcessorPins pins = pins(halting);
        clock.timers.arm(
                new Timer(
                        deadline -> {
                            log.add("timer@" + clock.now());
                            pins.signalInterrupt(true);
                        }),
                5000);
        run(IdleSource.NONE);
        assertEquals(List.of("run@0+5000", "timer@5000", "run@5000+10000000"), log);
    }

    @Test
    void armingAnEarlierTimerEndsTheSlice() {
        processor(
                (cpu, max) -> {
                    log.add("run@" + cpu.now() + "+" + max);
                    cpu.instructions += 10;
                    clock.timers.arm(new Timer(deadline -> loop.requestStop()), cpu.now() + 70);
                    assertTrue(cpu.stop);
                    cpu.instructions += 10;
                    clock.timers.arm(new Timer(deadline -> log.add("late")), 20_000_000);
                });
        processors.getFirst().cpu().idleTime = 1000;
        run(
                new Delegate() {
                    @Override
                    public boolean poll(long now, boolean idle) {
                        Cpu cpu = processors.getFirst().cpu();
                        boolean halts = log.size() == 1 && !cpu.halted;
                        cpu.halted |= halts;
                        return halts;
                    }
                });
        assertEquals(List.of("run@1000+10000000"), log);
        assertEquals(1080, clock.now());
    }

    @Test
    void aWokenProcessorGoesOnAtTheTimeOfItsWaker() {
        List<ProcessorPins> pins = new ArrayList<>();
        processor(
                (cpu, max) -> {
                    log.add("a@" + cpu.now() + "+" + max);
                    cpu.instructions += 1235;
                    pins.get(1).signalStartup(8);
                    cpu.instructions += 1;
                    assertTrue(cpu.stop);
                });
        processor(
                (cpu, max) -> {
                    log.add("b@" + cpu.now() + "+" + max);
                    loop.requestStop();
                });
        processors.get(1).cpu().waitsForStartup = true;
        processors.forEach(p -> pins.add(pins(p)));
        processors.getFirst().cpu().idleTime = 1_000_000;
        run(IdleSource.NONE);
        assertEquals(List.of("a@1000000+10000000", "b@1001235+50000"), log);
    }

    @Test
    void nobodySeesAnEarlierTimeThanAnotherHasSeen() {
        ObservedTime observed = new ObservedTime();
        for (String name : List.of("a", "b")) {
            processor(
                                    (cpu, max) -> {
                                        cpu.instructions += name.equals("a") ? max : 7;
                                        log.add(name + " sees " + clock.now());
                                        cpu.instructions += 1;
                                        if (log.size() == 3) {
                                            loop.requestStop();
                                        }
                                    })
                            .cpu()
                            .observedTime =
                    observed;
        }
        run(IdleSource.NONE);
        assertEquals(List.of("a sees 50000", "b sees 50000", "a sees 100001"), log);
    }

    @Test
    void anInterruptWakesOnlyWhereFlagsAllow() {
        Processor processor = processor((cpu, max) -> {});
        processor.cpu().halted = true;
        processor.cpu().eflags &= ~(long) Flags.IF;
        pins(processor).signalInterrupt(true);
        assertEquals(false, processor.runnable());
        pins(processor).signalNmi();
        assertEquals(true, processor.runnable());
    }

    @Test
    void inputIsAskedForWhenAllWait() {
        Processor processor = processor((cpu, max) -> loop.requestStop());
        processor.cpu().halted = true;
        ProcessorPins pins = pins(processor);
        run(
                new Delegate() {
                    @Override
                    public boolean poll(long now, boolean idle) {
                        log.add("poll " + idle);
                        if (idle) {
                            pins.signalNmi();
                        }
                        return idle;
                    }
                });
        assertEquals(List.of("poll true", "poll false"), log);
    }

    @Test
    void aFailureOfTheEngineLeavesTheLoop() {
        processor(
                (cpu, max) -> {
                    throw new IllegalStateException("engine");
                });
        assertThrows(IllegalStateException.class, () -> run(IdleSource.NONE));
    }

    private abstract static class Delegate implements IdleSource {
        @Override
        public boolean open() {
            return false;
        }

        @Override
        public long waitUntil(long now, long deadline, boolean paced) {
            return deadline;
        }

        @Override
        public void wake() {
            // Never waits.
        }
    }
}
