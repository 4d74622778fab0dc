package org.xenolith.xen.domain;

/** A ring of the last hypercalls of one processor. */
public final class HypercallTrace {
    private static final int SIZE = 16;

    private final long[] numbers = new long[SIZE];
    private final long[] firsts = new long[SIZE];
    private final long[] seconds = new long[SIZE];
    private final long[] results = new long[SIZE];
    private final boolean[] finished = new boolean[SIZE];
    private long count;

    /** Remembers that a hypercall begins; returns a mark for {@link #end}. */
    public long begin(long number, long a1, long a2) {
        int at = (int) (count % SIZE);
        numbers[at] = number;
        firsts[at] = a1;
        seconds[at] = a2;
        finished[at] = false;
        return count++;
    }

    /** Adds the result, unless so many have begun since (in a multicall) that it is forgotten. */
    public void end(long mark, long result) {
        if (count - mark <= SIZE) {
            int at = (int) (mark % SIZE);
            results[at] = result;
            finished[at] = true;
        }
    }

    /** The calls, oldest first, a line each; empty if there were none. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (long k = Math.max(0, count - SIZE); k < count; k++) {
            int at = (int) (k % SIZE);
            text.append(
                    "  hypercall %d (0x%x, 0x%x)%s\n"
                            .formatted(
                                    numbers[at],
                                    firsts[at],
                                    seconds[at],
                                    finished[at] ? " = " + results[at] : " in progress"));
        }
        return text.isEmpty() ? "" : "last hypercalls, oldest first:\n" + text;
    }
}
