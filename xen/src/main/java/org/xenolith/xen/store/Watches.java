package org.xenolith.xen.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * All watches, called in the order of their registration. A change decides at once who hears of it,
 * while the permissions that count are still there; the calls follow when the operation is done.
 */
final class Watches {
    private record Delivery(Watch watch, String path) {}

    private final Set<Watch> watches = new LinkedHashSet<>();
    private final Deque<Delivery> pending = new ArrayDeque<>();
    private boolean delivering;

    /** Registers a watch; throws ENOSPC or ENOMEM beyond the quota. */
    void add(Watch watch) throws StoreException {
        watch.owner().account().addWatch(watch.heldBytes());
        watches.add(watch);
    }

    void remove(Watch watch) {
        if (watches.remove(watch)) {
            watch.owner().account().dropWatch(watch.heldBytes());
        }
    }

    /** The watch that {@code session} calls by this full path and token, or null. */
    Watch find(Session session, String path, String token) {
        for (Watch watch : watches) {
            if (watch.isNamed(session, path, token)) {
                return watch;
            }
        }
        return null;
    }

    /** Ends all watches of a session. */
    void removeAll(Session session) {
        for (Watch watch : List.copyOf(watches)) {
            if (watch.owner() == session) {
                remove(watch);
            }
        }
    }

    /** Notes who is to hear of a change. */
    void changed(Change change) {
        for (Watch watch : watches) {
            if (watch.wants(change)) {
                pending.add(new Delivery(watch, change.path()));
            }
        }
    }

    /**
     * Calls the listeners; a change that one of them makes is delivered after those noted before.
     */
    void deliver() {
        if (delivering) {
            return;
        }
        delivering = true;
        try {
            Delivery next;
            while ((next = pending.poll()) != null) {
                if (watches.contains(next.watch())) {
                    next.watch().fire(next.path());
                }
            }
        } finally {
            delivering = false;
        }
    }
}
