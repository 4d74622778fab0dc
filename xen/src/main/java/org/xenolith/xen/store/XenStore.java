package org.xenolith.xen.store;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The store of a machine: a tree of small values through which domains and the control domain find
 * each other (xenstore.txt). The public methods act for the control domain, which may do anything
 * and has no quotas; guests come in through a {@link StoreConnection}.
 *
 * <p>Not thread-safe: the machine's thread owns it.
 */
public final class XenStore {
    /** Most bytes in a value (io/xs_wire.h, XENSTORE_PAYLOAD_MAX). */
    public static final int VALUE_MAX = 4096;

    /** The special path that is watched for new domains. */
    public static final String INTRODUCE_DOMAIN = "@introduceDomain";

    /** The special path that is watched for domains that shut down or go away. */
    public static final String RELEASE_DOMAIN = "@releaseDomain";

    private final Quotas quotas;
    private final Map<Integer, Account> accounts = new TreeMap<>();
    private final Watches watches = new Watches();
    private final LiveTree tree;
    private final TreeSet<Integer> introduced = new TreeSet<>();
    private final Session control;

    /** A store with the usual quotas. */
    public XenStore() {
        this(Quotas.DEFAULT);
    }

    /** A store that holds each guest to {@code quotas}. */
    public XenStore(Quotas quotas) {
        this.quotas = quotas;
        tree = new LiveTree(this::account, watches::changed);
        Node special = Node.empty(Permissions.ownedBy(Permissions.CONTROL_DOMAIN));
        tree.put(INTRODUCE_DOMAIN, special);
        tree.put(RELEASE_DOMAIN, special);
        control = new Session(Permissions.CONTROL_DOMAIN, this);
    }

    /** The value at {@code path}; throws ENOENT. The array is the caller's. */
    public byte[] read(String path) throws StoreException {
        return control.read(0, path).value().clone();
    }

    /** The value at {@code path} as text, or null if there is no such node or path. */
    public String readText(String path) {
        Node node = tree.get(path);
        return node == null ? null : new String(node.value(), StandardCharsets.UTF_8);
    }

    /**
     * Sets a value, creating missing nodes with the permissions of the nearest node above.
     *
     * @throws StoreException EINVAL for a bad path, E2BIG for more than {@link #VALUE_MAX} bytes
     */
    public void write(String path, byte[] value) throws StoreException {
        if (value.length > VALUE_MAX) {
            throw new StoreException(StoreError.E2BIG);
        }
        control.write(0, path, value.clone());
    }

    /** Sets a value to text in UTF-8; see {@link #write(String, byte[])}. */
    public void write(String path, String value) throws StoreException {
        write(path, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Creates a node and those above it unless it exists; throws EINVAL for a bad path. */
    public void mkdir(String path) throws StoreException {
        control.makeDirectory(0, path);
    }

    /** Removes a node and all below; throws ENOENT if its parent does not exist, EINVAL for /. */
    public void rm(String path) throws StoreException {
        control.remove(0, path);
    }

    /** Names of the children in the order of their creation; throws ENOENT. */
    public List<String> list(String path) throws StoreException {
        return control.read(0, path).children();
    }

    /** The permissions of a node or special path; throws ENOENT. */
    public Permissions permissions(String path) throws StoreException {
        return control.permissions(0, path);
    }

    /** Replaces the permissions of a node or special path; throws ENOENT. */
    public void setPermissions(String path, Permissions permissions) throws StoreException {
        control.setPermissions(0, path, permissions);
    }

    /**
     * Calls {@code listener} now and after each change at or below {@code path}, which may be a
     * special path. Relative paths begin at domain 0's home.
     *
     * @throws StoreException EINVAL for a bad path, EEXIST for the same path and token again
     */
    public Watch watch(String path, String token, WatchListener listener) throws StoreException {
        Watch watch = control.addWatch(path, token, listener);
        watch.fireFirst();
        return watch;
    }

    /** Ends a watch of {@link #watch}; throws ENOENT. */
    public void unwatch(String path, String token) throws StoreException {
        control.removeWatch(path, token);
    }

    /** Notes that a domain has a connection and tells those who watch for it. */
    public void introduceDomain(int domid) {
        if (introduced.add(domid)) {
            fireSpecial(INTRODUCE_DOMAIN);
        }
    }

    /** Whether a domain was introduced and has not been released. */
    public boolean isIntroduced(int domid) {
        return introduced.contains(domid);
    }

    /** Tells those who watch for it that a domain has shut down or crashed but still exists. */
    public void domainShutDown(int domid) {
        if (introduced.contains(domid)) {
            fireSpecial(RELEASE_DOMAIN);
        }
    }

    /**
     * Forgets a domain: removes the nodes it owns with all below them, and its entries in other
     * nodes' permissions, so that a later domain of the same number inherits nothing.
     */
    public void releaseDomain(int domid) {
        if (domid == Permissions.CONTROL_DOMAIN) {
            throw new IllegalArgumentException("the control domain stays");
        }
        for (String path : tree.paths()) {
            Node node = tree.get(path);
            if (node == null) {
                continue;
            }
            boolean fixed = path.equals("/") || path.startsWith("@");
            if (node.permissions().owner() == domid && fixed) {
                tree.put(
                        path,
                        node.withPermissions(Permissions.ownedBy(Permissions.CONTROL_DOMAIN)));
            } else if (node.permissions().owner() == domid) {
                removeQuietly(path);
            } else if (node.permissions().mentions(domid)) {
                tree.put(path, node.withPermissions(node.permissions().without(domid)));
            }
        }
        if (introduced.remove(domid)) {
            fireSpecial(RELEASE_DOMAIN);
        }
    }

    private void removeQuietly(String path) {
        try {
            control.remove(0, path);
        } catch (StoreException e) {
            throw new IllegalStateException("the control domain may remove " + path, e);
        }
    }

    private void fireSpecial(String path) {
        watches.changed(new Change(path, false, List.of(tree.get(path).permissions())));
        watches.deliver();
    }

    LiveTree tree() {
        return tree;
    }

    Watches watches() {
        return watches;
    }

    Quotas quotas() {
        return quotas;
    }

    void deliverWatches() {
        watches.deliver();
    }

    Account account(int domid) {
        return accounts.computeIfAbsent(domid, id -> new Account(id, quotas));
    }
}
