package org.xenolith.cpu.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.cpu.decode.Opcode;
import org.xenolith.cpu.decode.OpcodeTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** That the comparison with the host leaves out what its list says and nothing else. */
class HostCoverageTest {
    private static final int[] SIZES = {16, 32, 64};

    /** Features of every host that the comparison is made with: they came with 64-bit mode. */
    private static final Set<String> ALWAYS =
            Set.of(
                    "clflush", "cmov", "cx16", "cx8", "fpu", "fxsr", "lahf_lm", "lm", "mmx", "msr",
                    "sep", "sse", "sse2", "syscall", "tsc");

    /** Features that the processor has and the comparison may not find in a host: a closed list. */
    private static final Set<String> OPTIONAL =
            Set.of(
                    "abm",
                    "adx",
                    "aes",
                    "avx",
                    "avx2",
                    "bmi1",
                    "bmi2",
                    "clflushopt",
                    "clwb",
                    "f16c",
                    "fma",
                    "fsgsbase",
                    "gfni",
                    "invpcid",
                    "clzero",
                    "monitor",
                    "movbe",
                    "movdir64b",
                    "movdiri",
                    "pku",
                    "pni",
                    "popcnt",
                    "rdtscp",
                    "sse4_1",
                    "sse4_2",
                    "ssse3",
                    "xsave",
                    "xsaveopt",
                    "pclmulqdq",
                    "rdpid",
                    "rdrand",
                    "rdseed",
                    "serialize",
                    "sha_ni",
                    "smap",
                    "vaes",
                    "vmx",
                    "vpclmulqdq",
                    "wbnoinvd",
                    "xsavec",
                    "xsaves");

    /** Every row has forms, each of which is listed or can be encoded as what it is. */
    @Test
    void everyRowIsComparedOrListed() {
        List<String> lost = new ArrayList<>();
        CaseGenerator encoder = new CaseGenerator(new CaseRandom(1));
        for (Opcode row : OpcodeTable.get().rows()) {
            List<Form> forms = new ArrayList<>();
            for (int bits : SIZES) {
                forms.addAll(Form.of(row, bits));
            }
            if (forms.isEmpty()) {
                lost.add(row.toString());
            }
            for (Form form : forms) {
                if (!NotCompared.covers(form)) {
                    encoder.encode(form);
                }
            }
        }
        assertEquals(List.of(), lost);
    }

    @Test
    void everyLineOfTheListMeansSomething() {
        List<Form> all = new ArrayList<>();
        for (Opcode row : OpcodeTable.get().rows()) {
            for (int bits : SIZES) {
                all.addAll(Form.of(row, bits));
            }
        }
        for (NotCompared.Line line : NotCompared.lines()) {
            assertTrue(all.stream().anyMatch(line::covers), line.toString());
            assertFalse(line.reason().isBlank(), line.toString());
        }
    }

    @Test
    void onlyKnownFeaturesAreLeftToTheHost() {
        Set<String> features = new TreeSet<>();
        for (Opcode row : OpcodeTable.get().rows()) {
            features.addAll(row.allFeatures());
        }
        for (String all : ALWAYS) {
            assertTrue(features.remove(all), all);
        }
        assertEquals(new TreeSet<>(OPTIONAL), features);
    }

    @Test
    void partsAreOfAboutTheSameSizeAndLeaveNothingOut() {
        int rows = OpcodeTable.get().rows().size();
        for (int of : new int[] {1, 3, 8}) {
            int[] sizes = new int[of];
            for (int row = 0; row < rows; row++) {
                int owners = 0;
                for (int number = 1; number <= of; number++) {
                    if (Part.parse(number + "/" + of).has(row)) {
                        sizes[number - 1]++;
                        owners++;
                    }
                }
                assertEquals(1, owners);
            }
            for (int size : sizes) {
                assertTrue(Math.abs(size - rows / of) <= 1);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Part.parse("4/3"));
    }
}
