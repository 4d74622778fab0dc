package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuotaTest {
    private static final String HOME = "/local/domain/1";

    /** Four nodes, 100-byte nodes, two watches, two transactions of six nodes, two entries. */
    private final XenStore store = new XenStore(new Quotas(4, 100, 2, 2, 6, 2, 10_000, 10_000));

    private final TestGuest guest = new TestGuest(1, store);

    @BeforeEach
    void home() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
    }

    @Test
    void nodesCountByOwnerAndAllOrNothing() throws StoreException {
        assertEquals("ENOSPC", guest.write(0, "a/b/c/d", "v"));
        assertNull(store.readText(HOME + "/a"));
        assertEquals("OK|", guest.write(0, "a/b/c", "v"));
        assertEquals("ENOSPC", guest.text(MessageType.MKDIR, 0, "e"));
        assertEquals("OK|", guest.text(MessageType.RM, 0, "a/b"));
        assertEquals("OK|", guest.text(MessageType.MKDIR, 0, "e"));
        assertEquals(3, store.account(1).nodes());
        store.write(HOME + "/by/the/toolstack/at/will", "v");
    }

    @Test
    void nodesOfATransactionCountWhenTheyAreMadeAndAtTheCommit() {
        int transaction = guest.startTransaction();
        assertEquals("OK|", guest.write(transaction, "a", "v"));
        assertEquals("OK|", guest.write(transaction, "b", "v"));
        assertEquals("OK|", guest.write(transaction, "c", "v"));
        assertEquals("ENOSPC", guest.write(transaction, "d", "v"));
        assertEquals("OK|", guest.text(MessageType.RM, transaction, "c"));
        assertEquals("OK|", guest.write(transaction, "d", "v"));
        assertEquals("OK|", guest.text(MessageType.TRANSACTION_END, transaction, "T"));
        assertEquals(4, store.account(1).nodes());
    }

    @Test
    void commitChecksNodesThatOtherWorkHasTaken() throws StoreException {
        store.write("/elsewhere", "");
        store.setPermissions("/elsewhere", Permissions.ownedBy(1));
        int transaction = guest.startTransaction();
        assertEquals("OK|", guest.write(transaction, "a", "v"));
        assertEquals("OK|", guest.write(transaction, "b", "v"));
        assertEquals("OK|", guest.write(0, "/elsewhere/x", "v"));
        assertEquals("ENOSPC", guest.text(MessageType.TRANSACTION_END, transaction, "T"));
        assertNull(store.readText(HOME + "/a"));
        assertEquals(3, store.account(1).nodes());
    }

    @Test
    void sizeOfANodeIsLimited() {
        assertEquals("OK|", guest.write(0, "a", "x".repeat(68)));
        assertEquals("ENOSPC", guest.write(0, "a", "x".repeat(69)));
        assertEquals("ENOSPC", guest.write(0, "b", "x".repeat(69)));
        assertEquals("ENOSPC", guest.text(MessageType.MKDIR, 0, "x".repeat(80)));
        assertEquals("x".repeat(68), guest.text(MessageType.READ, 0, "a"));
        assertEquals("a|", guest.text(MessageType.DIRECTORY, 0, HOME));
    }

    @Test
    void watchesAndTransactionsAreLimited() {
        assertEquals("OK|", guest.text(MessageType.WATCH, 0, "a", "1"));
        assertEquals("OK|", guest.text(MessageType.WATCH, 0, "a", "2"));
        assertEquals("ENOSPC", guest.text(MessageType.WATCH, 0, "a", "3"));
        guest.startTransaction();
        guest.startTransaction();
        assertEquals("ENOSPC", guest.text(MessageType.TRANSACTION_START, 0, ""));
    }

    @Test
    void transactionTouchesSoManyNodes() {
        int transaction = guest.startTransaction();
        for (String path : new String[] {"a", "b", "c", "d", "e"}) {
            assertEquals("ENOENT", guest.text(MessageType.READ, transaction, path));
        }
        assertEquals("ENOSPC", guest.text(MessageType.READ, transaction, "f"));
        assertEquals("OK|", guest.text(MessageType.TRANSACTION_END, transaction, "T"));
    }

    @Test
    void permissionEntriesAreLimited() {
        assertEquals("OK|", guest.text(MessageType.SET_PERMS, 0, HOME, "n1", "r2"));
        assertEquals("ENOSPC", guest.text(MessageType.SET_PERMS, 0, HOME, "n1", "r2", "r3"));
    }

    @Test
    void watchesHoldMemory() {
        XenStore tight = new XenStore(new Quotas(9, 100, 9, 2, 6, 2, 50, 10_000));
        TestGuest other = new TestGuest(1, tight);
        assertEquals("ENOMEM", other.text(MessageType.WATCH, 0, "a", "t".repeat(50)));
        assertEquals("OK|", other.text(MessageType.WATCH, 0, "a", "t"));
    }
}
