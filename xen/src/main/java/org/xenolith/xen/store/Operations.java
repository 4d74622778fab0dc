package org.xenolith.xen.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * What one domain's requests do to a table of nodes, with the permission and quota rules
 * (xenstore.txt, "Database read, write and permissions operations"). An operation checks everything
 * before it changes anything, except that a transaction may run out of memory on the way. Parents
 * and children always agree in the live tree; a transaction may see them at odds, see {@link
 * Transaction}.
 */
final class Operations {
    private final int domid;
    private final Account account;

    /** Operations in the name of {@code domid}, which {@code account} belongs to. */
    Operations(int domid, Account account) {
        this.domid = domid;
        this.account = account;
    }

    /**
     * The node at {@code path}, if the domain has the {@code wanted} access.
     *
     * @throws StoreException EACCES, or ENOENT to those who may know that it does not exist
     */
    Node lookUp(NodeTable table, String path, Access wanted) throws StoreException {
        Node node = table.get(path);
        if (node == null) {
            throw new StoreException(absenceOf(table, path, wanted));
        }
        if (!node.permissions().allows(domid, wanted)) {
            throw new StoreException(StoreError.EACCES);
        }
        return node;
    }

    /** ENOENT if the nearest node above grants the access, else EACCES, which gives away less. */
    private StoreError absenceOf(NodeTable table, String path, Access wanted)
            throws StoreException {
        String above = path;
        Node node;
        do {
            above = StorePath.parent(above);
            node = table.get(above);
        } while (node == null);
        return node.permissions().allows(domid, wanted) ? StoreError.ENOENT : StoreError.EACCES;
    }

    /** WRITE: sets the value, creating the node and those above it. */
    void write(NodeTable table, String path, byte[] value) throws StoreException {
        Node node = lookUpOrAbsent(table, path);
        if (node == null) {
            create(table, path, value);
        } else {
            Node written = node.withValue(value);
            account.checkNodeSize(written);
            table.put(path, written);
        }
        table.changed(Change.of(table, path, false, null));
    }

    /** MKDIR: creates the node and those above it unless it exists. */
    void makeDirectory(NodeTable table, String path) throws StoreException {
        if (lookUpOrAbsent(table, path) == null) {
            create(table, path, new byte[0]);
            table.changed(Change.of(table, path, false, null));
        }
    }

    /** The writable node, or null where one may be created or has nothing to be removed. */
    private Node lookUpOrAbsent(NodeTable table, String path) throws StoreException {
        if (table.get(path) != null) {
            return lookUp(table, path, Access.WRITE);
        }
        StoreError absence = absenceOf(table, path, Access.WRITE);
        if (absence != StoreError.ENOENT) {
            throw new StoreException(absence);
        }
        return null;
    }

    private void create(NodeTable table, String path, byte[] value) throws StoreException {
        List<String> missing = new ArrayList<>();
        String top = path;
        while (table.get(top) == null) {
            missing.add(top);
            top = StorePath.parent(top);
        }
        table.checkNodes(domid, missing.size());
        Node above = table.get(top);
        Permissions permissions = above.permissions();
        if (domid != Permissions.CONTROL_DOMAIN) {
            permissions = permissions.withOwner(domid);
        }
        Node grown = above.withChild(StorePath.leaf(missing.getLast()));
        account.checkNodeSize(grown);
        Node[] created = new Node[missing.size()];
        for (int i = 0; i < created.length; i++) {
            Node node = Node.empty(permissions);
            created[i] =
                    i == 0
                            ? node.withValue(value)
                            : node.withChild(StorePath.leaf(missing.get(i - 1)));
            account.checkNodeSize(created[i]);
        }
        table.put(top, grown);
        for (int i = created.length - 1; i >= 0; i--) {
            table.put(missing.get(i), created[i]);
        }
    }

    /**
     * RM: removes the node and all below it. Permission on the node itself suffices.
     *
     * @throws StoreException ENOENT if not even the parent exists, EINVAL for the root
     */
    void remove(NodeTable table, String path) throws StoreException {
        if (lookUpOrAbsent(table, path) == null) {
            if (table.get(StorePath.parent(path)) == null) {
                throw new StoreException(StoreError.ENOENT);
            }
            return;
        }
        if (path.equals("/")) {
            throw new StoreException(StoreError.EINVAL);
        }
        for (String each : childrenFirst(table, path)) {
            table.changed(Change.of(table, each, !each.equals(path), null));
            table.remove(each);
        }
        String parent = StorePath.parent(path);
        Node above = table.get(parent);
        if (above != null) {
            table.put(parent, above.withoutChild(StorePath.leaf(path)));
        }
    }

    private static List<String> childrenFirst(NodeTable table, String path) throws StoreException {
        List<String> order = new ArrayList<>();
        Deque<String> open = new ArrayDeque<>();
        open.push(path);
        while (!open.isEmpty()) {
            String each = open.pop();
            Node node = table.get(each);
            if (node == null) {
                continue;
            }
            order.add(each);
            for (String child : node.children()) {
                open.push(StorePath.child(each, child));
            }
        }
        Collections.reverse(order);
        return order;
    }

    /**
     * SET_PERMS, for the owner.
     *
     * @throws StoreException EPERM if a guest would give the node away, ENOSPC for too many entries
     */
    void setPermissions(NodeTable table, String path, Permissions permissions)
            throws StoreException {
        account.checkPermissionCount(permissions.entries().size());
        Node node = lookUp(table, path, Access.WRITE);
        Permissions former = node.permissions();
        if (!former.owns(domid)) {
            throw new StoreException(StoreError.EACCES);
        }
        if (domid != Permissions.CONTROL_DOMAIN && permissions.owner() != former.owner()) {
            throw new StoreException(StoreError.EPERM);
        }
        Node changed = node.withPermissions(permissions);
        account.checkNodeSize(changed);
        table.put(path, changed);
        table.changed(Change.of(table, path, false, former));
    }
}
