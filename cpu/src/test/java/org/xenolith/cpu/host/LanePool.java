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
                Bytes.put64(stock, i, FxImage.lane(random));
            }
            left = USES;
        }
        System.arraycopy(stock, 8 * random.nextInt(LANES), bytes, at, length);
    }
}
