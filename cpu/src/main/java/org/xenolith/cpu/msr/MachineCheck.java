package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.state.Cpu;

import java.util.Arrays;

/**
 * The machine-check architecture (SDM vol. 3B, 16.3) of hardware that never errs: banks whose
 * status reads 0 and can only be cleared.
 */
final class MachineCheck implements MsrBank {
    private static final int P5_ADDR = 0;
    private static final int P5_TYPE = 1;
    private static final int CAP = 0x179;
    private static final int STATUS = 0x17a;
    private static final int CTL = 0x17b;
    private static final int BANK_0 = 0x400;
    private static final int BANKS = 6;
    private static final int CAP_CTL = 1 << 8;

    /** RIPV, EIPV and MCIP. */
    private static final long STATUS_DEFINED = 7;

    /**
     * Bits 0 and 10, which Linux leaves clear in some banks of some processors. Other mixtures of
     * ones and zeros are undefined (SDM vol. 3B, 16.3.1.3) and raise #GP(0) here.
     */
    private static final long SYSTEMS_OWN = 1 | 1 << 10;

    private final Cpu cpu;
    private final boolean present;
    private final boolean pentium;
    private final long[] bankControl = new long[BANKS];
    private long control;
    private long status;

    MachineCheck(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        present = model.has(Feature.MCA);
        pentium = model.has(Feature.MCE);
    }

    void powerOn() {
        control = 0;
        status = 0;
        Arrays.fill(bankControl, 0);
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case P5_ADDR, P5_TYPE -> pentium;
            case CAP, STATUS, CTL -> present;
            default -> present && msr >= BANK_0 && msr < BANK_0 + 4 * BANKS;
        };
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case P5_ADDR, P5_TYPE -> 0;
            case CAP -> BANKS | CAP_CTL;
            case STATUS -> status;
            case CTL -> control;
            default -> (msr & 3) == 0 ? bankControl[msr - BANK_0 >> 2] : 0;
        };
    }

    @Override
    public void write(int msr, long value) {
        switch (msr) {
            case P5_ADDR, P5_TYPE -> require(value == 0);
            case CAP -> require(false);
            case STATUS -> {
                require((value & ~STATUS_DEFINED) == 0);
                status = value;
            }
            case CTL -> {
                require(value == 0 || value == -1L);
                control = value;
            }
            default -> {
                if ((msr & 3) == 0) {
                    require(value == 0 || (value | SYSTEMS_OWN) == -1L);
                    bankControl[msr - BANK_0 >> 2] = value;
                } else {
                    require(value == 0); // only clearing is architectural
                }
            }
        }
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
