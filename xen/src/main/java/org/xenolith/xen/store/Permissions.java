package org.xenolith.xen.store;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The permission list of a node (xenstore.txt, "Each node has one or multiple permission entries").
 *
 * <p>The first entry names the owner, who may do everything, and its access is what domains without
 * an entry of their own get. Domain 0 may do everything on every node. Immutable.
 */
public final class Permissions {
    /** The control domain, exempt from permissions and quotas. */
    public static final int CONTROL_DOMAIN = 0;

    private static final int MAX_DOMID = 65535;

    private final List<Entry> entries;

    /** One entry: what domain {@code domid} (0 to 65535) may do. */
    public record Entry(int domid, Access access) {
        @Override
        public String toString() {
            return access.letter() + Integer.toString(domid);
        }
    }

    private Permissions(List<Entry> entries) {
        this.entries = entries;
    }

    /** The list with the given entries, the owner's first; at least one. */
    public static Permissions of(Entry owner, Entry... others) {
        List<Entry> all = new ArrayList<>(others.length + 1);
        all.add(owner);
        all.addAll(List.of(others));
        return new Permissions(List.copyOf(all));
    }

    /** Owned by {@code domid}, no access for others. */
    public static Permissions ownedBy(int domid) {
        return of(new Entry(domid, Access.NONE));
    }

    /** Owned by {@code owner} and readable by {@code reader}, as xl shows a guest its settings. */
    public static Permissions readableBy(int owner, int reader) {
        return of(new Entry(owner, Access.NONE), new Entry(reader, Access.READ));
    }

    /**
     * Reads entries such as {@code n0} and {@code r1}.
     *
     * @throws StoreException EINVAL for an empty list, an unknown letter or a bad domain number
     */
    static Permissions parse(List<String> texts) throws StoreException {
        if (texts.isEmpty()) {
            throw new StoreException(StoreError.EINVAL);
        }
        List<Entry> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            if (text.isEmpty()) {
                throw new StoreException(StoreError.EINVAL);
            }
            all.add(new Entry(parseDomid(text.substring(1)), Access.ofLetter(text.charAt(0))));
        }
        return new Permissions(List.copyOf(all));
    }

    /**
     * Reads a decimal domain number, 0 to 65535.
     *
     * @throws StoreException EINVAL
     */
    static int parseDomid(String text) throws StoreException {
        int domid = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new StoreException(StoreError.EINVAL);
            }
            domid = domid * 10 + digit;
            if (domid > MAX_DOMID) {
                throw new StoreException(StoreError.EINVAL);
            }
        }
        if (text.isEmpty()) {
            throw new StoreException(StoreError.EINVAL);
        }
        return domid;
    }

    /** The owner's domain number. */
    public int owner() {
        return entries.getFirst().domid();
    }

    /** The entries, the owner's first. */
    public List<Entry> entries() {
        return entries;
    }

    /** Whether {@code domid} has all of the {@code wanted} access. */
    boolean allows(int domid, Access wanted) {
        if (owns(domid)) {
            return true;
        }
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).domid() == domid) {
                return entries.get(i).access().covers(wanted);
            }
        }
        return entries.getFirst().access().covers(wanted);
    }

    /** Whether {@code domid} may act as the owner. */
    boolean owns(int domid) {
        return domid == CONTROL_DOMAIN || domid == owner();
    }

    /** The same list with another owner, as a guest's new node gets from its parent. */
    Permissions withOwner(int domid) {
        List<Entry> all = new ArrayList<>(entries);
        all.set(0, new Entry(domid, entries.getFirst().access()));
        return new Permissions(List.copyOf(all));
    }

    /** Whether {@code domid} has an entry beside the owner's. */
    boolean mentions(int domid) {
        return entries.stream().skip(1).anyMatch(entry -> entry.domid() == domid);
    }

    /** The same list without the entries of {@code domid}, except the owner's. */
    Permissions without(int domid) {
        List<Entry> all = new ArrayList<>(entries);
        all.subList(1, all.size()).removeIf(entry -> entry.domid() == domid);
        return new Permissions(List.copyOf(all));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Permissions that && entries.equals(that.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    /** The entries as the wire writes them, with commas: {@code n0,r1}. */
    @Override
    public String toString() {
        return entries.stream().map(Entry::toString).collect(Collectors.joining(","));
    }
}
