package org.xenolith.xen.store;

import java.util.ArrayList;
import java.util.List;

/**
 * A modification that watches may want to hear of.
 *
 * @param path the node that changed
 * @param ownPathOnly true for the nodes below a removed one: only watches on exactly that node are
 *     told, the others hear of the removed one
 * @param visibleBy permission lists of the node, of its parent and, after a change of permissions,
 *     the former one: who may read by any of them may hear of the change
 */
record Change(String path, boolean ownPathOnly, List<Permissions> visibleBy) {

    /** A change of the node at {@code path}, seen in {@code table}, where it exists. */
    static Change of(NodeTable table, String path, boolean ownPathOnly, Permissions former) {
        List<Permissions> lists = new ArrayList<>(3);
        if (former != null) {
            lists.add(former);
        }
        lists.add(table.peek(path).permissions());
        Node parent = table.peek(StorePath.parent(path));
        if (parent != null) {
            lists.add(parent.permissions());
        }
        return new Change(path, ownPathOnly, List.copyOf(lists));
    }

    /** This change after an earlier one of the same node in the same transaction. */
    Change after(Change earlier) {
        List<Permissions> lists = new ArrayList<>(visibleBy);
        Permissions first = earlier.visibleBy.getFirst();
        if (!lists.contains(first)) {
            lists.addFirst(first);
        }
        return new Change(path, ownPathOnly && earlier.ownPathOnly, List.copyOf(lists));
    }

    boolean visibleTo(int domid) {
        for (Permissions permissions : visibleBy) {
            if (permissions.allows(domid, Access.READ)) {
                return true;
            }
        }
        return false;
    }
}
