package org.xenolith.cli.bare;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cli.config.BareConfig;
import org.xenolith.cli.run.ConsoleFeed;
import org.xenolith.cli.run.EngineReport;
import org.xenolith.cli.run.Host;
import org.xenolith.cli.run.RunException;
import org.xenolith.cli.run.RunOutcome;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.run.ProcessorLoop;
import org.xenolith.firmware.boot.BootLoader;
import org.xenolith.firmware.boot.BootMachine;
import org.xenolith.firmware.boot.BootPlan;
import org.xenolith.firmware.image.ImageException;

/** Runs a bare machine until it ends, and starts it again after each reset. */
public final class BareRunner {
    private static final Logger LOG = LoggerFactory.getLogger(BareRunner.class);

    /** What dumps of the state are headed by. */
    private static final String DUMPED = "bare machine";

    private final BareConfig config;
    private final BootPlan plan;

    private BareRunner(BareConfig config, BootPlan plan) {
        this.config = config;
        this.plan = plan;
    }

    /**
     * Reads the files and plans how to start the kernel.
     *
     * @throws RunException if a file cannot be read or does not fit, or there is no such processor
     * @throws ImageException if the kernel is none, or is damaged
     */
    public static BareRunner prepare(BareConfig config) throws RunException, ImageException {
        try {
            CpuModel.parse(config.cpu());
        } catch (IllegalArgumentException e) {
            throw RunException.unusable(e.getMessage());
        }
        BootMachine machine = BareMachine.describe(config);
        return new BareRunner(config, BootLoader.plan(machine, BareImages.load(config)));
    }

    /**
     * Runs the machine in this thread.
     *
     * @throws RunException if the host cannot give what it needs
     */
    public BareOutcome run(Host host) throws RunException {
        LOG.info(
                "{}: {} MiB, {} processors, started by {}",
                config.kernel(),
                config.memory(),
                config.vcpus(),
                plan.protocol().label());
        while (true) {
            BareMachine machine = BareMachine.build(config, plan, host.output(), host.engine());
            runOnce(machine, host);
            if (host.requests().current().endsRun()) {
                return BareOutcome.of(RunOutcome.endedBy(host.requests().current()));
            }
            switch (machine.end()) {
                case MachineEnd.PowerOff off -> {
                    return BareOutcome.of(RunOutcome.poweredOff());
                }
                case MachineEnd.Exit exit -> {
                    return BareOutcome.chosen(exit.status());
                }
                case MachineEnd.TripleFault fault -> {
                    return BareOutcome.of(RunOutcome.crashed(fault.report()));
                }
                case MachineEnd.Reset reset -> {
                    if (config.noReboot()) {
                        return BareOutcome.of(RunOutcome.poweredOff());
                    }
                    LOG.info("reset: starting again");
                }
            }
        }
    }

    private static void runOnce(BareMachine machine, Host host) {
        ConsoleFeed feed = new ConsoleFeed(machine.console(), host);
        ProcessorLoop loop = machine.loop(feed);
        feed.onStop(loop::requestStop);
        host.dumps().arm(machine.timers(), DUMPED, machine::dump);
        feed.onDump(now -> host.dumps().write(DUMPED, now, machine::dump));
        long start = System.nanoTime();
        loop.run();
        long nanos = System.nanoTime() - start;
        EngineReport.log(machine.code());
        long instructions = machine.instructions();
        LOG.info(
                "ended after {} instructions, {} s of virtual time ({} s, {} MIPS)",
                instructions,
                "%.3f".formatted(machine.now() / 1e9),
                "%.2f".formatted(nanos / 1e9),
                "%.0f".formatted(instructions * 1e3 / nanos));
        LOG.debug("{}", machine.dump());
    }
}
