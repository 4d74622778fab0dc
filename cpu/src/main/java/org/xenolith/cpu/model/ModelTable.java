package org.xenolith.cpu.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's table, {@code NAME.cpu} in this package: lines of a key and its value, {@code #} starts
 * a comment. {@code max.cpu} explains the keys.
 */
final class ModelTable {
    private final String file;
    private final Map<String, String> values = new HashMap<>();
    private final List<CacheLevel> caches = new ArrayList<>();
    private final EnumSet<Feature> features = EnumSet.noneOf(Feature.class);

    private ModelTable(String file) {
        this.file = file;
    }

    /**
     * Reads a model's table.
     *
     * @throws IllegalStateException if it is missing or makes no sense
     */
    static ModelTable read(String model) {
        ModelTable table = new ModelTable(model + ".cpu");
        try (InputStream in = ModelTable.class.getResourceAsStream(table.file)) {
            if (in == null) {
                throw new IllegalStateException("no table " + table.file);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            text.lines().map(l -> l.replaceFirst("#.*", "").strip()).forEach(table::line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    private void line(String line) {
        if (line.isEmpty()) {
            return;
        }
        String[] parts = line.split("\\s+", 2);
        if (parts.length < 2) {
            throw new IllegalStateException(file + ": no value in \"" + line + "\"");
        }
        switch (parts[0]) {
            case "cache" -> caches.add(CacheLevel.parse(parts[1]));
            case "features" -> addFeatures(parts[1]);
            case "without" -> features.removeAll(named(parts[1]));
            default -> {
                if (values.put(parts[0], parts[1]) != null) {
                    throw new IllegalStateException(file + ": " + parts[0] + " stands twice");
                }
            }
        }
    }

    private void addFeatures(String names) {
        if (!names.equals("all")) {
            features.addAll(named(names));
            return;
        }
        for (Feature feature : Feature.values()) {
            if (feature.implemented() && !feature.dynamic()) {
                features.add(feature);
            }
        }
    }

    private List<Feature> named(String names) {
        List<Feature> list = new ArrayList<>();
        for (String name : names.split("\\s+")) {
            Feature feature =
                    Feature.named(name)
                            .orElseThrow(
                                    () -> new IllegalStateException(file + ": feature " + name));
            if (feature.dynamic()) {
                throw new IllegalStateException(file + ": " + name + " is not a model's to have");
            }
            list.add(feature);
        }
        return list;
    }

    String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalStateException(file + ": no " + key);
        }
        return value;
    }

    /** A number, decimal or after 0x. */
    int number(String key) {
        return Long.decode(text(key)).intValue();
    }

    /** Numbers separated by blanks; none where the key is missing. */
    int[] numbers(String key) {
        if (!values.containsKey(key)) {
            return new int[0];
        }
        String[] words = text(key).split("\\s+");
        int[] numbers = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Long.decode(words[i]).intValue();
        }
        return numbers;
    }

    List<CacheLevel> caches() {
        return caches;
    }

    /** All features that the table lists, implemented or not. */
    EnumSet<Feature> features() {
        return features;
    }
}
