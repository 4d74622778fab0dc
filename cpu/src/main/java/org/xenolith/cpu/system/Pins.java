package org.xenolith.cpu.system;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ProcessorPins;

/** The pins of a processor on the bare machine, noted in {@link Cpu#pins}. */
public final class Pins implements ProcessorPins {
    private static final Logger LOG = LoggerFactory.getLogger(Pins.class);

    private final Cpu cpu;
    private boolean reported;

    public Pins(Cpu cpu) {
        this.cpu = cpu;
    }

    @Override
    public void signalInterrupt(boolean high) {
        cpu.pins = high ? cpu.pins | Cpu.PIN_INTR : cpu.pins & ~Cpu.PIN_INTR;
        cpu.attend();
    }

    @Override
    public void signalNmi() {
        cpu.pins |= Cpu.PIN_NMI;
        cpu.attend();
    }

    /** There is no system-management mode: the signal is lost. */
    @Override
    public void signalSmi() {
        if (!reported) {
            reported = true;
            LOG.info("SMI ignored: the processor has no system-management mode");
        }
    }

    @Override
    public void signalInit() {
        cpu.pins |= Cpu.PIN_INIT;
        cpu.attend();
        cpu.halted = false;
    }

    @Override
    public void signalStartup(int page) {
        if (cpu.waitsForStartup && cpu.nonRoot != null) {
            cpu.nonRoot.startup(cpu, page & 0xff);
        } else if (cpu.waitsForStartup && (cpu.pins & Cpu.PIN_INIT) == 0) {
            ProcessorReset.startUp(cpu, page & 0xff);
        }
    }

    @Override
    public long now() {
        return cpu.now();
    }
}
