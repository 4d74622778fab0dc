package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;

/**
 * What AMD's processors have beyond the common registers (APM vol. 2, appendix A; Processor
 * Programming Reference for family 17h, model 01h): SYSCFG, HWCR, the top of memory, VM_CR and two
 * configuration registers that systems set bits in. State only, since nothing is cached or
 * speculated.
 */
final class AmdRegisters implements MsrBank {
    private static final int SYSCFG = 0xc0010010;
    private static final int HWCR = 0xc0010015;
    private static final int IORR_FIRST = 0xc0010016;
    private static final int IORR_LAST = 0xc0010019;
    private static final int TOP_MEM = 0xc001001a;
    private static final int TOP_MEM2 = 0xc001001d;
    private static final int VM_CR = 0xc0010114;
    private static final int LS_CFG = 0xc0011020;
    private static final int DE_CFG = 0xc0011029;

    /** MtrrFixDramEn, MtrrFixDramModEn, MtrrVarDramEn, MtrrTom2En, Tom2ForceMemTypeWB. */
    private static final long SYSCFG_DEFINED = 0x1f << 18;

    /** The TSC counts at the P0 frequency. */
    private static final long HWCR_TSC_FREQUENCY = 1 << 24;

    /** Those which switch nothing that exists here: TlbCacheDis, CpbDis and the like. */
    private static final long HWCR_WRITABLE = 1 << 3 | 1 << 4 | 1 << 8 | 1 << 25 | 1 << 30;

    /** SVM is off, and locked so. */
    private static final long VM_CR_VALUE = 1 << 3 | 1 << 4;

    /** LFENCE waits for all that precedes it, as everything does. */
    private static final long DE_CFG_LFENCE = 1 << 1;

    private static final int MEGABYTES_8 = 23;

    private final Cpu cpu;
    private final long addresses;
    private final long[] rangeRegisters = new long[IORR_LAST - IORR_FIRST + 1];
    private long syscfg;
    private long hwcr;
    private long topMem;
    private long topMem2;
    private long loadStore;
    private long decode;

    AmdRegisters(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        addresses = (1L << model.physicalBits()) - 1;
    }

    void powerOn() {
        syscfg = 0;
        hwcr = HWCR_TSC_FREQUENCY;
        topMem = 0;
        topMem2 = 0;
        loadStore = 0;
        decode = DE_CFG_LFENCE;
        java.util.Arrays.fill(rangeRegisters, 0);
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case SYSCFG, HWCR, TOP_MEM, TOP_MEM2, VM_CR, LS_CFG, DE_CFG -> true;
            default -> msr >= IORR_FIRST && msr <= IORR_LAST;
        };
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case SYSCFG -> syscfg;
            case HWCR -> hwcr;
            case TOP_MEM -> topMem;
            case TOP_MEM2 -> topMem2;
            case VM_CR -> VM_CR_VALUE;
            case LS_CFG -> loadStore;
            case DE_CFG -> decode;
            default -> rangeRegisters[msr - IORR_FIRST];
        };
    }

    @Override
    public void write(int msr, long value) {
        switch (msr) {
            case SYSCFG -> {
                require((value & ~SYSCFG_DEFINED) == 0);
                syscfg = value;
            }
            case HWCR -> {
                require((value & ~(HWCR_WRITABLE | HWCR_TSC_FREQUENCY)) == 0);
                hwcr = value | HWCR_TSC_FREQUENCY;
            }
            case TOP_MEM -> topMem = boundary(value);
            case TOP_MEM2 -> topMem2 = boundary(value);
            case VM_CR -> require((value & ~VM_CR_VALUE) == 0); // locked: ignored
            case LS_CFG -> loadStore = value;
            case DE_CFG -> decode = value | DE_CFG_LFENCE;
            default -> {
                require((value & ~addresses) == 0);
                rangeRegisters[msr - IORR_FIRST] = value;
            }
        }
    }

    /** An address in steps of 8 MiB. */
    private long boundary(long value) {
        require((value & ~addresses) == 0 && (value & (1L << MEGABYTES_8) - 1) == 0);
        return value;
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
