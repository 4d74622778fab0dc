package org.xenolith.xen.store;

import java.util.ArrayList;
import java.util.List;

/**
 * One node as it was at one moment; a change makes a new one, so a transaction may keep old ones.
 *
 * @param value up to 4096 bytes, never modified
 * @param children names of the children in the order of their creation
 * @param permissions who may do what
 * @param generation number of the change that made this state, unique in the store
 */
record Node(byte[] value, List<String> children, Permissions permissions, long generation) {
    /** Bytes that a node's bookkeeping counts for in the size quota, as in xenstored. */
    private static final int HEADER_BYTES = 24;

    private static final int PERMISSION_BYTES = 8;
    private static final byte[] NO_VALUE = {};

    /** A new node without value and children. */
    static Node empty(Permissions permissions) {
        return new Node(NO_VALUE, List.of(), permissions, 0);
    }

    Node withValue(byte[] newValue) {
        return new Node(newValue, children, permissions, generation);
    }

    Node withPermissions(Permissions newPermissions) {
        return new Node(value, children, newPermissions, generation);
    }

    /** This node with one more child, unless a transaction's odd view (see there) has it listed. */
    Node withChild(String leaf) {
        if (children.contains(leaf)) {
            return this;
        }
        List<String> more = new ArrayList<>(children.size() + 1);
        more.addAll(children);
        more.add(leaf);
        return new Node(value, List.copyOf(more), permissions, generation);
    }

    Node withoutChild(String leaf) {
        List<String> fewer = new ArrayList<>(children);
        fewer.remove(leaf);
        return new Node(value, List.copyOf(fewer), permissions, generation);
    }

    Node at(long newGeneration) {
        return new Node(value, children, permissions, newGeneration);
    }

    /** Size in bytes as the quota counts it. */
    int size() {
        int names = 0;
        for (String child : children) {
            names += child.length() + 1;
        }
        return HEADER_BYTES
                + permissions.entries().size() * PERMISSION_BYTES
                + value.length
                + names;
    }
}
