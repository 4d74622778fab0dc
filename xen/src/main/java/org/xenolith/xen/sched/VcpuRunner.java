package org.xenolith.xen.sched;

import org.xenolith.xen.domain.Vcpu;

/** Executes guest instructions. */
@FunctionalInterface
public interface VcpuRunner {
    /**
     * Executes up to {@code maxInstructions}; fewer if {@code vcpu.cpu.stop} is set meanwhile, at
     * least one unless it is.
     */
    void run(Vcpu vcpu, long maxInstructions);
}
