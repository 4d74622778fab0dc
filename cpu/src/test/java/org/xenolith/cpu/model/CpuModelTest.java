package org.xenolith.cpu.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;

import java.util.List;
import java.util.Set;

class CpuModelTest {
    private static List<String> names() {
        return CpuModel.names();
    }

    private static String error(String text) {
        return assertThrows(IllegalArgumentException.class, () -> CpuModel.parse(text))
                .getMessage();
    }

    @ParameterizedTest
    @MethodSource("names")
    void announcesOnlyWhatIsImplemented(String name) {
        CpuModel model = CpuModel.parse(name);
        for (Feature feature : Feature.values()) {
            if (!feature.implemented() || feature.dynamic()) {
                assertFalse(model.has(feature), feature.label());
            }
        }
        assertTrue(model.missing().stream().noneMatch(Feature::implemented));
        assertEquals(Set.of(), FeatureDependencies.unmet(model.features().features()));
        assertTrue(model.brand().length() < 48);
    }

    @Test
    void signatures() {
        assertEquals(0x106ca, CpuModel.parse("max").signature());
        assertEquals(0x306c3, CpuModel.parse("haswell").signature());
        assertEquals(0x506e3, CpuModel.parse("skylake-client").signature());
        assertEquals(0x800f12, CpuModel.parse("epyc").signature());
        assertEquals(0x6fb, CpuModel.parse("core2duo").signature());
        assertEquals(0xf29, CpuModel.parse("pentium4").signature());
        assertEquals(0x68a, CpuModel.parse("pentium3").signature());
        assertEquals(0x480, CpuModel.parse("486").signature());
        assertEquals(0x17, CpuModel.parse("epyc").family());
    }

    @Test
    void removingTakesDependentsAlong() {
        CpuModel model = CpuModel.parse("max,-xsave");
        for (Feature gone :
                List.of(Feature.XSAVE, Feature.AVX, Feature.AVX2, Feature.VAES, Feature.XSAVEC)) {
            assertFalse(model.has(gone), gone.label());
        }
        assertTrue(model.has(Feature.AES));
        assertEquals(0, model.xcr0());
        assertEquals(0, model.cr4() & Cpu.CR4_OSXSAVE);
    }

    @Test
    void addingBringsWhatIsNeeded() {
        CpuModel model = CpuModel.parse("core2duo,+avx2");
        assertTrue(model.has(Feature.AVX));
        assertTrue(model.has(Feature.XSAVE));
        assertTrue(model.has(Feature.SSE4_2));
        assertFalse(model.has(Feature.XSAVEOPT));
        assertEquals(7, model.xcr0());
    }

    @Test
    void laterWordsWin() {
        CpuModel model = CpuModel.parse("max,-avx,+avx");
        assertTrue(model.has(Feature.AVX));
        assertFalse(model.has(Feature.AVX2));
    }

    @Test
    void severalSpellings() {
        CpuModel model = CpuModel.parse("max,-sse4.1,-tsc-deadline,-LZCNT,-sha_ni");
        for (Feature gone :
                List.of(Feature.SSE4_1, Feature.TSC_DEADLINE, Feature.ABM, Feature.SHA)) {
            assertFalse(model.has(gone), gone.label());
        }
        assertFalse(model.has(Feature.AVX));
    }

    @Test
    void errorsAreOneLine() {
        assertEquals(
                "no CPU model \"zen9\"; there are max, skylake-client, haswell, epyc, core2duo,"
                        + " pentium4, pentium3, 486",
                error("zen9"));
        assertEquals("CPU feature avx512f is not implemented", error("max,+avx512f"));
        assertEquals("no CPU feature \"warp\"", error("max,-warp"));
        assertEquals("\"avx\" after a CPU model: say +FEATURE or -FEATURE", error("max,avx"));
        assertEquals("\"\" after a CPU model: say +FEATURE or -FEATURE", error("max,"));
        assertEquals(
                "CPU feature osxsave follows the machine and cannot be chosen",
                error("max,+osxsave"));
    }

    @Test
    void removingWhatIsNotImplementedChangesNothing() {
        assertEquals(
                CpuModel.parse("haswell").features().toString(),
                CpuModel.parse("haswell,-smx").features().toString());
    }

    @Test
    void haswellListsWhatItLacks() {
        assertTrue(
                CpuModel.parse("haswell").missing().containsAll(List.of(Feature.SMX, Feature.RTM)));
        assertEquals(Set.of(), CpuModel.parse("max").missing());
    }

    @Test
    void configuresAProcessor() {
        Cpu cpu = new Cpu(new PhysicalMemory(1 << 20), null);
        CpuModel.parse("epyc").configure(cpu);
        assertTrue(cpu.amd);
        assertEquals(46, cpu.walker.physicalBits);
        assertEquals(0, cpu.cr4Allowed & (Cpu.CR4_PCIDE | Cpu.CR4_LA57 | Cpu.CR4_PKE));
        assertEquals(Cpu.CR4_SMAP, cpu.cr4Allowed & Cpu.CR4_SMAP);
        CpuModel.parse("486").configure(cpu);
        assertEquals(Cpu.CR4_VME | Cpu.CR4_PVI, cpu.cr4Allowed);
        assertFalse(cpu.amd);
    }

    @Test
    void helpTellsModelsAndFeatures() {
        String help = CpuModel.help();
        for (String name : CpuModel.names()) {
            assertTrue(help.contains("\n  " + name + " "), name);
        }
        assertTrue(help.lines().allMatch(l -> l.length() < 110));
        assertTrue(help.contains("not implemented: dts acpi"));
    }
}
