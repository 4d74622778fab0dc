package org.xenolith.cpu.msr;

import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.Vendor;
import org.xenolith.cpu.state.Cpu;

/**
 * Identity, switches and mitigations (SDM vol. 4, table 2-2): PLATFORM_ID, BIOS_SIGN_ID,
 * MISC_ENABLE, SPEC_CTRL, PRED_CMD, ARCH_CAPABILITIES. Without speculation the mitigations are
 * state only.
 */
final class ControlMsrs implements MsrBank {
    private static final int PLATFORM_ID = 0x17;
    private static final int SPEC_CTRL = 0x48;
    private static final int PRED_CMD = 0x49;
    private static final int BIOS_SIGN_ID = 0x8b;
    private static final int ARCH_CAPABILITIES = 0x10a;
    private static final int MISC_ENABLE = 0x1a0;

    private static final int SPEC_IBRS = 1;
    private static final int SPEC_STIBP = 1 << 1;
    private static final int SPEC_SSBD = 1 << 2;
    private static final long PRED_IBPB = 1;

    /**
     * RDCL_NO, IBRS_ALL, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO,
     * SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO and RFDS_NO: what holds without speculation
     * and caches.
     */
    private static final long CAPABILITIES =
            3 | 7 << 3 | 1 << 6 | 1 << 8 | 7 << 13 | 1 << 20 | 1 << 24 | 1 << 27;

    private static final long MISC_FAST_STRINGS = 1;

    /** Branch trace storage and precise sampling are unavailable. */
    private static final long MISC_UNAVAILABLE = 3 << 11;

    /** CPUID shows no leaf above 3; {@code Cpuid} looks at it. */
    private static final long MISC_LIMIT_CPUID = 1 << 22;

    /** NX hides, and EFER.NXE cannot be set; {@code Cpuid} looks at it. */
    static final long MISC_XD_DISABLE = 1L << 34;

    /** MONITOR and MWAIT work, and CPUID announces them; {@code Cpuid} looks at it. */
    private static final long MISC_MONITOR = 1 << 18;

    /**
     * Thermal control, performance monitoring, SpeedStep, xTPR messages: switches of what CPUID
     * does not announce, which keep what is written.
     */
    private static final long MISC_IDLE = 1 << 3 | 1 << 7 | 1 << 16 | 1 << 23;

    private static final int CPUID_LIMIT_LEAF = 3;

    private final Cpu cpu;
    private final boolean intel;
    private final boolean sixth;
    private final boolean capabilities;
    private final boolean predictor;
    private final boolean monitor;
    private final long specDefined;
    private final long miscDefined;
    private final long microcode;
    private long spec;
    private long misc;

    ControlMsrs(Cpu cpu, CpuModel model) {
        this.cpu = cpu;
        intel = model.vendor() == Vendor.INTEL;
        sixth = model.family() >= 6;
        capabilities = model.has(Feature.ARCH_CAPABILITIES);
        predictor = model.has(Feature.SPEC_CTRL);
        monitor = model.has(Feature.MONITOR);
        specDefined =
                (predictor ? SPEC_IBRS : 0)
                        | (model.has(Feature.STIBP) ? SPEC_STIBP : 0)
                        | (model.has(Feature.SSBD) ? SPEC_SSBD : 0);
        miscDefined =
                MISC_FAST_STRINGS
                        | MISC_UNAVAILABLE
                        | MISC_IDLE
                        | MISC_MONITOR
                        | (model.maxBasic() > CPUID_LIMIT_LEAF ? MISC_LIMIT_CPUID : 0)
                        | (model.has(Feature.NX) ? MISC_XD_DISABLE : 0);
        microcode = intel ? (long) model.microcode() << 32 : model.microcode() & 0xffffffffL;
    }

    void powerOn() {
        spec = 0;
        misc = MISC_FAST_STRINGS | MISC_UNAVAILABLE | (monitor ? MISC_MONITOR : 0);
        cpu.monitor.disabled = false;
    }

    /** Whether MISC_ENABLE takes NX away. */
    boolean executeDisableHidden() {
        return (misc & MISC_XD_DISABLE) != 0;
    }

    @Override
    public boolean owns(int msr) {
        return switch (msr) {
            case PLATFORM_ID, MISC_ENABLE -> intel && sixth;
            case BIOS_SIGN_ID -> sixth;
            case SPEC_CTRL -> specDefined != 0;
            case PRED_CMD -> predictor;
            case ARCH_CAPABILITIES -> capabilities;
            default -> false;
        };
    }

    @Override
    public long read(int msr) {
        return switch (msr) {
            case MISC_ENABLE -> misc;
            case BIOS_SIGN_ID -> microcode;
            case SPEC_CTRL -> spec;
            case ARCH_CAPABILITIES -> CAPABILITIES;
            case PRED_CMD -> throw cpu.generalProtection();
            default -> 0; // first platform
        };
    }

    @Override
    public void write(int msr, long value) {
        switch (msr) {
            case MISC_ENABLE -> {
                require((value & ~miscDefined) == 0);
                misc = value | MISC_UNAVAILABLE;
                cpu.monitor.disabled = (misc & MISC_MONITOR) == 0;
            }
            case BIOS_SIGN_ID -> require(intel); // the next CPUID puts the revision back
            case SPEC_CTRL -> {
                require((value & ~specDefined) == 0);
                spec = value;
            }
            case PRED_CMD -> require((value & ~PRED_IBPB) == 0);
            default -> require(false);
        }
    }

    private void require(boolean allowed) {
        if (!allowed) {
            throw cpu.generalProtection();
        }
    }
}
