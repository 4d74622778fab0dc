package org.xenolith.cpu.host;

/**
 * Random contents for vector registers and memory, which are many: most of them come from a stock
 * that is made anew after some hundred cases, copied from a random place in it.
 */
final class LanePool {
    private static final int LANES = 2048;

    /** Most bytes that can be had at once. */
    private static final int MOST = 512;

    private static final int USES = 1024;

    private final CaseRandom random;
    private final byte[] stock = new byte[8 * LANES + MOST];
    private int left;

    LanePool(CaseRandom random) {
        this.random = random;
    }

    /**
     * Fills a part of an array.
     *
     * @param length at most 512
     */
    void fill(byte[] bytes, int at, int length) {
        if (left-- == 0) {
            for (int i = 0; i < stock.length; i += 8) {
                int run = i >> 8 & 3;
                long lane = run == 1 || run == 2 ? ordinary(run == 1) : FxImage.lane(random);
                Bytes.put64(stock, i, lane);
            }
            left = USES;
        }
        System.arraycopy(stock, 8 * random.nextInt(LANES), bytes, at, length);
    }

    /**
     * Numbers of the size that programs have: packed instructions seldom get only such otherwise.
     */
    private long ordinary(boolean doubles) {
        int n = random.nextInt();
        double first = (n >> 18) / 8.0;
        float second = (short) n / 64f;
        if (doubles) {
            return Double.doubleToRawLongBits((n & 3) == 0 ? (int) first : first);
        }
        long low = Float.floatToRawIntBits((float) first) & 0xffffffffL;
        return low | (long) Float.floatToRawIntBits(second) << 32;
    }
}
