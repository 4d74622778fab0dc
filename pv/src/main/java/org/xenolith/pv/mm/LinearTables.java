package org.xenolith.pv.mm;

import java.util.HashMap;
import java.util.Map;

/**
 * Linear page tables: a table of level 2 to 4 that names, read-only, a table of its own level, so
 * that the tables appear as memory. An entry that names its own table is simple and holds no
 * reference. Between different tables, one that has such entries must not be named in others, so
 * that dropping the last reference never follows a chain or a cycle.
 */
final class LinearTables {
    /** By mfn: entries of that table to others (positive), or of others to it (negative). */
    private final Map<Long, Integer> links = new HashMap<>();

    private int selfEntries;

    /** Notes an entry of {@code container} that names {@code target}; false if it may not. */
    boolean link(long container, long target) {
        int from = links.getOrDefault(container, 0);
        int to = links.getOrDefault(target, 0);
        if (from < 0 || to > 0) {
            return false;
        }
        links.put(container, from + 1);
        links.put(target, to - 1);
        return true;
    }

    void unlink(long container, long target) {
        links.merge(container, -1, LinearTables::sumOrAbsent);
        links.merge(target, 1, LinearTables::sumOrAbsent);
    }

    void linkSelf() {
        selfEntries++;
    }

    void unlinkSelf() {
        selfEntries--;
    }

    /** Whether the domain has any: then a change above L1 changes what linear addresses show. */
    boolean inUse() {
        return selfEntries != 0 || !links.isEmpty();
    }

    private static Integer sumOrAbsent(Integer a, Integer b) {
        int sum = a + b;
        return sum == 0 ? null : sum;
    }
}
