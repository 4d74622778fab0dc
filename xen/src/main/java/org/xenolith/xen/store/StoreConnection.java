package org.xenolith.xen.store;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xenolith.xen.ring.RingPage;

/**
 * A guest's connection to the store through its ring page (xenstore-ring.txt).
 *
 * <p>A request is taken only when everything said before has gone into the ring, so a guest that
 * does not read its answers stops being served. Offsets that cannot be true, a message that is too
 * long, or more watch events waiting than the quota allows break the connection: its watches and
 * transactions end, the ring's error field and {@link #error()} say why, and nothing more is read
 * until the guest asks for a fresh start in the ring's connection field.
 *
 * <p>Not thread-safe; the machine's thread calls it.
 */
public final class StoreConnection {
    private static final Logger LOG = LoggerFactory.getLogger(StoreConnection.class);

    /** Most bytes taken from the guest in one {@link #service}: what the ring can hold. */
    private static final int SERVICE_BYTES = StoreRing.QUEUE_BYTES;

    private final int domid;
    private final StoreRing ring;
    private final Runnable notify;
    private final Session session;
    private final RequestHandler handler;
    private final MessageReader input = new MessageReader();
    private final OutputQueue output;
    private String error;
    private boolean failureLogged;
    private boolean closed;

    /**
     * Opens the connection and announces the store's features in the page.
     *
     * @param domid the guest, which requests act for
     * @param store the store
     * @param page the guest's xenstore page
     * @param notify sends the event of the store's port to the guest
     */
    public StoreConnection(int domid, XenStore store, RingPage page, Runnable notify) {
        this.domid = domid;
        this.notify = notify;
        ring = new StoreRing(page);
        session = new Session(domid, store);
        output = new OutputQueue(store.quotas().queuedEventBytes());
        handler = new RequestHandler(session, store, output::answer, this::watchFired);
        ring.announce();
    }

    /** The guest's domain number. */
    public int domid() {
        return domid;
    }

    /** Why the connection is broken, or null while it works. */
    public String error() {
        return error;
    }

    /**
     * Sends what waits and serves the requests that the guest has put into the ring, and tells the
     * guest if anything moved. To be called on each event from the guest.
     */
    public void service() {
        if (closed) {
            return;
        }
        if (ring.reconnectWanted()) {
            reconnect();
            return;
        }
        if (error != null) {
            return;
        }
        int moved = send();
        int budget = SERVICE_BYTES;
        while (error == null && output.isEmpty() && budget > 0) {
            int taken = receive(budget);
            if (taken <= 0) {
                break;
            }
            budget -= taken;
            moved += taken + send();
        }
        if (moved > 0) {
            notify.run();
        }
    }

    /** Ends the watches and transactions; the connection does nothing more. */
    public void close() {
        closed = true;
        drop();
    }

    /** Takes a piece of a request and answers it if that was the last; returns the bytes taken. */
    private int receive(int limit) {
        int taken = input.fill(ring, limit);
        if (taken == StoreRing.CORRUPT) {
            fail(StoreRing.ERROR_RINGIDX, "request offsets further apart than the ring's size");
            return 0;
        }
        if (input.isTooLong()) {
            fail(StoreRing.ERROR_PROTO, "a message longer than " + Message.PAYLOAD_MAX + " bytes");
            return taken;
        }
        Message request = input.take();
        if (request != null) {
            handler.handle(request);
        }
        return taken;
    }

    private int send() {
        if (error != null) {
            return 0;
        }
        int sent = output.sendTo(ring);
        if (sent == StoreRing.CORRUPT) {
            fail(StoreRing.ERROR_RINGIDX, "response offsets further apart than the ring's size");
            return 0;
        }
        return sent;
    }

    private void watchFired(String path, String token) {
        if (error != null) {
            return;
        }
        if (!output.event(path, token)) {
            fail(StoreRing.ERROR_COMM, "too many watch events that the guest does not read");
            return;
        }
        if (send() > 0) {
            notify.run();
        }
    }

    private void fail(int reason, String why) {
        error = "xenstore connection of domain " + domid + ": " + why;
        if (!failureLogged) {
            failureLogged = true;
            LOG.warn("{}", error);
        }
        drop();
        ring.fail(reason);
        notify.run();
    }

    private void reconnect() {
        drop();
        error = null;
        ring.reset();
        notify.run();
    }

    private void drop() {
        session.reset();
        input.clear();
        output.clear();
    }
}
