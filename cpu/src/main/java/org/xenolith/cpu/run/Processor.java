package org.xenolith.cpu.run;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Flags;

/**
 * A processor and what executes its instructions.
 *
 * @param cpu its state
 * @param engine executes it
 */
public record Processor(Cpu cpu, ProcessorEngine engine) {
    private static final int ALWAYS_WAKES = Cpu.PIN_SMI | Cpu.PIN_INIT;

    /** Whether it has instructions to execute or an event to take. */
    boolean runnable() {
        return !cpu.waitsForStartup && (!cpu.halted || wakes());
    }

    /** Whether an event ends HLT (SDM vol. 2A, HLT). */
    private boolean wakes() {
        int pins = cpu.pins;
        return (pins & ALWAYS_WAKES) != 0
                || (pins & Cpu.PIN_NMI) != 0
                || (pins & Cpu.PIN_INTR) != 0 && (cpu.eflags & Flags.IF) != 0;
    }
}
