package org.xenolith.xen.store;

/**
 * What one guest may take from the store. The control domain is exempt.
 *
 * @param nodes nodes owned (ENOSPC)
 * @param nodeBytes size of one node: value, names of children, permissions, header (ENOSPC)
 * @param watches watches registered (ENOSPC)
 * @param transactions transactions open at once (ENOSPC)
 * @param transactionNodes nodes touched by one transaction (ENOSPC)
 * @param permissions entries in a permission list (ENOSPC)
 * @param heldBytes bytes held by open transactions and watches together (ENOMEM)
 * @param queuedEventBytes bytes of watch events that wait for space in the ring; one more breaks
 *     the connection
 */
public record Quotas(
        int nodes,
        int nodeBytes,
        int watches,
        int transactions,
        int transactionNodes,
        int permissions,
        int heldBytes,
        int queuedEventBytes) {
    /** The limits that xenstored starts with; the one for queued events is ours. */
    public static final Quotas DEFAULT =
            new Quotas(1000, 2048, 128, 10, 1024, 5, 2560 * 1024, 256 * 1024);
}
