package org.xenolith.cli.trace;

import org.xenolith.cli.config.ConfigException;
import org.xenolith.xen.trace.TraceKind;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * {@code KIND[,KIND]...[:FILE]}.
 *
 * @param kinds what is traced, at least one
 * @param file where to; empty for standard error
 */
public record TraceOption(Set<TraceKind> kinds, Optional<Path> file) {
    /** Reads the option's value. */
    public static TraceOption parse(String text) throws ConfigException {
        int colon = text.indexOf(':');
        String words = colon < 0 ? text : text.substring(0, colon);
        EnumSet<TraceKind> kinds = EnumSet.noneOf(TraceKind.class);
        for (String word : words.split(",", -1)) {
            kinds.add(kind(word.strip()));
        }
        if (colon < 0) {
            return new TraceOption(kinds, Optional.empty());
        }
        try {
            String name = text.substring(colon + 1);
            if (name.isEmpty()) {
                throw new ConfigException("--trace: name a file behind the colon");
            }
            return new TraceOption(kinds, Optional.of(Path.of(name)));
        } catch (InvalidPathException e) {
            throw new ConfigException("--trace: not the name of a file");
        }
    }

    private static TraceKind kind(String word) throws ConfigException {
        for (TraceKind kind : TraceKind.values()) {
            if (kind.toString().equals(word)) {
                return kind;
            }
        }
        throw new ConfigException(
                "--trace: must name exits, hypercalls or traps, not '" + word + "'");
    }

    /** Whether the file is to hold JSON, an object a line. */
    boolean json() {
        return file.isPresent() && file.get().toString().endsWith(".jsonl");
    }
}
