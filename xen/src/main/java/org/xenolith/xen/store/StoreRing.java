package org.xenolith.xen.store;

import org.xenolith.xen.ring.ByteRing;
import org.xenolith.xen.ring.RingPage;

/**
 * The page between a guest and the store (xenstore-ring.txt; io/xs_wire.h): req[1024] from the
 * guest, rsp[1024] to it, their four offsets, then the store's features, the state of the
 * connection, which the guest uses to ask for a fresh start, and the reason why the store gave up.
 */
final class StoreRing {
    /** Result of a transfer that met offsets further apart than the queue's size. */
    static final int CORRUPT = ByteRing.CORRUPT;

    /** Bytes in each queue. */
    static final int QUEUE_BYTES = 1024;

    static final int REQ = 0;
    static final int RSP = 1024;
    static final int REQ_CONS = 2048;
    static final int REQ_PROD = 2052;
    static final int RSP_CONS = 2056;
    static final int RSP_PROD = 2060;
    static final int SERVER_FEATURES = 2064;
    static final int CONNECTION = 2068;
    static final int ERROR = 2072;

    /** The guest may ask for a fresh start. */
    static final int FEATURE_RECONNECTION = 1;

    /** The error field is used. */
    static final int FEATURE_ERROR = 2;

    static final int CONNECTED = 0;
    static final int RECONNECT = 1;

    static final int ERROR_NONE = 0;
    static final int ERROR_COMM = 1;
    static final int ERROR_RINGIDX = 2;
    static final int ERROR_PROTO = 3;

    private final RingPage page;
    private final ByteRing requests;
    private final ByteRing responses;

    StoreRing(RingPage page) {
        this.page = page;
        requests = new ByteRing(page, REQ, QUEUE_BYTES, REQ_CONS, REQ_PROD);
        responses = new ByteRing(page, RSP, QUEUE_BYTES, RSP_CONS, RSP_PROD);
    }

    /** Tells the guest what the store can do and that it listens. */
    void announce() {
        page.put32(SERVER_FEATURES, FEATURE_RECONNECTION | FEATURE_ERROR);
        page.put32(CONNECTION, CONNECTED);
        page.put32(ERROR, ERROR_NONE);
    }

    boolean reconnectWanted() {
        return page.get32(CONNECTION) == RECONNECT;
    }

    /** Empties both queues, then tells the guest that the connection is new. */
    void reset() {
        requests.reset();
        responses.reset();
        page.put32(ERROR, ERROR_NONE);
        page.put32(CONNECTION, CONNECTED);
    }

    void fail(int reason) {
        page.put32(ERROR, reason);
    }

    /** Takes up to {@code len} bytes of requests; returns how many, or {@link #CORRUPT}. */
    int read(byte[] dst, int off, int len) {
        return requests.read(dst, off, len);
    }

    /** Writes up to {@code len} bytes of responses; returns how many, or {@link #CORRUPT}. */
    int write(byte[] src, int off, int len) {
        return responses.write(src, off, len);
    }
}
