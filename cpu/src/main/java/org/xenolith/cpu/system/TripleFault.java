package org.xenolith.cpu.system;

import org.xenolith.cpu.state.Cpu;

/** Told when a processor shuts down because it cannot deliver a double fault. */
@FunctionalInterface
public interface TripleFault {
    /** {@code cpu} has stopped; its registers are those of the moment. */
    void shutDown(Cpu cpu);
}
