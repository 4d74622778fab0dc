package org.xenolith.cpu.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A named processor model: who made it, and what it can do. Models are the {@code *.cpu} resources
 * beside this class.
 *
 * @param name as on the command line, without changes
 * @param about one line for people
 * @param vendor twelve characters, as leaf 0 has them
 * @param brand brand string, at most 47 characters
 * @param family, model, stepping the signature's parts
 * @param physicalBits width of physical addresses
 * @param features what CPUID shows
 * @param missing names that the real model's table has and this processor does not implement
 */
public record CpuModel(
        String name,
        String about,
        String vendor,
        String brand,
        int family,
        int model,
        int stepping,
        int physicalBits,
        Set<Feature> features,
        Set<String> missing) {
    /** Names of all models, the default first. */
    public static final List<String> NAMES =
            List.of("max", "haswell", "epyc", "core2duo", "pentium4", "pentium3");

    /** What cannot be without something else: taken away together, added together. */
    private static final Map<Feature, Feature> NEEDS = needs();

    private static Map<Feature, Feature> needs() {
        Map<Feature, Feature> needs = new EnumMap<>(Feature.class);
        needs.put(Feature.SSE, Feature.FXSR);
        needs.put(Feature.SSE2, Feature.SSE);
        needs.put(Feature.SSE3, Feature.SSE2);
        needs.put(Feature.SSSE3, Feature.SSE3);
        needs.put(Feature.SSE4_1, Feature.SSSE3);
        needs.put(Feature.SSE4_2, Feature.SSE4_1);
        needs.put(Feature.AES, Feature.SSE2);
        needs.put(Feature.PCLMULQDQ, Feature.SSE2);
        needs.put(Feature.SHA, Feature.SSE2);
        needs.put(Feature.GFNI, Feature.SSE2);
        needs.put(Feature.AVX, Feature.XSAVE);
        needs.put(Feature.XSAVEOPT, Feature.XSAVE);
        needs.put(Feature.XSAVEC, Feature.XSAVE);
        needs.put(Feature.XGETBV1, Feature.XSAVE);
        needs.put(Feature.PKU, Feature.XSAVE);
        needs.put(Feature.AVX2, Feature.AVX);
        needs.put(Feature.FMA, Feature.AVX);
        needs.put(Feature.F16C, Feature.AVX);
        needs.put(Feature.VAES, Feature.AVX);
        needs.put(Feature.VPCLMULQDQ, Feature.AVX);
        needs.put(Feature.LM, Feature.PAE);
        needs.put(Feature.LA57, Feature.LM);
        needs.put(Feature.PCID, Feature.LM);
        needs.put(Feature.SYSCALL, Feature.LM);
        needs.put(Feature.X2APIC, Feature.APIC);
        needs.put(Feature.TSC_DEADLINE_TIMER, Feature.APIC);
        return needs;
    }

    /**
     * Reads a model as the command line names it.
     *
     * @param text {@code NAME[,+FEATURE|,-FEATURE]...}
     * @throws IllegalArgumentException with a line for people, if a name is unknown
     */
    public static CpuModel parse(String text) {
        String[] parts = text.split(",");
        if (!NAMES.contains(parts[0])) {
            throw new IllegalArgumentException(
                    "cpu: no model %s; there are %s".formatted(parts[0], String.join(", ", NAMES)));
        }
        CpuModel base = read(parts[0]);
        EnumSet<Feature> features = EnumSet.copyOf(base.features);
        for (String part : List.of(parts).subList(1, parts.length)) {
            boolean removes = part.startsWith("-");
            String name = removes || part.startsWith("+") ? part.substring(1) : part;
            Feature feature = Feature.named(name);
            if (feature == null) {
                throw new IllegalArgumentException(
                        "cpu: no feature %s that this processor has; see --cpu help"
                                .formatted(name));
            }
            if (removes) {
                remove(features, feature);
            } else {
                add(features, feature);
            }
        }
        return new CpuModel(
                base.name,
                base.about,
                base.vendor,
                base.brand,
                base.family,
                base.model,
                base.stepping,
                base.physicalBits,
                Set.copyOf(features),
                base.missing);
    }

    private static void add(Set<Feature> features, Feature feature) {
        features.add(feature);
        if (NEEDS.containsKey(feature)) {
            add(features, NEEDS.get(feature));
        }
    }

    private static void remove(Set<Feature> features, Feature feature) {
        features.remove(feature);
        for (Map.Entry<Feature, Feature> need : NEEDS.entrySet()) {
            if (need.getValue() == feature && features.contains(need.getKey())) {
                remove(features, need.getKey());
            }
        }
    }

    private static CpuModel read(String name) {
        Map<String, String> values = new LinkedHashMap<>();
        EnumSet<Feature> features = EnumSet.noneOf(Feature.class);
        TreeSet<String> missing = new TreeSet<>();
        try (var in =
                new BufferedReader(
                        new InputStreamReader(
                                CpuModel.class.getResourceAsStream(name + ".cpu"),
                                StandardCharsets.US_ASCII))) {
            String line;
            while ((line = in.readLine()) != null) {
                String text = line.strip();
                int equals = text.indexOf('=');
                if (text.isEmpty() || text.startsWith("#")) {
                    continue;
                }
                String key = text.substring(0, equals).strip();
                String value = text.substring(equals + 1).strip();
                if (!key.equals("features")) {
                    values.put(key, value);
                    continue;
                }
                if (value.equals("all")) {
                    features.addAll(EnumSet.allOf(Feature.class));
                    continue;
                }
                for (String feature : value.split("\\s+")) {
                    if (Feature.named(feature) != null) {
                        features.add(Feature.named(feature));
                    } else {
                        missing.add(feature);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new CpuModel(
                name,
                values.get("about"),
                values.get("vendor"),
                values.get("brand"),
                Integer.parseInt(values.get("family")),
                Integer.parseInt(values.get("model")),
                Integer.parseInt(values.get("stepping")),
                Integer.parseInt(values.get("physical-bits")),
                features,
                missing);
    }

    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** Whether it behaves as AMD's processors where makers differ. */
    public boolean amd() {
        return vendor.equals("AuthenticAMD");
    }

    /** Leaf 1, EAX: stepping, model, family. */
    public int signature() {
        int base = Math.min(family, 15);
        int extended = family - base;
        return extended << 20 | model >> 4 << 16 | base << 8 | (model & 15) << 4 | stepping;
    }

    /** All features in one register. */
    int bits(Feature.Word word) {
        int bits = 0;
        for (Feature feature : features) {
            if (feature.word() == word) {
                bits |= feature.mask();
            }
        }
        return bits;
    }

    /** The models, one a line with what each is, for {@code --cpu help}. */
    public static String help() {
        StringBuilder text = new StringBuilder("Models:\n");
        for (String name : NAMES) {
            text.append("  %-10s %s%n".formatted(name, read(name).about));
        }
        text.append("Features, to be added with ,+NAME and taken away with ,-NAME:\n ");
        for (Feature feature : Feature.values()) {
            text.append(' ').append(feature.label());
        }
        return text.append('\n').toString();
    }
}
