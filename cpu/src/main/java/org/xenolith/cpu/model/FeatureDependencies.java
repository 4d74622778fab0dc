package org.xenolith.cpu.model;

import static java.util.Map.entry;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Which features make no sense without others: software that finds one relies on those, and what
 * the manual says of detection asks for both (SDM vol. 1, 14.3 and 13.2).
 */
final class FeatureDependencies {
    private static final Map<Feature, Set<Feature>> NEEDS =
            Map.ofEntries(
                    entry(Feature.X2APIC, Set.of(Feature.APIC)),
                    entry(Feature.TSC_DEADLINE, Set.of(Feature.APIC, Feature.TSC)),
                    entry(Feature.ARAT, Set.of(Feature.APIC)),
                    entry(Feature.MTRR, Set.of(Feature.MSR)),
                    entry(Feature.MCA, Set.of(Feature.MSR, Feature.MCE)),
                    entry(Feature.SEP, Set.of(Feature.MSR)),
                    entry(Feature.SYSCALL, Set.of(Feature.MSR)),
                    entry(Feature.NX, Set.of(Feature.PAE, Feature.MSR)),
                    entry(Feature.TSC_ADJUST, Set.of(Feature.TSC, Feature.MSR)),
                    entry(Feature.RDTSCP, Set.of(Feature.TSC, Feature.MSR)),
                    entry(Feature.INVARIANT_TSC, Set.of(Feature.TSC)),
                    entry(Feature.SPEC_CTRL, Set.of(Feature.MSR)),
                    entry(Feature.VMX, Set.of(Feature.LM, Feature.PAT)),
                    entry(Feature.STIBP, Set.of(Feature.SPEC_CTRL)),
                    entry(Feature.SSBD, Set.of(Feature.SPEC_CTRL)),
                    entry(Feature.ARCH_CAPABILITIES, Set.of(Feature.MSR)),
                    entry(Feature.LM, Set.of(Feature.PAE, Feature.SSE2, Feature.SYSCALL)),
                    entry(Feature.PDPE1GB, Set.of(Feature.LM)),
                    entry(Feature.LAHF_LM, Set.of(Feature.LM)),
                    entry(Feature.CX16, Set.of(Feature.LM)),
                    entry(Feature.LA57, Set.of(Feature.LM)),
                    entry(Feature.PKU, Set.of(Feature.LM, Feature.XSAVE)),
                    entry(Feature.PCID, Set.of(Feature.LM)),
                    entry(Feature.INVPCID, Set.of(Feature.PCID)),
                    entry(Feature.FSGSBASE, Set.of(Feature.LM)),
                    entry(Feature.FXSR_OPT, Set.of(Feature.FXSR, Feature.LM)),
                    entry(Feature.MMXEXT, Set.of(Feature.MMX)),
                    entry(Feature.SSE, Set.of(Feature.FXSR)),
                    entry(Feature.SSE2, Set.of(Feature.SSE, Feature.CLFLUSH)),
                    entry(Feature.SSE3, Set.of(Feature.SSE2)),
                    entry(Feature.SSSE3, Set.of(Feature.SSE3)),
                    entry(Feature.SSE4_1, Set.of(Feature.SSSE3)),
                    entry(Feature.SSE4_2, Set.of(Feature.SSE4_1)),
                    entry(Feature.AES, Set.of(Feature.SSE2)),
                    entry(Feature.PCLMULQDQ, Set.of(Feature.SSE2)),
                    entry(Feature.SHA, Set.of(Feature.SSE2)),
                    entry(Feature.GFNI, Set.of(Feature.SSE2)),
                    entry(Feature.XSAVE, Set.of(Feature.FXSR)),
                    entry(Feature.XSAVEOPT, Set.of(Feature.XSAVE)),
                    entry(Feature.XSAVEC, Set.of(Feature.XSAVE)),
                    entry(Feature.XSAVES, Set.of(Feature.XSAVEC)),
                    entry(Feature.XGETBV1, Set.of(Feature.XSAVE)),
                    entry(Feature.AVX, Set.of(Feature.XSAVE, Feature.SSE4_2)),
                    entry(Feature.AVX2, Set.of(Feature.AVX)),
                    entry(Feature.FMA, Set.of(Feature.AVX)),
                    entry(Feature.F16C, Set.of(Feature.AVX)),
                    entry(Feature.VAES, Set.of(Feature.AVX, Feature.AES)),
                    entry(Feature.VPCLMULQDQ, Set.of(Feature.AVX, Feature.PCLMULQDQ)));

    private FeatureDependencies() {}

    /** Adds a feature with all that it needs. */
    static void add(EnumSet<Feature> set, Feature feature) {
        if (set.add(feature)) {
            for (Feature needed : NEEDS.getOrDefault(feature, Set.of())) {
                add(set, needed);
            }
        }
    }

    /** Removes a feature with all that need it. */
    static void remove(EnumSet<Feature> set, Feature feature) {
        if (set.remove(feature)) {
            NEEDS.forEach(
                    (dependent, needed) -> {
                        if (needed.contains(feature)) {
                            remove(set, dependent);
                        }
                    });
        }
    }

    /** What the set's features need beyond the set; empty where all is well. */
    static Set<Feature> unmet(Set<Feature> set) {
        EnumSet<Feature> unmet = EnumSet.noneOf(Feature.class);
        for (Feature feature : set) {
            unmet.addAll(NEEDS.getOrDefault(feature, Set.of()));
        }
        unmet.removeAll(set);
        return unmet;
    }
}
