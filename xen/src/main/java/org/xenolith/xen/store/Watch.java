package org.xenolith.xen.store;

/** A registered watch. */
public final class Watch {
    private final Watches registry;
    private final Session owner;
    private final String path;
    private final String token;
    private final int prefix;
    private final WatchListener listener;

    Watch(
            Watches registry,
            Session owner,
            String path,
            String token,
            int prefix,
            WatchListener listener) {
        this.registry = registry;
        this.owner = owner;
        this.path = path;
        this.token = token;
        this.prefix = prefix;
        this.listener = listener;
    }

    /** Stops this watch; it is not called any more. */
    public void cancel() {
        registry.remove(this);
    }

    Session owner() {
        return owner;
    }

    /** Whether this is the watch that {@code session} calls by this full path and token. */
    boolean isNamed(Session session, String fullPath, String itsToken) {
        return owner == session && path.equals(fullPath) && token.equals(itsToken);
    }

    boolean wants(Change change) {
        boolean inside =
                change.ownPathOnly()
                        ? change.path().equals(path)
                        : StorePath.isWithin(change.path(), path);
        return inside && change.visibleTo(owner.domid());
    }

    /** Calls the listener for the watched path, as each watch is once at its registration. */
    void fireFirst() {
        fire(path);
    }

    void fire(String changedPath) {
        listener.fired(changedPath.substring(prefix), token);
    }

    /** Bytes that this watch counts for in the domain's quota. */
    long heldBytes() {
        return path.length() + token.length();
    }
}
