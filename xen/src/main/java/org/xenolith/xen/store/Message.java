package org.xenolith.xen.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message: a header of four 32-bit numbers (type, request, transaction, length of the payload)
 * and the payload (io/xs_wire.h, struct xsd_sockmsg).
 *
 * @param type number of the type, which may be unknown
 * @param request the requester's number for the request, 0 in events
 * @param transaction number of the transaction, 0 for none
 * @param payload at most {@link #PAYLOAD_MAX} bytes
 */
record Message(int type, int request, int transaction, byte[] payload) {
    /** Bytes in the header. */
    static final int HEADER_BYTES = 16;

    /** Most bytes in a payload (io/xs_wire.h, XENSTORE_PAYLOAD_MAX). */
    static final int PAYLOAD_MAX = 4096;

    /** Payloads are bytes; this gives each byte one character. */
    static final Charset BYTES = StandardCharsets.ISO_8859_1;

    /** The answer of this message's type. */
    Message reply(byte[] answer) {
        return new Message(type, request, transaction, answer);
    }

    /** The answer that names an error. */
    Message error(StoreError error) {
        byte[] name = strings(error.name());
        return new Message(MessageType.ERROR.number(), request, transaction, name);
    }

    /** The event of a watch. */
    static Message watchEvent(String path, String token) {
        return new Message(MessageType.WATCH_EVENT.number(), 0, 0, strings(path, token));
    }

    /** Header and payload as they go over the wire. */
    byte[] encode() {
        return ByteBuffer.allocate(HEADER_BYTES + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type)
                .putInt(request)
                .putInt(transaction)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    /** Each text followed by a zero byte. */
    static byte[] strings(String... texts) {
        return strings(List.of(texts));
    }

    /** Each text followed by a zero byte. */
    static byte[] strings(List<String> texts) {
        StringBuilder all = new StringBuilder();
        for (String text : texts) {
            all.append(text).append('\0');
        }
        return all.toString().getBytes(BYTES);
    }

    /** The zero-terminated strings of the payload; bytes after the last zero are left out. */
    List<String> strings() {
        List<String> found = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < payload.length; i++) {
            if (payload[i] == 0) {
                found.add(new String(payload, start, i - start, BYTES));
                start = i + 1;
            }
        }
        return found;
    }

    /** The first string; throws EINVAL if no zero byte ends it. */
    String firstString() throws StoreException {
        for (int i = 0; i < payload.length; i++) {
            if (payload[i] == 0) {
                return new String(payload, 0, i, BYTES);
            }
        }
        throw new StoreException(StoreError.EINVAL);
    }

    /** The only string; throws EINVAL unless the payload is exactly one string and its zero. */
    String onlyString() throws StoreException {
        String first = firstString();
        if (first.length() + 1 != payload.length) {
            throw new StoreException(StoreError.EINVAL);
        }
        return first;
    }
}
