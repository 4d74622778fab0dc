package org.xenolith.cpu.conformance;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what came of vectors. */
final class Scoreboard {
    /** Failures of one file that are shown. */
    private static final int SHOWN = 3;

    private final Map<Exclusion, Integer> excluded = new EnumMap<>(Exclusion.class);
    private final List<String> shown = new ArrayList<>();
    private int files;
    private int passed;
    private int failed;
    private int failedHere;

    void beginFile() {
        files++;
        failedHere = 0;
    }

    void pass() {
        passed++;
    }

    void exclude(Exclusion reason) {
        excluded.merge(reason, 1, Integer::sum);
    }

    void fail(String form, Vector vector, List<String> differences) {
        failed++;
        if (++failedHere <= SHOWN) {
            shown.add(
                    "%s #%d %s: %s"
                            .formatted(
                                    form,
                                    vector.index(),
                                    vector.text(),
                                    String.join(", ", differences)));
        }
    }

    /** Says how many of a file's failures are not shown. */
    void endFile(String form) {
        if (failedHere > SHOWN) {
            shown.add("%s: %d more".formatted(form, failedHere - SHOWN));
        }
    }

    int passed() {
        return passed;
    }

    int failed() {
        return failed;
    }

    int excluded() {
        return excluded.values().stream().mapToInt(Integer::intValue).sum();
    }

    void print(PrintStream out) {
        shown.forEach(out::println);
        out.printf(
                "%d files, %d vectors: %d passed, %d failed, %d excluded%n",
                files, passed + failed + excluded(), passed, failed, excluded());
        excluded.forEach((reason, count) -> out.printf("%9d  %s%n", count, reason.reason()));
    }
}
