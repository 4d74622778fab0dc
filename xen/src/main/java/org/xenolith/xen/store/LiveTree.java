package org.xenolith.xen.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** The tree that everybody sees. It counts the nodes of each owner and numbers each change. */
final class LiveTree implements NodeTable {
    /** Generation that stands for "no such node". */
    static final long ABSENT = -1;

    // Only looked up by path, never iterated in an order that somebody could see.
    private final Map<String, Node> nodes = new HashMap<>();
    private final IntFunction<Account> accounts;
    private final Consumer<Change> listener;
    private long generation;

    LiveTree(IntFunction<Account> accounts, Consumer<Change> listener) {
        this.accounts = accounts;
        this.listener = listener;
        put("/", Node.empty(Permissions.ownedBy(Permissions.CONTROL_DOMAIN)));
    }

    @Override
    public Node get(String path) {
        return nodes.get(path);
    }

    @Override
    public Node peek(String path) {
        return nodes.get(path);
    }

    @Override
    public void put(String path, Node node) {
        Node former = nodes.put(path, node.at(nextGeneration()));
        if (former != null) {
            accounts.apply(former.permissions().owner()).addNodes(-1);
        }
        accounts.apply(node.permissions().owner()).addNodes(1);
    }

    @Override
    public void remove(String path) {
        Node former = nodes.remove(path);
        accounts.apply(former.permissions().owner()).addNodes(-1);
    }

    @Override
    public void checkNodes(int domid, int more) throws StoreException {
        accounts.apply(domid).checkNodes(more);
    }

    @Override
    public void changed(Change change) {
        listener.accept(change);
    }

    long nextGeneration() {
        return ++generation;
    }

    long generationOf(String path) {
        Node node = nodes.get(path);
        return node == null ? ABSENT : node.generation();
    }

    /** Paths of all nodes, sorted, so that a parent comes before its children. */
    List<String> paths() {
        List<String> paths = new ArrayList<>(nodes.keySet());
        paths.sort(null);
        return paths;
    }
}
