package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.state.Cpu;

/**
 * The time-stamp counter and what goes with it (SDM vol. 3B, 18.17). A write to the counter shows
 * in IA32_TSC_ADJUST too and the other way round; the TSC is {@code cpu.now() + cpu.tscOffset}.
 */
final class TimeRegisters implements MsrBank {
    private static final int TSC = 0x10;
    private static final int TSC_ADJUST = 0x3b;
    private static final int TSC_AUX = 0xc0000103;

    private final Cpu cpu;
    private final boolean tsc;
    private final boolean adjustable;
    private final boolean aux;
    private final boolean narrow;
    private long adjust;

    TimeRegisters(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        tsc = model.has(Feature.TSC);
        adjustable = model.has(Feature.TSC_ADJUST);
        aux = model.has(Feature.RDTSCP) || model.has(Feature.RDPID);
        narrow = !model.has(Feature.LM);
    }

    void powerOn() {
        adjust = 0;
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case TSC -> tsc;
            case TSC_ADJUST -> adjustable;
            case TSC_AUX -> aux;
            default -> false;
        };
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case TSC -> cpu.now() + cpu.tscOffset;
            case TSC_ADJUST -> adjust;
            default -> cpu.tscAux & 0xffffffffL;
        };
    }

    @Override
    public void write(int msr, long value) {
        switch (msr) {
            // 32-bit processors write the lower half and clear the upper one
            case TSC -> shift((narrow ? value & 0xffffffffL : value) - cpu.now() - cpu.tscOffset);
            case TSC_ADJUST -> shift(value - adjust);
            default -> {
                if (value >>> 32 != 0) {
                    throw cpu.generalProtection();
                }
                cpu.tscAux = (int) value;
            }
        }
    }

    private void shift(long by) {
        cpu.tscOffset += by;
        adjust += by;
    }
}
