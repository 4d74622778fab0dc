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
    /** Whether it has instructions to execute or an event to take. */
    boolean runnable() {
        int pins = cpu.pins;
        if ((pins & Cpu.PIN_INIT) != 0 && (cpu.vmx == null || !cpu.vmx.on)) {
            return true;
        }
        if (cpu.nonRoot != null) {
            return !cpu.halted && !cpu.shutdown && !cpu.waitsForStartup
                    || cpu.nonRoot.endsHalt(cpu);
        }
        return !cpu.waitsForStartup && (!cpu.halted || endsHalt(pins));
    }

    /** Whether an event ends HLT or MWAIT (SDM vol. 2A, HLT; vol. 2B, MWAIT). */
    private boolean endsHalt(int pins) {
        return (pins & (Cpu.PIN_NMI | Cpu.PIN_SMI | Cpu.PIN_EXIT)) != 0
                || (pins & Cpu.PIN_VIRTUAL) != 0 && (cpu.eflags & Flags.IF) != 0
                || (pins & Cpu.PIN_INTR) != 0
                        && ((cpu.eflags & Flags.IF) != 0 || cpu.monitor.endsByMasked());
    }
}
