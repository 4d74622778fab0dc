package org.xenolith.xen.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Messages on their way to a guest, in order. Answers need no limit here, since a request is only
 * taken when the queue is empty; watch events have one. An event that is already waiting is not
 * queued again: the guest will look at the path after it either way.
 */
final class OutputQueue {
    /** A message; {@code event} is its key among the waiting events, null for an answer. */
    private record Item(byte[] bytes, String event) {}

    private final int eventLimit;
    private final Deque<Item> items = new ArrayDeque<>();
    private final Set<String> waiting = new HashSet<>();
    private int eventBytes;
    private int sent;

    /** A queue that holds at most {@code eventLimit} bytes of events. */
    OutputQueue(int eventLimit) {
        this.eventLimit = eventLimit;
    }

    void answer(Message message) {
        items.add(new Item(message.encode(), null));
    }

    /** Queues an event unless the same one waits; false if there is no room for it. */
    boolean event(String path, String token) {
        String key = path + '\0' + token;
        if (waiting.contains(key)) {
            return true;
        }
        byte[] bytes = Message.watchEvent(path, token).encode();
        if (eventBytes + bytes.length > eventLimit) {
            return false;
        }
        eventBytes += bytes.length;
        waiting.add(key);
        items.add(new Item(bytes, key));
        return true;
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** Moves as much as fits into the ring; returns the bytes, or {@link StoreRing#CORRUPT}. */
    int sendTo(StoreRing ring) {
        int total = 0;
        Item head;
        while ((head = items.peek()) != null) {
            int count = ring.write(head.bytes(), sent, head.bytes().length - sent);
            if (count == StoreRing.CORRUPT) {
                return StoreRing.CORRUPT;
            }
            total += count;
            sent += count;
            if (head.event() != null && count > 0) {
                waiting.remove(head.event());
            }
            if (sent < head.bytes().length) {
                break;
            }
            items.remove();
            sent = 0;
            if (head.event() != null) {
                eventBytes -= head.bytes().length;
            }
        }
        return total;
    }

    void clear() {
        items.clear();
        waiting.clear();
        eventBytes = 0;
        sent = 0;
    }
}
