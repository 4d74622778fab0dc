package org.xenolith.cpu.host;

/**
 * Random numbers for cases: most of the time that making one takes. The sequence is SplitMix64's,
 * bounds are met by a multiplication instead of a division, which is biased by less than 2^-32.
 */
public final class CaseRandom {
    private static final long STEP = 0x9e3779b97f4a7c15L;

    private long state;

    public CaseRandom(long seed) {
        state = seed;
    }

    /** All 64-bit numbers. */
    public long nextLong() {
        long z = state += STEP;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** All 32-bit numbers. */
    public int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** Numbers from 0 to {@code bound} - 1; the bound is positive. */
    public int nextInt(int bound) {
        return (int) ((nextLong() >>> 32) * bound >>> 32);
    }

    /** Numbers from {@code origin} to {@code bound} - 1. */
    public int nextInt(int origin, int bound) {
        return origin + nextInt(bound - origin);
    }

    public boolean nextBoolean() {
        return nextLong() < 0;
    }

    public void nextBytes(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) nextLong();
        }
    }
}
