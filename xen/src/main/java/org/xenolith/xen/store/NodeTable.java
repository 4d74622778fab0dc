package org.xenolith.xen.store;

/**
 * The nodes by path as an operation sees them: the tree itself, or the view of one transaction.
 * Keeping parents and children consistent is the operations' task.
 */
sealed interface NodeTable permits LiveTree, Transaction {
    /**
     * The node at a canonical path, or null.
     *
     * @throws StoreException ENOSPC or ENOMEM if a transaction has touched too much
     */
    Node get(String path) throws StoreException;

    /** Like {@link #get}, for a look that a transaction's outcome does not depend on. */
    Node peek(String path);

    /** Stores a node under the next generation. */
    void put(String path, Node node) throws StoreException;

    /** Removes a node that exists. */
    void remove(String path) throws StoreException;

    /** Throws ENOSPC unless {@code domid} may own {@code more} nodes beside those it has here. */
    void checkNodes(int domid, int more) throws StoreException;

    /** Tells the watches, at once or when the transaction is committed. */
    void changed(Change change);
}
