package org.xenolith.cpu.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is not implemented cannot be announced: the features against the opcode table. */
class FeatureTest {
    /** Features that are not in the table by name, by an instruction each. */
    private static final Map<Feature, String> INSTRUCTIONS =
            Map.of(Feature.MMXEXT, "PSADBW", Feature.PREFETCHW, "PREFETCHW");

    /** Features that are not instructions: modes, registers, state, identity. */
    private static final Set<Feature> BEHAVIOUR =
            EnumSet.of(
                    Feature.VME,
                    Feature.DE,
                    Feature.PSE,
                    Feature.PAE,
                    Feature.MCE,
                    Feature.APIC,
                    Feature.MTRR,
                    Feature.PGE,
                    Feature.MCA,
                    Feature.PAT,
                    Feature.PSE36,
                    Feature.SELF_SNOOP,
                    Feature.HTT,
                    Feature.PCID,
                    Feature.X2APIC,
                    Feature.TSC_DEADLINE,
                    Feature.OSXSAVE,
                    Feature.HYPERVISOR,
                    Feature.ARAT,
                    Feature.TSC_ADJUST,
                    Feature.SMEP,
                    Feature.ERMS,
                    Feature.ZERO_FCS_FDS,
                    Feature.FDP_EXCPTN_ONLY,
                    Feature.XSAVEERPTR,
                    Feature.FXSR_OPT,
                    Feature.UMIP,
                    Feature.OSPKE,
                    Feature.LA57,
                    Feature.FSRM,
                    Feature.SPEC_CTRL,
                    Feature.STIBP,
                    Feature.ARCH_CAPABILITIES,
                    Feature.SSBD,
                    Feature.XGETBV1,
                    Feature.NX,
                    Feature.PDPE1GB,
                    Feature.LM,
                    Feature.CMP_LEGACY,
                    Feature.INVARIANT_TSC);

    @Test
    void everyNameInTheOpcodeTableIsAFeatureThatIsImplemented() {
        for (Opcode row : OpcodeTable.get().rows()) {
            for (String name : row.allFeatures()) {
                Feature feature = Feature.named(name).orElse(null);
                assertTrue(
                        feature != null && feature.implemented(),
                        row.mnemonic() + " is of " + name);
            }
        }
    }

    @Test
    void everyImplementedFeatureHasRowsOrIsBehaviour() {
        Set<String> mnemonics = new HashSet<>();
        Set<Feature> named = EnumSet.noneOf(Feature.class);
        for (Opcode row : OpcodeTable.get().rows()) {
            mnemonics.add(row.mnemonic());
            row.allFeatures().forEach(name -> named.add(Feature.named(name).orElseThrow()));
        }
        Set<String> unfounded = new TreeSet<>();
        for (Feature feature : Feature.values()) {
            boolean founded =
                    BEHAVIOUR.contains(feature)
                            || named.contains(feature)
                            || mnemonics.contains(INSTRUCTIONS.get(feature));
            if (feature.implemented() && !founded) {
                unfounded.add(feature.label());
            }
        }
        assertEquals(Set.of(), unfounded);
    }

    @Test
    void instructionsOfAbsentFeaturesAreNotInTheTable() {
        Set<String> mnemonics =
                OpcodeTable.get().rows().stream().map(Opcode::mnemonic).collect(Collectors.toSet());
        for (String mnemonic : new String[] {"UMONITOR", "VMRUN"}) {
            assertTrue(!mnemonics.contains(mnemonic), mnemonic);
        }
    }

    @Test
    void bitsAreDistinct() {
        Set<String> seen = new HashSet<>();
        for (Feature feature : Feature.values()) {
            assertTrue(seen.add(feature.word() + ":" + feature.mask()), feature.label());
            assertEquals(feature, Feature.named(feature.label()).orElseThrow());
        }
    }

    @Test
    void aSetRefusesWhatIsNotImplemented() {
        assertThrows(IllegalArgumentException.class, () -> FeatureSet.of(Feature.AVX512F));
    }
}
