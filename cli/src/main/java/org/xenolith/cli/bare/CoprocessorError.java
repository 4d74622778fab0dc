package org.xenolith.cli.bare;

import org.xenolith.cpu.bus.BusDevice;
import org.xenolith.cpu.bus.InterruptLine;
import org.xenolith.cpu.state.Cpu;

/**
 * How a PC tells of x87 exceptions while CR0.NE is clear (SDM vol. 1, 8.7.2 and appendix D): FERR#
 * of the bootstrap processor is IRQ 13 until something is written to port 0xf0, which also asserts
 * IGNNE#, so that the handler may use x87 instructions.
 */
final class CoprocessorError implements BusDevice {
    static final int PORT = 0xf0;
    static final int IRQ = 13;

    private final Cpu cpu;
    private final InterruptLine irq;

    /** Connects the processor's pins. */
    CoprocessorError(Cpu cpu, InterruptLine irq) {
        this.cpu = cpu;
        this.irq = irq;
        cpu.numericError = irq;
    }

    /** Nothing drives the bus. */
    @Override
    public long read(long offset, int size) {
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        irq.set(false);
        cpu.fpu.ignored = true;
    }
}
