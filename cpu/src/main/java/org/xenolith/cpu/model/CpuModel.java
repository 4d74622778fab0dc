package org.xenolith.cpu.model;

import org.xenolith.cpu.decode.OpcodeTable;
import org.xenolith.cpu.isa.StateComponents;
import org.xenolith.cpu.state.Cpu;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A processor by name: identity, features and sizes, read from a table of its own ({@link
 * ModelTable}). Immutable; one serves all processors of a machine.
 */
public final class CpuModel {
    /** All models, from what has most to what has least. */
    private static final List<String> NAMES =
            List.of(
                    "max",
                    "skylake-client",
                    "haswell",
                    "epyc",
                    "core2duo",
                    "pentium4",
                    "pentium3",
                    "486");

    private final String name;
    private final String title;
    private final Vendor vendor;
    private final int signature;
    private final String brand;
    private final int maxBasic;
    private final int maxExtended;
    private final int physicalBits;
    private final int linearBits;
    private final int microcode;
    private final List<CacheLevel> caches;
    private final int[] descriptors;
    private final Set<Feature> missing;
    private final FeatureSet features;

    private CpuModel(String name) {
        ModelTable table = ModelTable.read(name);
        this.name = name;
        title = table.text("title");
        vendor = Vendor.named(table.text("vendor"));
        signature =
                signature(table.number("family"), table.number("model"), table.number("stepping"));
        brand = table.text("brand");
        maxBasic = table.number("basic");
        maxExtended = table.number("extended");
        physicalBits = table.number("physical");
        linearBits = table.number("linear");
        microcode = table.number("microcode");
        caches = List.copyOf(table.caches());
        descriptors = table.numbers("descriptors");
        EnumSet<Feature> absent = table.features();
        EnumSet<Feature> present = EnumSet.copyOf(absent);
        present.removeIf(f -> !f.implemented());
        absent.removeAll(present);
        missing = Set.copyOf(absent);
        features = FeatureSet.of(present);
    }

    private CpuModel(CpuModel base, FeatureSet features) {
        name = base.name;
        title = base.title;
        vendor = base.vendor;
        signature = base.signature;
        brand = base.brand;
        maxBasic = base.maxBasic;
        maxExtended = base.maxExtended;
        physicalBits = base.physicalBits;
        linearBits = base.linearBits;
        microcode = base.microcode;
        caches = base.caches;
        descriptors = base.descriptors;
        missing = base.missing;
        this.features = features;
    }

    /** Family, model and stepping as leaf 1 packs them (SDM vol. 2A, CPUID, figure 3-6). */
    private static int signature(int family, int model, int stepping) {
        int base = Math.min(family, 15);
        return family - base << 20 | model >> 4 << 16 | base << 8 | (model & 15) << 4 | stepping;
    }

    /** Names that {@link #parse} knows. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * Reads {@code model[,+feature|,-feature]...}. Adding a feature adds what it needs, removing
     * one removes what needs it; later words win.
     *
     * @throws IllegalArgumentException with a message of one line: unknown model or feature, or a
     *     feature to be added that is not implemented
     */
    public static CpuModel parse(String text) {
        String[] words = text.split(",", -1);
        String name = words[0].strip();
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(
                    "no CPU model \"%s\"; there are %s".formatted(name, String.join(", ", NAMES)));
        }
        CpuModel model = new CpuModel(name);
        if (words.length == 1) {
            return model;
        }
        EnumSet<Feature> set = model.features.features();
        for (int i = 1; i < words.length; i++) {
            change(set, words[i].strip());
        }
        return new CpuModel(model, FeatureSet.of(set));
    }

    private static void change(EnumSet<Feature> set, String word) {
        boolean add = word.startsWith("+");
        if (!add && !word.startsWith("-")) {
            throw new IllegalArgumentException(
                    "\"%s\" after a CPU model: say +FEATURE or -FEATURE".formatted(word));
        }
        String name = word.substring(1);
        Feature feature =
                Feature.named(name)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "no CPU feature \"%s\"".formatted(name)));
        if (feature.dynamic()) {
            throw new IllegalArgumentException(
                    "CPU feature %s follows the machine and cannot be chosen".formatted(name));
        }
        if (!add) {
            FeatureDependencies.remove(set, feature);
        } else if (feature.implemented()) {
            FeatureDependencies.add(set, feature);
        } else {
            throw new IllegalArgumentException("CPU feature %s is not implemented".formatted(name));
        }
    }

    /** What {@code --cpu help} prints: models, what they are, and their features. */
    public static String help() {
        StringBuilder text = new StringBuilder("CPU models:\n");
        for (String name : NAMES) {
            CpuModel model = new CpuModel(name);
            text.append("%n  %-15s %s%n".formatted(name, model.title));
            wrap(text, "has", model.features.toString());
            if (!model.missing.isEmpty()) {
                wrap(text, "not implemented", labels(model.missing));
            }
        }
        return text.append("\nAdd and remove features: --cpu haswell,+pku,-avx2\n").toString();
    }

    private static void wrap(StringBuilder text, String heading, String words) {
        StringBuilder line = new StringBuilder("    " + heading + ":");
        for (String word : words.split(" ")) {
            if (line.length() + word.length() >= 96) {
                text.append(line).append('\n');
                line = new StringBuilder("     ");
            }
            line.append(' ').append(word);
        }
        text.append(line).append('\n');
    }

    private static String labels(Set<Feature> set) {
        return EnumSet.copyOf(set).stream().map(Feature::label).collect(Collectors.joining(" "));
    }

    /**
     * Makes a processor behave as this model where its behaviour depends on it: CR4 and XCR0 bits,
     * width of physical addresses, vendor, x87 pointers.
     */
    public void configure(Cpu cpu) {
        cpu.cr4Allowed = cr4();
        cpu.xcr0Allowed = xcr0();
        cpu.xgetbv1 = has(Feature.XGETBV1);
        cpu.compaction = has(Feature.XSAVEC);
        cpu.walker.physicalBits = physicalBits;
        cpu.amd = vendor == Vendor.AMD;
        cpu.nullKeepsBase = cpu.amd;
        cpu.fpu.zeroSelectors = has(Feature.ZERO_FCS_FDS);
        cpu.fpu.dataOnException = has(Feature.FDP_EXCPTN_ONLY);
        // from the Pentium 4 on, unless IA32_MISC_ENABLE asks for compatibility (SDM vol. 1,
        // 8.1.9.1)
        cpu.fpu.opcodeOnException = !cpu.amd && has(Feature.SSE2);
        cpu.fpu.pointersOnException = cpu.amd;
    }

    /** The instructions that the model executes: those whose features it has. */
    public OpcodeTable opcodes() {
        return OpcodeTable.get().only(name -> has(Feature.named(name).orElseThrow()));
    }

    /** CR4 bits that may be set. */
    public long cr4() {
        return bit(Feature.VME, Cpu.CR4_VME | Cpu.CR4_PVI)
                | bit(Feature.TSC, Cpu.CR4_TSD)
                | bit(Feature.DE, Cpu.CR4_DE)
                | bit(Feature.PSE, Cpu.CR4_PSE)
                | bit(Feature.PAE, Cpu.CR4_PAE)
                | bit(Feature.MCE, Cpu.CR4_MCE)
                | bit(Feature.PGE, Cpu.CR4_PGE)
                | bit(Feature.CMOV, Cpu.CR4_PCE) // RDPMC came with the same processors
                | bit(Feature.FXSR, Cpu.CR4_OSFXSR)
                | bit(Feature.SSE, Cpu.CR4_OSXMMEXCPT)
                | bit(Feature.UMIP, Cpu.CR4_UMIP)
                | bit(Feature.LA57, Cpu.CR4_LA57)
                | bit(Feature.FSGSBASE, Cpu.CR4_FSGSBASE)
                | bit(Feature.PCID, Cpu.CR4_PCIDE)
                | bit(Feature.XSAVE, Cpu.CR4_OSXSAVE)
                | bit(Feature.SMEP, Cpu.CR4_SMEP)
                | bit(Feature.SMAP, Cpu.CR4_SMAP)
                | bit(Feature.PKU, Cpu.CR4_PKE);
    }

    /** IA32_EFER bits that may be set, LMA among them. */
    public long efer() {
        return bit(Feature.SYSCALL, Cpu.EFER_SCE)
                | bit(Feature.LM, Cpu.EFER_LME | Cpu.EFER_LMA)
                | bit(Feature.NX, Cpu.EFER_NXE)
                | bit(Feature.FXSR_OPT, Cpu.EFER_FFXSR);
    }

    /** State components that XCR0 may name; 0 without XSAVE. */
    public long xcr0() {
        if (!has(Feature.XSAVE)) {
            return 0;
        }
        return StateComponents.X87
                | bit(Feature.SSE, StateComponents.SSE)
                | bit(Feature.AVX, StateComponents.AVX)
                | bit(Feature.PKU, StateComponents.PKRU);
    }

    private long bit(Feature feature, long bits) {
        return has(feature) ? bits : 0;
    }

    public boolean has(Feature feature) {
        return features.has(feature);
    }

    /** What the model announces, but for dynamic features. */
    public FeatureSet features() {
        return features;
    }

    /** What the processor of that name has and this one has not. */
    public Set<Feature> missing() {
        return missing;
    }

    public String name() {
        return name;
    }

    /** One line about the model. */
    public String title() {
        return title;
    }

    public Vendor vendor() {
        return vendor;
    }

    /** Family, model and stepping: leaf 1's EAX, and EDX after reset. */
    public int signature() {
        return signature;
    }

    /** Family, extended part included. */
    public int family() {
        return (signature >> 8 & 15) + (signature >> 20 & 0xff);
    }

    /** Revision of the microcode that IA32_BIOS_SIGN_ID or PATCH_LEVEL gives. */
    public int microcode() {
        return microcode;
    }

    /** Width of physical addresses. */
    public int physicalBits() {
        return physicalBits;
    }

    /** Width of linear addresses: 57 with LA57. */
    public int linearBits() {
        return has(Feature.LA57) ? 57 : linearBits;
    }

    String brand() {
        return brand;
    }

    /** Highest basic leaf. */
    public int maxBasic() {
        return maxBasic;
    }

    /** Highest extended leaf; 0 where there is none. */
    int maxExtended() {
        return maxExtended;
    }

    List<CacheLevel> caches() {
        return caches;
    }

    /** Leaf 2, EAX to EDX; empty where leaf 4 stands for it. */
    int[] descriptors() {
        return descriptors;
    }
}
