package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.xen.domain.Vcpu;

/** Loads data segment registers on the guest's behalf. */
final class SegmentLoads {
    private SegmentLoads() {}

    /**
     * Loads a selector, or null if it cannot be loaded.
     *
     * @param segment {@link Cpu#DS}, {@link Cpu#ES}, {@link Cpu#FS} or {@link Cpu#GS}
     * @return false if null was loaded instead
     */
    static boolean load(Vcpu vcpu, PvMemory memory, int segment, int selector) {
        Cpu cpu = vcpu.cpu;
        boolean retry;
        do {
            try {
                cpu.loadSegment(segment, selector);
                return true;
            } catch (CpuFault fault) {
                retry =
                        fault.vector == CpuFault.PF
                                && memory.inLdtArea(vcpu, cpu.cr2)
                                && memory.mapLdtPage(vcpu, cpu.cr2);
            }
        } while (retry);
        cpu.selector[segment] = 0;
        cpu.segmentBase[segment] = 0;
        return false;
    }
}
