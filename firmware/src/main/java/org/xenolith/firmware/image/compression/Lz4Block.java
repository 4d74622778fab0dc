package org.xenolith.firmware.image.compression;

import java.util.Arrays;

/**
 * One LZ4 block: sequences of a token byte, literals, and a match further back in the output (LZ4
 * block format description).
 */
final class Lz4Block {
    private static final int SHORTEST_MATCH = 4;

    private Lz4Block() {}

    /**
     * Unpacks {@code in[from, to)} to {@code out[start, end)}; matches reach back to {@code start}.
     *
     * @return the end of what was written, or -1 if the block is malformed or does not fit
     */
    static int unpack(byte[] in, int from, int to, byte[] out, int start, int end) {
        int at = from;
        int written = start;
        while (at < to) {
            int token = in[at++] & 0xff;

            int literals = token >>> 4;
            if (literals == 15) {
                int more;
                do {
                    if (at == to || literals > end) {
                        return -1;
                    }
                    more = in[at++] & 0xff;
                    literals += more;
                } while (more == 255);
            }
            if (literals > to - at || literals > end - written) {
                return -1;
            }
            System.arraycopy(in, at, out, written, literals);
            at += literals;
            written += literals;
            if (at == to) {
                return written; // The last sequence has no match.
            }

            if (to - at < 2) {
                return -1;
            }
            int distance = (in[at] & 0xff) | (in[at + 1] & 0xff) << 8;
            at += 2;
            int length = (token & 15) + SHORTEST_MATCH;
            if ((token & 15) == 15) {
                int more;
                do {
                    if (at == to || length > end) {
                        return -1;
                    }
                    more = in[at++] & 0xff;
                    length += more;
                } while (more == 255);
            }
            if (distance == 0 || distance > written - start || length > end - written) {
                return -1;
            }
            repeat(out, written, distance, length);
            written += length;
        }
        return -1;
    }

    /** Copies from {@code distance} bytes back; a match longer than that repeats itself. */
    private static void repeat(byte[] out, int to, int distance, int length) {
        int from = to - distance;
        if (distance >= length) {
            System.arraycopy(out, from, out, to, length);
        } else if (distance == 1) {
            Arrays.fill(out, to, to + length, out[from]);
        } else {
            for (int i = 0; i < length; i++) {
                out[to + i] = out[from + i];
            }
        }
    }
}
