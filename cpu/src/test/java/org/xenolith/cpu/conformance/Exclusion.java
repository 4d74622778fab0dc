package org.xenolith.cpu.conformance;

import java.util.function.Predicate;

/**
 * What an older processor does that ours, which follows Haswell, does not. Each names the vectors
 * that show it, by what is recorded and never by what our processor makes of them.
 */
enum Exclusion {
    LOCK_286(
            Generation.I80286,
            "LOCK before any instruction; now #UD unless it reads and writes memory",
            v -> v.hasPrefix(0xf0)),
    LENGTH_286(
            Generation.I80286,
            "instructions of more than 10 bytes raise #UD; the limit is now 15, and #GP",
            v -> v.exception() == 6 && v.code().length > 10);

    private final Generation generation;
    private final String reason;
    private final Predicate<Vector> shows;

    Exclusion(Generation generation, String reason, Predicate<Vector> shows) {
        this.generation = generation;
        this.reason = reason;
        this.shows = shows;
    }

    /** Why our processor differs. */
    String reason() {
        return reason;
    }

    /** The first that names a vector, or null if it must pass. */
    static Exclusion of(Generation generation, Vector vector) {
        for (Exclusion each : values()) {
            if (each.generation == generation && each.shows.test(vector)) {
                return each;
            }
        }
        return null;
    }
}
