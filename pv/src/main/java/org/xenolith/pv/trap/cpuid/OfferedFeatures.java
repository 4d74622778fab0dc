package org.xenolith.pv.trap.cpuid;

import org.xenolith.cpu.model.Feature;
import org.xenolith.cpu.model.FeatureSet;

/**
 * Features that a PV guest is offered: those that the processor implements and that make sense
 * without ring 0. What is not listed reads as absent: no VME, PSE, PGE, MTRR, APIC, machine checks
 * or SYSENTER.
 */
public final class OfferedFeatures {
    static final FeatureSet SET =
            FeatureSet.of(
                    Feature.FPU,
                    Feature.TSC,
                    Feature.MSR,
                    Feature.PAE,
                    Feature.CX8,
                    Feature.CMOV,
                    Feature.PAT,
                    Feature.CLFLUSH,
                    Feature.MMX,
                    Feature.FXSR,
                    Feature.SSE,
                    Feature.SSE2,
                    Feature.SSE3,
                    Feature.PCLMULQDQ,
                    Feature.SSSE3,
                    Feature.FMA,
                    Feature.CX16,
                    Feature.SSE4_1,
                    Feature.SSE4_2,
                    Feature.MOVBE,
                    Feature.POPCNT,
                    Feature.AES,
                    Feature.XSAVE, // also the one switch for XSETBV and leaf 0xd
                    Feature.AVX,
                    Feature.F16C,
                    Feature.RDRAND,
                    Feature.HYPERVISOR,
                    Feature.SYSCALL,
                    Feature.NX,
                    Feature.RDTSCP,
                    Feature.LM,
                    Feature.LAHF_LM,
                    Feature.ABM,
                    Feature.FSGSBASE,
                    Feature.BMI1,
                    Feature.AVX2,
                    Feature.BMI2,
                    Feature.RDSEED,
                    Feature.ADX,
                    Feature.CLFLUSHOPT,
                    Feature.CLWB,
                    Feature.SHA,
                    Feature.GFNI,
                    Feature.VAES,
                    Feature.VPCLMULQDQ,
                    Feature.RDPID,
                    Feature.XSAVEOPT,
                    Feature.XSAVEC,
                    Feature.XGETBV1);

    private OfferedFeatures() {}

    /** Whether guests have this feature. */
    public static boolean has(Feature feature) {
        return SET.has(feature);
    }
}
