package org.xenolith.cpu.engine;

/**
 * When code is translated. The lower, the more classes HotSpot must compile, beside a guest that
 * waits for them.
 *
 * @param warm executions of a block after which it becomes part of a baseline region
 * @param hot instructions executed from one block of a baseline region on, after which the block
 *     gets an optimized region; with 0 there are no baseline regions
 */
record Thresholds(int warm, long hot) {
    static final Thresholds DEFAULT = new Thresholds(3000, 3_000_000);

    /** Where regions are executed twice, which is slow, whatever code it is. */
    static final Thresholds VERIFYING = new Thresholds(500, 50_000);

    static final Thresholds NEVER = new Thresholds(Integer.MAX_VALUE, 0);

    static Thresholds of(Engine engine) {
        return engine == Engine.VERIFY ? VERIFYING : DEFAULT;
    }

    /** Only baseline regions, after so many executions. */
    static Thresholds baseline(int warm) {
        return new Thresholds(warm, Long.MAX_VALUE);
    }

    /** Only optimized regions, after so many executions. */
    static Thresholds optimized(int warm) {
        return new Thresholds(warm, 0);
    }
}
