package org.xenolith.xen.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts a message together from the pieces in which it arrives. */
final class MessageReader {
    private static final int TYPE = 0;
    private static final int REQUEST = 4;
    private static final int TRANSACTION = 8;
    private static final int LENGTH = 12;

    private final byte[] buffer = new byte[Message.HEADER_BYTES + Message.PAYLOAD_MAX];
    private final ByteBuffer header = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
    private int filled;

    /** Takes up to {@code limit} bytes; returns how many, or {@link StoreRing#CORRUPT}. */
    int fill(StoreRing ring, int limit) {
        int count = ring.read(buffer, filled, Math.min(limit, wanted() - filled));
        if (count > 0) {
            filled += count;
        }
        return count;
    }

    private int wanted() {
        return filled < Message.HEADER_BYTES
                ? Message.HEADER_BYTES
                : Message.HEADER_BYTES + header.getInt(LENGTH);
    }

    /** Whether the header announces more payload than a message may have; nothing follows it. */
    boolean isTooLong() {
        return filled >= Message.HEADER_BYTES
                && Integer.compareUnsigned(header.getInt(LENGTH), Message.PAYLOAD_MAX) > 0;
    }

    /** The message, once it is complete, or null. */
    Message take() {
        if (filled < Message.HEADER_BYTES || filled < wanted()) {
            return null;
        }
        byte[] payload = new byte[filled - Message.HEADER_BYTES];
        System.arraycopy(buffer, Message.HEADER_BYTES, payload, 0, payload.length);
        filled = 0;
        return new Message(
                header.getInt(TYPE), header.getInt(REQUEST), header.getInt(TRANSACTION), payload);
    }

    void clear() {
        filled = 0;
    }
}
