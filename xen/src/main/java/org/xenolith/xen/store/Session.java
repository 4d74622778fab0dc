package org.xenolith.xen.store;

import java.util.Map;
import java.util.TreeMap;

/**
 * One requester's dealings with the store: it resolves relative paths, finds the transaction that a
 * request belongs to and keeps the requester's watches. Transaction 0 stands for none.
 */
final class Session {
    private final int domid;
    private final XenStore store;
    private final Operations operations;
    private final Map<Integer, Transaction> transactions = new TreeMap<>();
    private int nextTransaction = 1;

    Session(int domid, XenStore store) {
        this.domid = domid;
        this.store = store;
        this.operations = new Operations(domid, store.account(domid));
    }

    int domid() {
        return domid;
    }

    Account account() {
        return store.account(domid);
    }

    /** The table that requests with this transaction number work on; throws ENOENT if unknown. */
    NodeTable table(int transaction) throws StoreException {
        if (transaction == 0) {
            return store.tree();
        }
        Transaction open = transactions.get(transaction);
        if (open == null) {
            throw new StoreException(StoreError.ENOENT);
        }
        return open;
    }

    /** The node, if it may be read. */
    Node read(int transaction, String path) throws StoreException {
        return operations.lookUp(table(transaction), canonical(path, false), Access.READ);
    }

    Permissions permissions(int transaction, String path) throws StoreException {
        Node node = operations.lookUp(table(transaction), canonical(path, true), Access.READ);
        return node.permissions();
    }

    void write(int transaction, String path, byte[] value) throws StoreException {
        operations.write(table(transaction), canonical(path, false), value);
        store.deliverWatches();
    }

    void makeDirectory(int transaction, String path) throws StoreException {
        operations.makeDirectory(table(transaction), canonical(path, false));
        store.deliverWatches();
    }

    void remove(int transaction, String path) throws StoreException {
        operations.remove(table(transaction), canonical(path, false));
        store.deliverWatches();
    }

    void setPermissions(int transaction, String path, Permissions permissions)
            throws StoreException {
        operations.setPermissions(table(transaction), canonical(path, true), permissions);
        store.deliverWatches();
    }

    /** Opens a transaction and returns its number; throws EBUSY inside another, ENOSPC at limit. */
    int startTransaction(int transaction) throws StoreException {
        if (transaction != 0) {
            table(transaction);
            throw new StoreException(StoreError.EBUSY);
        }
        Transaction opened = new Transaction(store.tree(), account());
        while (nextTransaction == 0 || transactions.containsKey(nextTransaction)) {
            nextTransaction++;
        }
        transactions.put(nextTransaction, opened);
        return nextTransaction++;
    }

    /** Commits or drops a transaction, which is over in any case; throws ENOENT, EAGAIN, ENOSPC. */
    void endTransaction(int transaction, boolean commit) throws StoreException {
        Transaction ended = transactions.remove(transaction);
        if (ended == null) {
            throw new StoreException(StoreError.ENOENT);
        }
        try {
            if (commit) {
                ended.commit(domid);
            }
        } finally {
            ended.close();
        }
        store.deliverWatches();
    }

    /** Registers a watch without its first event; throws EEXIST, EINVAL, ENOSPC or ENOMEM. */
    Watch addWatch(String path, String token, WatchListener listener) throws StoreException {
        String full = canonical(path, true);
        if (store.watches().find(this, full, token) != null) {
            throw new StoreException(StoreError.EEXIST);
        }
        int prefix = StorePath.isRelative(path) ? StorePath.home(domid).length() + 1 : 0;
        Watch watch = new Watch(store.watches(), this, full, token, prefix, listener);
        store.watches().add(watch);
        return watch;
    }

    /** Ends a watch; throws ENOENT if there is none with that path and token. */
    void removeWatch(String path, String token) throws StoreException {
        Watch watch = store.watches().find(this, canonical(path, true), token);
        if (watch == null) {
            throw new StoreException(StoreError.ENOENT);
        }
        watch.cancel();
    }

    /** Ends all watches and drops all transactions. */
    void reset() {
        store.watches().removeAll(this);
        transactions.values().forEach(Transaction::close);
        transactions.clear();
    }

    private String canonical(String path, boolean special) throws StoreException {
        return StorePath.canonical(path, domid, special);
    }
}
