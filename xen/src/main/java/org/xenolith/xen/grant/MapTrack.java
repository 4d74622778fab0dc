package org.xenolith.xen.grant;

import java.util.ArrayList;
import java.util.List;

/** The grants that a domain has mapped, by handle. */
public final class MapTrack {
    /** Most mappings at a time: 1024 frames of 16-byte entries, as Xen allows. */
    public static final int LIMIT = 1024 * 256;

    /**
     * One mapping.
     *
     * @param domid the granter
     * @param ref its grant reference
     * @param mfn the frame behind it
     * @param flags GNTMAP_* of what is still mapped
     */
    public record Entry(int domid, int ref, long mfn, int flags) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

    /** Whether {@link #add} would find a handle. */
    public boolean hasRoom() {
        return !free.isEmpty() || entries.size() < LIMIT;
    }

    /** Remembers a mapping and returns its handle; only while {@link #hasRoom}. */
    public int add(Entry entry) {
        if (free.isEmpty()) {
            entries.add(entry);
            return entries.size() - 1;
        }
        int handle = free.removeLast();
        entries.set(handle, entry);
        return handle;
    }

    /** The mapping of a handle, or null. */
    public Entry get(int handle) {
        return handle >= 0 && handle < entries.size() ? entries.get(handle) : null;
    }

    /** Replaces the mapping of a handle in use. */
    public void set(int handle, Entry entry) {
        entries.set(handle, entry);
    }

    /** Forgets a mapping in use. */
    public void remove(int handle) {
        entries.set(handle, null);
        free.add(handle);
    }

    /** Number of handles that were ever given out; {@link #get} answers for each of them. */
    public int size() {
        return entries.size();
    }
}
