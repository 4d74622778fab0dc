package org.xenolith.cpu.model;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.ModelSpecificRegisters;
import org.xenolith.cpu.system.ControlRegisters;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The model-specific registers of a processor without a hypervisor (SDM vol. 4, chapter 2). Memory
 * types are kept and have no effect. An MSR that does not exist raises #GP(0) and is logged once.
 */
public final class Msrs implements ModelSpecificRegisters {
    private static final Logger LOG = LoggerFactory.getLogger(Msrs.class);

    private static final int TSC = 0x10;
    private static final int PLATFORM_ID = 0x17;
    private static final int TSC_ADJUST = 0x3b;
    private static final int BIOS_SIGN_ID = 0x8b;
    private static final int MTRR_CAP = 0xfe;
    private static final int SYSENTER_CS = 0x174;
    private static final int SYSENTER_ESP = 0x175;
    private static final int SYSENTER_EIP = 0x176;
    private static final int MCG_CAP = 0x179;
    private static final int MCG_STATUS = 0x17a;
    private static final int MISC_ENABLE = 0x1a0;
    private static final int DEBUGCTL = 0x1d9;
    private static final int PAT = 0x277;
    private static final int MTRR_DEF_TYPE = 0x2ff;
    private static final int EFER = 0xc0000080;
    private static final int STAR = 0xc0000081;
    private static final int LSTAR = 0xc0000082;
    private static final int CSTAR = 0xc0000083;
    private static final int FMASK = 0xc0000084;
    private static final int FS_BASE = 0xc0000100;
    private static final int GS_BASE = 0xc0000101;
    private static final int KERNEL_GS_BASE = 0xc0000102;
    private static final int TSC_AUX = 0xc0000103;

    private static final int VARIABLE_RANGES = 8;
    private static final int MTRR_VALUE = VARIABLE_RANGES | 1 << 8 | 1 << 10;
    private static final long PAT_RESET = 0x0007040600070406L;
    private static final long FAST_STRINGS = 1;
    private static final int MAX_REPORTED = 64;

    private final Cpu cpu;
    private final CpuModel model;

    /** Registers that only hold what was written. */
    private final Map<Integer, Long> plain = new HashMap<>();

    private final Set<Integer> reported = new HashSet<>();

    public Msrs(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        this.model = model;
        for (int i = 0; i < 2 * VARIABLE_RANGES; i++) {
            plain.put(0x200 + i, 0L);
        }
        plain.put(0x250, 0L);
        plain.put(0x258, 0L);
        plain.put(0x259, 0L);
        for (int i = 0x268; i <= 0x26f; i++) {
            plain.put(i, 0L);
        }
        plain.put(MTRR_DEF_TYPE, 0xc06L); // all memory is write-back, as firmware leaves it
        plain.put(PAT, PAT_RESET);
        plain.put(MISC_ENABLE, FAST_STRINGS);
        plain.put(BIOS_SIGN_ID, 0L);
        plain.put(MCG_STATUS, 0L);
        plain.put(DEBUGCTL, 0L);
        plain.put(TSC_ADJUST, 0L);
    }

    @Override
    public long read(int msr) {
        if (cpu.interruptController != null && cpu.interruptController.ownsMsr(msr)) {
            return cpu.interruptController.readMsr(msr);
        }
        return switch (msr) {
            case TSC -> cpu.observeNow() + cpu.tscOffset;
            case PLATFORM_ID, MCG_CAP -> 0;
            case MTRR_CAP -> MTRR_VALUE;
            case SYSENTER_CS -> cpu.sysenterCs & 0xffffffffL;
            case SYSENTER_ESP -> cpu.sysenterEsp;
            case SYSENTER_EIP -> cpu.sysenterEip;
            case EFER -> cpu.efer;
            case STAR -> cpu.star;
            case LSTAR -> cpu.lstar;
            case CSTAR -> cpu.cstar;
            case FMASK -> cpu.fmask;
            case FS_BASE -> cpu.segmentBase[Cpu.FS];
            case GS_BASE -> cpu.segmentBase[Cpu.GS];
            case KERNEL_GS_BASE -> cpu.kernelGsBase;
            case TSC_AUX -> cpu.tscAux & 0xffffffffL;
            default -> {
                Long value = plain.get(msr);
                if (value == null) {
                    report("RDMSR", msr);
                    throw cpu.generalProtection();
                }
                yield value;
            }
        };
    }

    @Override
    public void write(int msr, long value) {
        if (cpu.interruptController != null && cpu.interruptController.ownsMsr(msr)) {
            cpu.interruptController.writeMsr(msr, value);
            return;
        }
        switch (msr) {
            case TSC -> {
                long change = value - (cpu.observeNow() + cpu.tscOffset);
                cpu.tscOffset += change;
                plain.merge(TSC_ADJUST, change, Long::sum);
            }
            case TSC_ADJUST -> {
                cpu.tscOffset += value - plain.get(TSC_ADJUST);
                plain.put(TSC_ADJUST, value);
            }
            case SYSENTER_CS -> cpu.sysenterCs = (int) value;
            case SYSENTER_ESP -> cpu.sysenterEsp = canonical(value);
            case SYSENTER_EIP -> cpu.sysenterEip = canonical(value);
            case EFER -> ControlRegisters.writeEfer(cpu, value);
            case STAR -> cpu.star = value;
            case LSTAR -> cpu.lstar = canonical(value);
            case CSTAR -> cpu.cstar = canonical(value);
            case FMASK -> {
                require(value >>> 32 == 0);
                cpu.fmask = value;
            }
            case FS_BASE -> cpu.segmentBase[Cpu.FS] = canonical(value);
            case GS_BASE -> cpu.segmentBase[Cpu.GS] = canonical(value);
            case KERNEL_GS_BASE -> cpu.kernelGsBase = canonical(value);
            case TSC_AUX -> {
                require(value >>> 32 == 0);
                cpu.tscAux = (int) value;
            }
            case PAT -> {
                for (int i = 0; i < 8; i++) {
                    int type = (int) (value >> 8 * i) & 0xff;
                    require(type < 8 && type != 2 && type != 3);
                }
                plain.put(PAT, value);
            }
            case BIOS_SIGN_ID, MCG_STATUS, DEBUGCTL, MISC_ENABLE -> plain.put(msr, value);
            default -> {
                if (!plain.containsKey(msr)) {
                    report("WRMSR", msr);
                    throw cpu.generalProtection();
                }
                writeMemoryType(msr, value);
            }
        }
    }

    private void writeMemoryType(int msr, long value) {
        long address = (1L << model.physicalBits()) - 1;
        if (msr == MTRR_DEF_TYPE) {
            require((value & ~0xcffL) == 0 && validType((int) value & 0xff));
        } else if (msr >= 0x250) {
            for (int i = 0; i < 8; i++) {
                require(validType((int) (value >> 8 * i) & 0xff));
            }
        } else if ((msr & 1) == 0) {
            require((value & ~address) == 0 && validType((int) value & 0xff));
        } else {
            require((value & ~address) == 0 && (value & 0x7ff) == 0);
        }
        plain.put(msr, value);
    }

    private static boolean validType(int type) {
        return type <= 6 && type != 2 && type != 3;
    }

    private long canonical(long value) {
        require(cpu.canonical(value));
        return value;
    }

    private void require(boolean condition) {
        if (!condition) {
            throw cpu.generalProtection();
        }
    }

    private void report(String what, int msr) {
        if (reported.size() < MAX_REPORTED && reported.add(msr)) {
            LOG.info("{} of {}: there is none", what, Integer.toHexString(msr));
        }
    }
}
