package org.xenolith.pv.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Plans page tables for ranges of linear addresses: which tables are needed, and which page each
 * one is. Tables of one range follow each other from the root down, a level after the other.
 */
final class InitialTables {
    private static final long CANONICAL_BITS = (1L << 48) - 1;

    /** By level - 1: the address bits that select a table, to the table's pfn. */
    private final List<TreeMap<Long, Integer>> levels = new ArrayList<>();

    InitialTables() {
        for (int i = 0; i < 4; i++) {
            levels.add(new TreeMap<>());
        }
    }

    /**
     * Number of tables that a range needs besides those already planned.
     *
     * @param last of the range, inclusive
     */
    int count(long first, long last) {
        int n = 0;
        for (int level = 4; level >= 1; level--) {
            for (long t = select(level, first); t <= select(level, last); t++) {
                if (!levels.get(level - 1).containsKey(t)) {
                    n++;
                }
            }
        }
        return n;
    }

    /** Plans the tables that {@link #count} counts, from page {@code pfn} on. */
    void add(long first, long last, int pfn) {
        int next = pfn;
        for (int level = 4; level >= 1; level--) {
            for (long t = select(level, first); t <= select(level, last); t++) {
                if (!levels.get(level - 1).containsKey(t)) {
                    levels.get(level - 1).put(t, next++);
                }
            }
        }
    }

    /** Page of the root table. */
    int root() {
        return levels.get(3).firstEntry().getValue();
    }

    /** Page of the table of {@code level} with the entry for an address. */
    int table(int level, long va) {
        return levels.get(level - 1).get(select(level, va));
    }

    /** Told of each link from a table to the one below. */
    interface LinkWriter {
        /**
         * An entry of a table above L1.
         *
         * @param table pfn of the table
         * @param index of the entry
         * @param child pfn of the table it names
         */
        void link(int table, int index, int child);
    }

    void links(LinkWriter writer) {
        for (int level = 4; level > 1; level--) {
            for (Map.Entry<Long, Integer> child : levels.get(level - 2).entrySet()) {
                int parent = levels.get(level - 1).get(child.getKey() >>> 9);
                writer.link(parent, (int) (child.getKey() & 511), child.getValue());
            }
        }
    }

    /** The address bits above those that a table of that level resolves itself. */
    private static long select(int level, long va) {
        return (va & CANONICAL_BITS) >>> 12 + 9 * level;
    }
}
