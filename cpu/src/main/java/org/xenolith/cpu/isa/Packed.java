package org.xenolith.cpu.isa;

/**
 * Arithmetic on the elements of one 64-bit lane. MMX instructions use one lane, SSE two.
 *
 * <p>Most functions work on all elements of the lane at once. Their element width is given by the
 * mask of the elements' top bits ({@link #B}, {@link #W}, {@link #D}): a sum without the top bits
 * cannot carry into the neighbour, and the top bit of the sum is then put right by exclusive or.
 */
final class Packed {
    /** Top bits of eight bytes. */
    static final long B = 0x8080808080808080L;

    /** Top bits of four words. */
    static final long W = 0x8000800080008000L;

    /** Top bits of two doublewords. */
    static final long D = 0x8000000080000000L;

    private static final long EVEN_BYTES = 0x00ff00ff00ff00ffL;

    private Packed() {}

    // ---- sums and comparisons ------------------------------------------------------------------

    static long add(long a, long b, long top) {
        return (a & ~top) + (b & ~top) ^ (a ^ b) & top;
    }

    static long sub(long a, long b, long top) {
        return (a | top) - (b & ~top) ^ (a ^ ~b) & top;
    }

    /** All ones in each element whose top bit is set in {@code bits}; the rest zero. */
    static long spread(long bits, long top) {
        return (bits << 1) - (bits >>> Long.numberOfTrailingZeros(top));
    }

    static long addUnsignedSaturated(long a, long b, long top) {
        long sum = add(a, b, top);
        return sum | spread((a & b | (a | b) & ~sum) & top, top);
    }

    static long subUnsignedSaturated(long a, long b, long top) {
        return sub(a, b, top) & ~below(a, b, top);
    }

    static long addSaturated(long a, long b, long top) {
        long sum = add(a, b, top);
        return saturate(sum, (a ^ sum) & (b ^ sum) & top, a, top);
    }

    static long subSaturated(long a, long b, long top) {
        long difference = sub(a, b, top);
        return saturate(difference, (a ^ b) & (a ^ difference) & top, a, top);
    }

    private static long saturate(long value, long overflow, long a, long top) {
        long limit = ~top + ((a & top) >>> Long.numberOfTrailingZeros(top));
        return select(spread(overflow, top), limit, value);
    }

    /** Bits of {@code a} where {@code mask} is one, of {@code b} elsewhere. */
    static long select(long mask, long a, long b) {
        return a & mask | b & ~mask;
    }

    /** Unsigned a &lt; b. */
    static long below(long a, long b, long top) {
        long low = (a | top) - (b & ~top);
        return spread((b & ~a | ~(a ^ b) & ~low) & top, top);
    }

    /** Signed a &gt; b. */
    static long greater(long a, long b, long top) {
        return below(b ^ top, a ^ top, top);
    }

    static long equal(long a, long b, long top) {
        long x = a ^ b;
        return spread(~((x & ~top) + ~top | x) & top, top);
    }

    static long greaterQuad(long a, long b) {
        return a > b ? -1 : 0;
    }

    static long equalQuad(long a, long b) {
        return a == b ? -1 : 0;
    }

    static long minUnsigned(long a, long b, long top) {
        return select(below(a, b, top), a, b);
    }

    static long maxUnsigned(long a, long b, long top) {
        return select(below(a, b, top), b, a);
    }

    static long min(long a, long b, long top) {
        return select(greater(a, b, top), b, a);
    }

    static long max(long a, long b, long top) {
        return select(greater(a, b, top), a, b);
    }

    /** Rounded unsigned average. */
    static long average(long a, long b, long top) {
        long lowest = top >>> Long.numberOfTrailingZeros(top);
        return (a | b) - (((a ^ b) & ~lowest) >>> 1);
    }

    static long abs(long b, long top) {
        long negative = spread(b & top, top);
        return sub(b ^ negative, negative, top);
    }

    /** {@code a} negated, zeroed or kept by the sign of {@code b} (PSIGN). */
    static long sign(long a, long b, long top) {
        long negative = spread(b & top, top);
        return sub(a ^ negative, negative, top) & ~equal(b, 0, top);
    }

    /** Sum of absolute differences of unsigned bytes. */
    static long sumOfDifferences(long a, long b) {
        long d = maxUnsigned(a, b, B) - minUnsigned(a, b, B);
        long sums = (d & EVEN_BYTES) + (d >>> 8 & EVEN_BYTES);
        return sums * 0x0001000100010001L >>> 48;
    }

    // ---- products ------------------------------------------------------------------------------

    static int word(long a, int i) {
        return (short) (a >> 16 * i);
    }

    static int byteAt(long a, int i) {
        return (byte) (a >> 8 * i);
    }

    static long multiplyLow(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= (word(a, i) * word(b, i) & 0xffffL) << 16 * i;
        }
        return r;
    }

    static long multiplyHigh(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= (word(a, i) * word(b, i) >> 16 & 0xffffL) << 16 * i;
        }
        return r;
    }

    static long multiplyHighUnsigned(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            int product = (word(a, i) & 0xffff) * (word(b, i) & 0xffff);
            r |= (long) (product >>> 16) << 16 * i;
        }
        return r;
    }

    static long multiplyHighRounded(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= ((word(a, i) * word(b, i) >> 14) + 1 >> 1 & 0xffffL) << 16 * i;
        }
        return r;
    }

    static long multiplyAddWords(long a, long b) {
        int low = word(a, 0) * word(b, 0) + word(a, 1) * word(b, 1);
        int high = word(a, 2) * word(b, 2) + word(a, 3) * word(b, 3);
        return dwords(low, high);
    }

    /** PMADDUBSW: unsigned bytes of {@code a} times signed bytes of {@code b}. */
    static long multiplyAddBytes(long a, long b) {
        long r = 0;
        for (int i = 0; i < 8; i += 2) {
            int sum =
                    (byteAt(a, i) & 0xff) * byteAt(b, i)
                            + (byteAt(a, i + 1) & 0xff) * byteAt(b, i + 1);
            r |= (clampWord(sum) & 0xffffL) << 8 * i;
        }
        return r;
    }

    static long multiplyDwords(long a, long b) {
        return dwords((int) a * (int) b, (int) (a >> 32) * (int) (b >> 32));
    }

    static long multiplyUnsignedQuad(long a, long b) {
        return (a & 0xffffffffL) * (b & 0xffffffffL);
    }

    static long multiplySignedQuad(long a, long b) {
        return (long) (int) a * (int) b;
    }

    static long dwords(int low, int high) {
        return low & 0xffffffffL | (long) high << 32;
    }

    // ---- shifts --------------------------------------------------------------------------------

    static long shiftLeft(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        if (Long.compareUnsigned(count, width) >= 0) {
            return 0;
        }
        long lowest = top >>> width - 1;
        return a << count & ~((lowest << count) - lowest);
    }

    static long shiftRight(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        if (Long.compareUnsigned(count, width) >= 0) {
            return 0;
        }
        long lowest = top >>> width - 1;
        return a >>> count & (lowest << width - count) - lowest;
    }

    static long shiftRightArithmetic(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        int n = Long.compareUnsigned(count, width) >= 0 ? width - 1 : (int) count;
        long negative = spread(a & top, top);
        // shifting the complement of negative elements brings in zeros, which then become ones
        return shiftRight(a ^ negative, n, top) ^ negative;
    }

    static long shiftLeftQuad(long a, long count) {
        return Long.compareUnsigned(count, 64) >= 0 ? 0 : a << count;
    }

    static long shiftRightQuad(long a, long count) {
        return Long.compareUnsigned(count, 64) >= 0 ? 0 : a >>> count;
    }

    // ---- packing, unpacking, horizontal --------------------------------------------------------

    private static int clampWord(int v) {
        return Math.clamp(v, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** Eight signed-saturated bytes: words of {@code a} low, of {@code b} high. */
    static long packSignedBytes(long a, long b) {
        return evenBytes(narrowSigned(a, W, 8)) | evenBytes(narrowSigned(b, W, 8)) << 32;
    }

    static long packUnsignedBytes(long a, long b) {
        return evenBytes(narrowUnsigned(a, W, 8)) | evenBytes(narrowUnsigned(b, W, 8)) << 32;
    }

    static long packSignedWords(long a, long b) {
        long low = narrowSigned(a, D, 16);
        long high = narrowSigned(b, D, 16);
        return evenWords(low, high);
    }

    static long packUnsignedWords(long a, long b) {
        long low = narrowUnsigned(a, D, 16);
        long high = narrowUnsigned(b, D, 16);
        return evenWords(low, high);
    }

    /**
     * Saturates signed elements to signed ones of half their width, {@code half} bits, which are in
     * the lower halves of the result. Elements fit if adding half of the range leaves nothing in
     * the upper half.
     */
    private static long narrowSigned(long a, long top, int half) {
        long lowest = top >>> 2 * half - 1;
        long sum = add(a, lowest << half - 1, top);
        long misfits = occupied(sum >>> half, lowest, half);
        long limit = (lowest << half - 1) - lowest + (a >>> 2 * half - 1 & lowest);
        return select(misfits, limit, a) & (lowest << half) - lowest;
    }

    /** The same to unsigned elements: negative ones become zero. */
    private static long narrowUnsigned(long a, long top, int half) {
        long lowest = top >>> 2 * half - 1;
        long ones = (1L << half) - 1;
        long misfits = occupied(a >>> half, lowest, half);
        long negative = (a >>> 2 * half - 1 & lowest) * ones;
        return (a | misfits) & ~negative & lowest * ones;
    }

    /** Ones in the lower half of each element of which that is not zero. */
    private static long occupied(long a, long lowest, int half) {
        long ones = (lowest << half) - lowest;
        return ((a & ones) + ones >>> half & lowest) * ((1L << half) - 1);
    }

    /** The lower bytes of four words, whose upper ones are zero. */
    private static long evenBytes(long a) {
        long r = (a | a >>> 8) & 0x0000ffff0000ffffL;
        return (r | r >>> 16) & 0xffffffffL;
    }

    /** Spreads the low four bytes over four words, zero-extended. */
    static long bytesToWords(long a) {
        long r = (a | a << 16) & 0x0000ffff0000ffffL;
        return (r | r << 8) & EVEN_BYTES;
    }

    private static long wordsToDwords(long a) {
        return a & 0xffff | (a & 0xffff0000L) << 16;
    }

    static long unpackLowBytes(long a, long b) {
        return bytesToWords(a & 0xffffffffL) | bytesToWords(b & 0xffffffffL) << 8;
    }

    static long unpackHighBytes(long a, long b) {
        return unpackLowBytes(a >>> 32, b >>> 32);
    }

    static long unpackLowWords(long a, long b) {
        return wordsToDwords(a) | wordsToDwords(b) << 16;
    }

    static long unpackHighWords(long a, long b) {
        return unpackLowWords(a >>> 32, b >>> 32);
    }

    static long unpackLowDwords(long a, long b) {
        return a & 0xffffffffL | b << 32;
    }

    static long unpackHighDwords(long a, long b) {
        return a >>> 32 | b & 0xffffffff00000000L;
    }

    /** Even words of {@code a} (low half of the result) and of {@code b}. */
    private static long evenWords(long a, long b) {
        return a & 0xffff | a >>> 16 & 0xffff0000L | (b & 0xffff) << 32 | (b >>> 32) << 48;
    }

    static long horizontalAddWords(long a, long b) {
        return add(evenWords(a, b), evenWords(a >>> 16, b >>> 16), W);
    }

    static long horizontalSubWords(long a, long b) {
        return sub(evenWords(a, b), evenWords(a >>> 16, b >>> 16), W);
    }

    static long horizontalAddWordsSaturated(long a, long b) {
        return addSaturated(evenWords(a, b), evenWords(a >>> 16, b >>> 16), W);
    }

    static long horizontalSubWordsSaturated(long a, long b) {
        return subSaturated(evenWords(a, b), evenWords(a >>> 16, b >>> 16), W);
    }

    static long horizontalAddDwords(long a, long b) {
        return dwords((int) a + (int) (a >> 32), (int) b + (int) (b >> 32));
    }

    static long horizontalSubDwords(long a, long b) {
        return dwords((int) a - (int) (a >> 32), (int) b - (int) (b >> 32));
    }

    // ---- selection -----------------------------------------------------------------------------

    /** Four words of {@code a} chosen by two bits each of {@code order}. */
    static long shuffleWords(long a, int order) {
        return a >>> 16 * (order & 3) & 0xffff
                | (a >>> 16 * (order >> 2 & 3) & 0xffff) << 16
                | (a >>> 16 * (order >> 4 & 3) & 0xffff) << 32
                | a >>> 16 * (order >> 6 & 3) << 48;
    }

    /** The top bits of eight bytes, gathered. */
    static long byteMask(long a) {
        return ((a & B) >>> 7) * 0x0102040810204080L >>> 56;
    }
}
