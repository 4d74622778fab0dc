package org.xenolith.cpu.run;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ProcessorPins;

/**
 * A processor's pins in a {@link ProcessorLoop}: a processor that waits goes on at the time of
 * whoever woke it, and the waker's slice ends, so that it does not get far ahead.
 */
final class WakingPins implements ProcessorPins {
    private final VirtualClock clock;
    private final Processor processor;
    private final ProcessorPins pins;

    WakingPins(VirtualClock clock, Processor processor, ProcessorPins pins) {
        this.clock = clock;
        this.processor = processor;
        this.pins = pins;
        processor.cpu().monitor.waker = () -> signal(() -> processor.cpu().halted = false);
    }

    @Override
    public void signalInterrupt(boolean high) {
        signal(() -> pins.signalInterrupt(high));
    }

    @Override
    public void signalNmi() {
        signal(pins::signalNmi);
    }

    @Override
    public void signalSmi() {
        signal(pins::signalSmi);
    }

    @Override
    public void signalInit() {
        signal(pins::signalInit);
        Cpu cpu = processor.cpu();
        if (!clock.executes(cpu)) {
            // It stands between two instructions, and a start-up IPI may follow at once.
            cpu.supervisor.boundary(cpu);
        }
    }

    @Override
    public void signalStartup(int page) {
        signal(() -> pins.signalStartup(page));
    }

    @Override
    public long now() {
        return clock.now();
    }

    private void signal(Runnable action) {
        boolean waited = !processor.runnable();
        action.run();
        if (waited && processor.runnable()) {
            long late = clock.actual() - processor.cpu().now();
            processor.cpu().idleTime += Math.max(0, late);
            clock.endSlice();
        }
    }
}
