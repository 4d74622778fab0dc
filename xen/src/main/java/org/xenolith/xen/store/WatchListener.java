package org.xenolith.xen.store;

/** Hears of changes at or below a watched path. */
@FunctionalInterface
public interface WatchListener {
    /**
     * Called after the operation that made the change; it may use the store itself.
     *
     * @param path the path that changed, relative if the watch was registered with a relative path
     * @param token the token given with the registration
     */
    void fired(String path, String token);
}
