package org.xenolith.cpu.model;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Features that a processor or a policy announces; immutable. */
public final class FeatureSet {
    private final EnumSet<Feature> features;
    private final int[] words = new int[FeatureWord.values().length];

    private FeatureSet(EnumSet<Feature> features) {
        this.features = features;
        for (Feature feature : features) {
            words[feature.word().ordinal()] |= feature.mask();
        }
    }

    /**
     * A set of these features.
     *
     * @throws IllegalArgumentException if one of them is not implemented
     */
    public static FeatureSet of(Collection<Feature> features) {
        EnumSet<Feature> set = EnumSet.noneOf(Feature.class);
        set.addAll(features);
        for (Feature feature : set) {
            if (!feature.implemented()) {
                throw new IllegalArgumentException(
                        "feature " + feature.label() + " is not implemented");
            }
        }
        return new FeatureSet(set);
    }

    /** See {@link #of(Collection)}. */
    public static FeatureSet of(Feature... features) {
        return of(Set.of(features));
    }

    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** The features in one register of CPUID. */
    public int bits(FeatureWord word) {
        return words[word.ordinal()];
    }

    /** A copy that may be changed. */
    public EnumSet<Feature> features() {
        return EnumSet.copyOf(features);
    }

    /** Names as in /proc/cpuinfo, in the order of the registers. */
    @Override
    public String toString() {
        return features.stream().map(Feature::label).collect(Collectors.joining(" "));
    }
}
