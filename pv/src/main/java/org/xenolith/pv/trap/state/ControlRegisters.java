package org.xenolith.pv.trap.state;

import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.pv.trap.cpuid.OfferedFeatures;

/**
 * The guest's view of CR0, CR2 and CR4. Of CR0 it may change TS only; CR4 shows the hypervisor's
 * settings and the few bits that are the guest's own.
 */
public final class ControlRegisters {
    private static final long CR4_PAE = 1 << 5;

    /** Bits of CR4 that a guest may choose. */
    private static final long GUEST_BITS =
            Cpu.CR4_TSD
                    | (OfferedFeatures.has(Feature.FSGSBASE) ? Cpu.CR4_FSGSBASE : 0)
                    | (OfferedFeatures.has(Feature.XSAVE) ? Cpu.CR4_OSXSAVE : 0);

    /** The hypervisor's own settings that a guest may see. */
    private static final long VISIBLE_BITS = CR4_PAE | Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;

    private final Cpu cpu;

    /** CR2 as last delivered or written. */
    public long cr2;

    private long cr4;

    ControlRegisters(Cpu cpu) {
        this.cpu = cpu;
        cr4(0);
    }

    /** CR0 as the guest reads it. */
    public long cr0() {
        return cpu.cr0;
    }

    /**
     * Writes CR0.
     *
     * @return false if anything but TS would change
     */
    public boolean cr0(long value) {
        if (((value ^ cpu.cr0) & ~(long) Cpu.CR0_TS) != 0) {
            return false;
        }
        taskSwitched((value & Cpu.CR0_TS) != 0);
        return true;
    }

    /** Sets or clears CR0.TS (HYPERVISOR_fpu_taskswitch). */
    public void taskSwitched(boolean set) {
        cpu.cr0 = set ? cpu.cr0 | Cpu.CR0_TS : cpu.cr0 & ~(long) Cpu.CR0_TS;
    }

    /** Whether CR0.TS is set. */
    public boolean taskSwitched() {
        return (cpu.cr0 & Cpu.CR0_TS) != 0;
    }

    /** CR4 as the guest reads it. */
    public long cr4() {
        return cr4;
    }

    /**
     * Writes CR4; bits that are not the guest's are ignored. The processor itself always runs with
     * OSXSAVE, because the hypervisor does.
     */
    public void cr4(long value) {
        cr4 = value & GUEST_BITS | VISIBLE_BITS;
        cpu.cr4 = cr4 | (OfferedFeatures.has(Feature.XSAVE) ? Cpu.CR4_OSXSAVE : 0);
    }

    /** Whether the guest's kernel has set CR4.OSXSAVE. */
    public boolean osxsave() {
        return (cr4 & Cpu.CR4_OSXSAVE) != 0;
    }
}
