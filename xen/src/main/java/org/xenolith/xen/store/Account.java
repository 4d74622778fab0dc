package org.xenolith.xen.store;

/** What one domain has taken from the store, to be held against its {@link Quotas}. */
final class Account {
    private final int domid;
    private final Quotas quotas;
    private int nodes;
    private int watches;
    private int transactions;
    private long heldBytes;

    Account(int domid, Quotas quotas) {
        this.domid = domid;
        this.quotas = quotas;
    }

    private boolean limited() {
        return domid != Permissions.CONTROL_DOMAIN;
    }

    /** Throws ENOSPC unless {@code more} nodes fit the quota. */
    void checkNodes(int more) throws StoreException {
        if (limited() && more > 0 && nodes + more > quotas.nodes()) {
            throw new StoreException(StoreError.ENOSPC);
        }
    }

    /** Throws ENOSPC if this domain may not make a node that large. */
    void checkNodeSize(Node node) throws StoreException {
        if (limited() && node.size() > quotas.nodeBytes()) {
            throw new StoreException(StoreError.ENOSPC);
        }
    }

    void checkPermissionCount(int entries) throws StoreException {
        if (limited() && entries > quotas.permissions()) {
            throw new StoreException(StoreError.ENOSPC);
        }
    }

    void checkTransactionNodes(int touched) throws StoreException {
        if (limited() && touched > quotas.transactionNodes()) {
            throw new StoreException(StoreError.ENOSPC);
        }
    }

    void addNodes(int difference) {
        nodes += difference;
    }

    void addWatch(long bytes) throws StoreException {
        if (limited() && watches >= quotas.watches()) {
            throw new StoreException(StoreError.ENOSPC);
        }
        hold(bytes);
        watches++;
    }

    void dropWatch(long bytes) {
        watches--;
        heldBytes -= bytes;
    }

    void addTransaction() throws StoreException {
        if (limited() && transactions >= quotas.transactions()) {
            throw new StoreException(StoreError.ENOSPC);
        }
        transactions++;
    }

    void dropTransaction(long bytes) {
        transactions--;
        heldBytes -= bytes;
    }

    /** Charges memory, or gives it back if negative; throws ENOMEM above the quota. */
    void hold(long bytes) throws StoreException {
        if (limited() && bytes > 0 && heldBytes + bytes > quotas.heldBytes()) {
            throw new StoreException(StoreError.ENOMEM);
        }
        heldBytes += bytes;
    }

    int nodes() {
        return nodes;
    }

    int watches() {
        return watches;
    }

    int transactions() {
        return transactions;
    }

    long heldBytes() {
        return heldBytes;
    }
}
