package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.Cpu;

/**
 * MSR_POWER_CTL of Intel's Core processors since they have turbo mode (SDM vol. 4, tables 2-15 and
 * 2-29): switches of power saving, which keep what is written and have nothing to save.
 */
final class PowerRegisters implements MsrBank {
    private static final int POWER_CTL = 0x1fc;

    private static final long BIDIRECTIONAL_PROCHOT = 1;
    private static final long C1E = 1 << 1;
    private static final long NO_ENERGY_EFFICIENCY = 1 << 19;
    private static final long NO_RACE_TO_HALT = 1 << 20;
    private static final long DEFINED =
            BIDIRECTIONAL_PROCHOT | C1E | NO_ENERGY_EFFICIENCY | NO_RACE_TO_HALT;

    private final Cpu cpu;
    private final boolean present;
    private long control;

    PowerRegisters(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        boolean turbo = model.has(Feature.IDA) || model.missing().contains(Feature.IDA);
        present = model.vendor() == Vendor.INTEL && turbo;
    }

    /** As firmware leaves it: the deepest of all C1 states. */
    void powerOn() {
        control = C1E;
    }

    @Override
    public boolean owns(int msr) {
        return present && msr == POWER_CTL;
    }

    @Override
    public long read(int msr) {
        return control;
    }

    @Override
    public void write(int msr, long value) {
        if ((value & ~DEFINED) != 0) {
            throw cpu.generalProtection();
        }
        control = value;
    }
}
