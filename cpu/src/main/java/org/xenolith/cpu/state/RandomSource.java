package org.xenolith.cpu.state;

/**
 * What RDRAND and RDSEED read: a generator with a seed, so that runs repeat (Steele, Lea and Flood,
 * "Fast splittable pseudorandom number generators", 2014). Nothing of the host's enters it.
 */
public final class RandomSource {
    private static final long STEP = 0x9e3779b97f4a7c15L;

    private long state;

    /** Starts a sequence; give each processor of a machine a seed of its own. */
    public void seed(long seed) {
        state = seed;
    }

    /** What {@link #seed} would have to be given for the sequence to go on as it does now. */
    public long state() {
        return state;
    }

    /** The next 64 bits. */
    public long next() {
        state += STEP;
        long z = state;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
