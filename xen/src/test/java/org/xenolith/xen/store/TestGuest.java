package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.xenolith.xen.ring.ByteArrayRingPage;
import org.xenolith.xen.ring.ByteRing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The guest's end of a connection: it sends requests through the page and collects what arrives.
 */
final class TestGuest {
    final ByteArrayRingPage page = new ByteArrayRingPage();
    final StoreConnection connection;
    final List<Message> events = new ArrayList<>();
    int notifications;

    private final ByteRing requests =
            new ByteRing(
                    page,
                    StoreRing.REQ,
                    StoreRing.QUEUE_BYTES,
                    StoreRing.REQ_CONS,
                    StoreRing.REQ_PROD);
    private final ByteRing responses =
            new ByteRing(
                    page,
                    StoreRing.RSP,
                    StoreRing.QUEUE_BYTES,
                    StoreRing.RSP_CONS,
                    StoreRing.RSP_PROD);
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    private int nextRequest = 100;

    TestGuest(int domid, XenStore store) {
        connection = new StoreConnection(domid, store, page, () -> notifications++);
    }

    static Message message(int type, int request, int transaction, byte[] payload) {
        return new Message(type, request, transaction, payload);
    }

    /** Puts raw bytes into the ring, serving the connection whenever the ring is full. */
    void sendBytes(byte[] bytes) {
        int off = 0;
        while (off < bytes.length) {
            int count = requests.write(bytes, off, bytes.length - off);
            off += count;
            connection.service();
            collect();
            if (count == 0 && requests.space() == 0) {
                throw new AssertionError("the connection takes nothing more");
            }
        }
    }

    /** Puts raw bytes into the ring without serving the connection; returns how many fit. */
    int putBytes(byte[] bytes) {
        return requests.write(bytes, 0, bytes.length);
    }

    /** Reads all that is in the response queue. */
    void collect() {
        byte[] chunk = new byte[StoreRing.QUEUE_BYTES];
        int count = responses.read(chunk, 0, chunk.length);
        arrived.write(chunk, 0, count);
    }

    /** Everything that arrived, in order, serving until the connection has nothing more to say. */
    List<Message> receiveAll() {
        int before;
        do {
            before = arrived.size();
            collect();
            connection.service();
            collect();
        } while (arrived.size() != before);
        List<Message> messages = new ArrayList<>();
        ByteBuffer all = ByteBuffer.wrap(arrived.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        while (all.remaining() >= Message.HEADER_BYTES) {
            int type = all.getInt();
            int request = all.getInt();
            int transaction = all.getInt();
            byte[] payload = new byte[all.getInt()];
            all.get(payload);
            messages.add(message(type, request, transaction, payload));
        }
        assertEquals(0, all.remaining(), "an incomplete message stayed in the ring");
        arrived.reset();
        return messages;
    }

    /** Sends a request and returns its answer; events go to {@link #events}. */
    Message ask(MessageType type, int transaction, byte[] payload) {
        return ask(type.number(), transaction, payload);
    }

    Message ask(int type, int transaction, byte[] payload) {
        int number = nextRequest++;
        sendBytes(message(type, number, transaction, payload).encode());
        Message answer = null;
        for (Message each : receiveAll()) {
            if (each.type() == MessageType.WATCH_EVENT.number()) {
                events.add(each);
            } else {
                assertNull(answer, "two answers");
                answer = each;
            }
        }
        assertNotNull(answer, "no answer");
        assertEquals(number, answer.request());
        assertEquals(transaction, answer.transaction());
        return answer;
    }

    /** Asks with zero-terminated strings; returns the answer's text, or the error's name. */
    String text(MessageType type, int transaction, String... arguments) {
        return textOf(type, ask(type, transaction, Message.strings(arguments)));
    }

    String write(int transaction, String path, String value) {
        byte[] name = Message.strings(path);
        byte[] payload = Arrays.copyOf(name, name.length + value.length());
        byte[] bytes = value.getBytes(Message.BYTES);
        System.arraycopy(bytes, 0, payload, name.length, bytes.length);
        return textOf(MessageType.WRITE, ask(MessageType.WRITE, transaction, payload));
    }

    private static String textOf(MessageType type, Message answer) {
        String text = new String(answer.payload(), Message.BYTES).replace('\0', '|');
        if (answer.type() == MessageType.ERROR.number()) {
            return text.substring(0, text.length() - 1);
        }
        assertEquals(type.number(), answer.type());
        return text;
    }

    int startTransaction() {
        String number = text(MessageType.TRANSACTION_START, 0, "");
        return Integer.parseUnsignedInt(number.substring(0, number.length() - 1));
    }

    /** The events since the last call, each as {@code path|token}. */
    List<String> takeEvents() {
        for (Message each : receiveAll()) {
            assertEquals(MessageType.WATCH_EVENT.number(), each.type());
            events.add(each);
        }
        List<String> texts = new ArrayList<>();
        for (Message event : events) {
            assertEquals(0, event.request());
            assertEquals(0, event.transaction());
            texts.add(String.join("|", event.strings()));
        }
        events.clear();
        return texts;
    }
}
