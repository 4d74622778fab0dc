package org.xenolith.xen.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A transaction's private view of the tree. A node is copied when it is first touched (nodes are
 * immutable, so that is a reference) together with its generation. The commit succeeds if every
 * touched node still has its generation, which makes the whole appear as one change; otherwise it
 * is refused with EAGAIN and the requester tries again (xenstore.txt, "Transactions").
 *
 * <p>Nodes touched at different times may contradict each other, say a parent that lists a child
 * which somebody has removed since. Creating or removing a child changes the parent too, so such a
 * transaction has touched something that changed and cannot be committed.
 */
final class Transaction implements NodeTable {
    /** A node as this transaction sees it; null if it sees none. */
    private static final class Touched {
        final long generation;
        Node node;
        boolean modified;

        Touched(long generation, Node node) {
            this.generation = generation;
            this.node = node;
        }
    }

    private final LiveTree tree;
    private final Account account;
    private final Map<String, Touched> touched = new LinkedHashMap<>();
    private final Map<String, Change> changes = new LinkedHashMap<>();
    private final Map<Integer, Integer> ownedMore = new TreeMap<>();
    private long heldBytes;
    private boolean broken;

    /** Opens a transaction on {@code account}, or throws ENOSPC. */
    Transaction(LiveTree tree, Account account) throws StoreException {
        this.tree = tree;
        this.account = account;
        account.addTransaction();
    }

    @Override
    public Node get(String path) throws StoreException {
        if (broken) {
            throw new StoreException(StoreError.ENOMEM);
        }
        return touch(path).node;
    }

    @Override
    public Node peek(String path) {
        Touched entry = touched.get(path);
        return entry == null ? tree.get(path) : entry.node;
    }

    private Touched touch(String path) throws StoreException {
        Touched entry = touched.get(path);
        if (entry == null) {
            account.checkTransactionNodes(touched.size() + 1);
            hold(path.length());
            entry = new Touched(tree.generationOf(path), tree.get(path));
            touched.put(path, entry);
        }
        return entry;
    }

    private void hold(long bytes) throws StoreException {
        account.hold(bytes);
        heldBytes += bytes;
    }

    @Override
    public void put(String path, Node node) throws StoreException {
        replace(touch(path), node.at(tree.nextGeneration()));
    }

    @Override
    public void remove(String path) throws StoreException {
        replace(touch(path), null);
    }

    private void replace(Touched entry, Node node) throws StoreException {
        int former = entry.modified && entry.node != null ? entry.node.size() : 0;
        try {
            hold((node == null ? 0 : node.size()) - former);
        } catch (StoreException e) {
            broken = true;
            throw e;
        }
        if (entry.node != null) {
            ownedMore.merge(entry.node.permissions().owner(), -1, Integer::sum);
        }
        if (node != null) {
            ownedMore.merge(node.permissions().owner(), 1, Integer::sum);
        }
        entry.node = node;
        entry.modified = true;
    }

    @Override
    public void checkNodes(int domid, int more) throws StoreException {
        tree.checkNodes(domid, ownedMore.getOrDefault(domid, 0) + more);
    }

    @Override
    public void changed(Change change) {
        changes.merge(change.path(), change, (earlier, later) -> later.after(earlier));
    }

    /**
     * Makes the changes visible and tells the watches.
     *
     * @throws StoreException EAGAIN if something touched has changed meanwhile; ENOSPC if the
     *     requester's other work has used up the nodes it may own; ENOMEM if a change in this
     *     transaction failed half-way for want of memory
     */
    void commit(int domid) throws StoreException {
        if (broken) {
            throw new StoreException(StoreError.ENOMEM);
        }
        for (Map.Entry<String, Touched> entry : touched.entrySet()) {
            if (tree.generationOf(entry.getKey()) != entry.getValue().generation) {
                throw new StoreException(StoreError.EAGAIN);
            }
        }
        checkNodes(domid, 0);
        for (Map.Entry<String, Touched> entry : touched.entrySet()) {
            apply(entry.getKey(), entry.getValue());
        }
        changes.values().forEach(tree::changed);
    }

    private void apply(String path, Touched entry) {
        if (!entry.modified) {
            return;
        }
        if (entry.node != null) {
            tree.put(path, entry.node);
        } else if (tree.get(path) != null) {
            tree.remove(path);
        }
    }

    /** Gives back what the transaction held; it must not be used any more. */
    void close() {
        account.dropTransaction(heldBytes);
        heldBytes = 0;
    }
}
