package org.xenolith.pv.trap.emulate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.VcpuState;

import java.util.TreeSet;

/**
 * Model-specific registers as a PV guest's kernel may read and write them (SDM vol. 4). What is not
 * known raises #GP, except that a read reads 0 while the guest has no #GP handler yet.
 */
final class ModelRegisters {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRegisters.class);

    private static final int TSC = 0x10;
    private static final int PLATFORM_ID = 0x17;
    private static final int APIC_BASE = 0x1b;
    private static final int FEATURE_CONTROL = 0x3a;
    private static final int MICROCODE_REVISION = 0x8b;
    private static final int PLATFORM_INFO = 0xce;
    private static final int MPERF = 0xe7;
    private static final int APERF = 0xe8;
    private static final int MISC_FEATURES = 0x140;
    private static final int PERF_STATUS = 0x198;
    private static final int PERF_CTL = 0x199;
    private static final int THERM_CONTROL = 0x19a;
    private static final int THERM_STATUS = 0x19c;
    private static final int MISC_ENABLE = 0x1a0;
    private static final int ENERGY_PERF_BIAS = 0x1b0;
    private static final int PAT = 0x277;
    private static final int PERF_CAPABILITIES = 0x345;
    private static final int EFER = 0xc0000080;
    private static final int FS_BASE = 0xc0000100;
    private static final int GS_BASE = 0xc0000101;
    private static final int KERNEL_GS_BASE = 0xc0000102;
    private static final int TSC_AUX = 0xc0000103;

    /** The first of the numbers that belong to the hypervisor. */
    private static final int HYPERVISOR = 0x4000;

    private static final long APIC_DEFAULT = 0xfee00000L | 1 << 11;
    private static final long APIC_BSP = 1 << 8;
    private static final long FEATURE_CONTROL_LOCKED = 1;

    /** Xen's fixed memory types: WB, WT, UC-, UC, WC, WP, UC, UC. */
    static final long PAT_VALUE = 0x050100070406L;

    /** SCE, LME, LMA and NXE. */
    static final long EFER_VALUE = 0xd01;

    /** Fast strings; no branch trace store, no PEBS, no xTPR messages. */
    static final long MISC_ENABLE_VALUE = 1 | 1 << 11 | 1 << 12 | 1 << 23;

    private static final int MAX_REPORTS = 64;

    private final VcpuState state;
    private final Cpu cpu;
    private final HypercallPages hypercallPages;
    private final TreeSet<Integer> reported = new TreeSet<>();

    /** Value of the last successful {@link #read}. */
    long value;

    ModelRegisters(VcpuState state, HypercallPages hypercallPages) {
        this.state = state;
        this.cpu = state.cpu;
        this.hypercallPages = hypercallPages;
    }

    /** Reads a register into {@link #value}; false raises #GP. */
    boolean read(int msr) {
        if (known(msr)) {
            return true;
        }
        if (firstReport(msr)) {
            LOG.info("RDMSR {} at rip {} is not known", hex(msr), hex(cpu.rip));
        }
        value = 0;
        return msr >>> 16 != HYPERVISOR && state.traps.address(CpuFault.GP) == 0;
    }

    private boolean known(int msr) {
        switch (msr) {
            case TSC -> value = cpu.now();
            case APIC_BASE -> value = APIC_DEFAULT | (state.vcpu.id == 0 ? APIC_BSP : 0);
            case FEATURE_CONTROL -> value = FEATURE_CONTROL_LOCKED;
            case MISC_ENABLE -> value = MISC_ENABLE_VALUE;
            case PAT -> value = PAT_VALUE;
            case EFER -> value = EFER_VALUE;
            case FS_BASE -> value = cpu.segmentBase[Cpu.FS];
            case GS_BASE -> value = cpu.segmentBase[Cpu.GS];
            case KERNEL_GS_BASE -> value = cpu.kernelGsBase;
            case TSC_AUX -> value = cpu.tscAux & 0xffffffffL;
            case PLATFORM_ID,
                    MICROCODE_REVISION,
                    PLATFORM_INFO,
                    MISC_FEATURES,
                    PERF_STATUS,
                    PERF_CTL,
                    THERM_STATUS,
                    PERF_CAPABILITIES ->
                    value = 0;
            default -> {
                value = 0;
                return performanceCounter(msr);
            }
        }
        return true;
    }

    /** Writes a register; false raises #GP. */
    boolean write(int msr, long written) {
        switch (msr) {
            case FS_BASE, GS_BASE, KERNEL_GS_BASE -> {
                if (!Addresses.canonical(written)) {
                    return false;
                }
                switch (msr) {
                    case FS_BASE -> cpu.segmentBase[Cpu.FS] = written;
                    case GS_BASE -> cpu.segmentBase[Cpu.GS] = written;
                    default -> cpu.kernelGsBase = written;
                }
                return true;
            }
            case TSC_AUX -> {
                if (written >>> 32 != 0) {
                    return false;
                }
                cpu.tscAux = (int) written;
                return true;
            }
            case EFER -> {
                return written == EFER_VALUE;
            }
            case PAT -> {
                return written == PAT_VALUE;
            }
            case MICROCODE_REVISION, MISC_FEATURES -> {
                return written == 0;
            }
            case MISC_ENABLE, MPERF, APERF, PERF_CTL, THERM_CONTROL, ENERGY_PERF_BIAS -> {
                return true; // not the guest's to change: ignored, as Xen does
            }
            case HYPERVISOR << 16 -> {
                return (written & 0xfff) == 0 && hypercallPages.fill(written >>> 12);
            }
            default -> {
                if (performanceCounter(msr)) {
                    return true; // no counters are offered: ignored, as Xen does
                }
                if (firstReport(msr)) {
                    LOG.warn(
                            "WRMSR {} of {} at rip {} is not known",
                            hex(msr),
                            hex(written),
                            hex(cpu.rip));
                }
                return false;
            }
        }
    }

    /** Architectural performance counters, which Xen lets a guest without a PMU read as 0. */
    private static boolean performanceCounter(int msr) {
        return msr >= 0xc1 && msr <= 0xc8
                || msr >= 0x186 && msr <= 0x18d
                || msr >= 0x309 && msr <= 0x30b
                || msr >= 0x38d && msr <= 0x390;
    }

    /** Each register is logged once, and no more of them than a log bears. */
    private boolean firstReport(int msr) {
        return reported.size() < MAX_REPORTS && reported.add(msr);
    }

    private static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    private static String hex(int number) {
        return "0x" + Integer.toHexString(number);
    }
}
