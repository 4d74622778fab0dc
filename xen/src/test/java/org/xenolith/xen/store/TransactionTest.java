package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

class TransactionTest {
    private static final String HOME = "/local/domain/1";

    private final XenStore store = new XenStore();
    private final TestGuest guest = new TestGuest(1, store);

    @BeforeEach
    void home() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
        store.write(HOME + "/a", "1");
        store.write(HOME + "/b", "2");
    }

    private String end(int transaction, String how) {
        return guest.text(MessageType.TRANSACTION_END, transaction, how);
    }

    @Test
    void changesAreSeenInsideAtOnceAndOutsideAtTheCommit() {
        int transaction = guest.startTransaction();
        assertEquals("OK|", guest.write(transaction, "a", "new"));
        assertEquals("OK|", guest.write(transaction, "c/d", "x"));
        assertEquals("new", guest.text(MessageType.READ, transaction, "a"));
        assertEquals("d|", guest.text(MessageType.DIRECTORY, transaction, "c"));
        assertEquals("1", guest.text(MessageType.READ, 0, "a"));
        assertEquals("ENOENT", guest.text(MessageType.READ, 0, "c"));
        assertEquals("OK|", end(transaction, "T"));
        assertEquals("new", guest.text(MessageType.READ, 0, "a"));
        assertEquals("a|b|c|", guest.text(MessageType.DIRECTORY, 0, HOME));
        assertEquals("x", guest.text(MessageType.READ, 0, "c/d"));
    }

    @Test
    void droppedTransactionChangesNothing() {
        int transaction = guest.startTransaction();
        guest.text(MessageType.RM, transaction, "a");
        assertEquals("ENOENT", guest.text(MessageType.READ, transaction, "a"));
        assertEquals("OK|", end(transaction, "F"));
        assertEquals("1", guest.text(MessageType.READ, 0, "a"));
        assertEquals("ENOENT", end(transaction, "F"));
    }

    @Test
    void conflictingWriteGivesEagain() throws StoreException {
        int transaction = guest.startTransaction();
        assertEquals("1", guest.text(MessageType.READ, transaction, "a"));
        guest.write(transaction, "b", "from a=1");
        store.write(HOME + "/a", "changed");
        assertEquals("1", guest.text(MessageType.READ, transaction, "a"));
        assertEquals("EAGAIN", end(transaction, "T"));
        assertEquals("2", guest.text(MessageType.READ, 0, "b"));
        assertEquals("ENOENT", guest.text(MessageType.READ, transaction, "a"));
    }

    @Test
    void removalAndNewCreationOfAReadNodeConflict() throws StoreException {
        int transaction = guest.startTransaction();
        guest.text(MessageType.READ, transaction, "a");
        store.rm(HOME + "/a");
        store.write(HOME + "/a", "1");
        assertEquals("EAGAIN", end(transaction, "T"));
    }

    @Test
    void childAddedBelowARemovedNodeConflicts() throws StoreException {
        int transaction = guest.startTransaction();
        guest.text(MessageType.RM, transaction, "a");
        store.write(HOME + "/a/late", "x");
        assertEquals("EAGAIN", end(transaction, "T"));
        assertEquals("x", store.readText(HOME + "/a/late"));
    }

    /** The parent is seen with a child that is gone when the transaction comes to it. */
    @Test
    void contradictoryViewIsHarmlessAndCannotBeCommitted() throws StoreException {
        store.write(HOME + "/a/x", "1");
        int transaction = guest.startTransaction();
        assertEquals("x|", guest.text(MessageType.DIRECTORY, transaction, "a"));
        store.rm(HOME + "/a/x");
        assertEquals("ENOENT", guest.text(MessageType.READ, transaction, "a/x"));
        assertEquals("OK|", guest.write(transaction, "a/x", "again"));
        assertEquals("x|", guest.text(MessageType.DIRECTORY, transaction, "a"));
        assertEquals("OK|", guest.text(MessageType.RM, transaction, "a"));
        assertEquals("EAGAIN", end(transaction, "T"));
        assertEquals("a|b|", guest.text(MessageType.DIRECTORY, 0, HOME));
    }

    @Test
    void unrelatedWriteDoesNotConflict() throws StoreException {
        int transaction = guest.startTransaction();
        guest.write(transaction, "a", "mine");
        store.write(HOME + "/b", "theirs");
        store.write(HOME + "/new", "theirs");
        assertEquals("OK|", end(transaction, "T"));
        assertEquals("mine", store.readText(HOME + "/a"));
        assertEquals("theirs", store.readText(HOME + "/b"));
    }

    @Test
    void twoTransactionsOnTheSameNodeOneWins() {
        int first = guest.startTransaction();
        int second = guest.startTransaction();
        assertNotEquals(first, second);
        guest.write(first, "a", "first");
        guest.write(second, "a", "second");
        assertEquals("OK|", end(second, "T"));
        assertEquals("EAGAIN", end(first, "T"));
        assertEquals("second", store.readText(HOME + "/a"));
    }

    @Test
    void badNumbersAndArgumentsAreRefused() {
        assertEquals("ENOENT", guest.text(MessageType.READ, 77, "a"));
        assertEquals("ENOENT", end(0, "T"));
        int transaction = guest.startTransaction();
        assertEquals("EINVAL", end(transaction, "X"));
        assertEquals("EBUSY", guest.text(MessageType.TRANSACTION_START, transaction, ""));
        assertEquals("OK|", end(transaction, "T"));
    }

    @Test
    void watchesFireAtTheCommitOnceForEachNode() {
        guest.text(MessageType.WATCH, 0, "a", "t");
        guest.takeEvents();
        int transaction = guest.startTransaction();
        guest.write(transaction, "a", "x");
        guest.write(transaction, "a", "y");
        guest.write(transaction, "a/below", "z");
        assertEquals(List.of(), guest.takeEvents());
        end(transaction, "T");
        assertEquals(List.of("a|t", "a/below|t"), guest.takeEvents());
    }

    @Test
    void resetDropsTransactions() {
        int transaction = guest.startTransaction();
        guest.write(transaction, "a", "x");
        assertEquals("OK|", guest.text(MessageType.RESET_WATCHES, 0, ""));
        assertEquals("ENOENT", end(transaction, "T"));
        assertEquals(0, store.account(1).transactions());
        assertEquals(0, store.account(1).heldBytes());
    }

    @Test
    void transactionThatRanOutOfMemoryHalfWayCannotCommit() throws StoreException {
        Quotas tight = new Quotas(1000, 2048, 128, 10, 1024, 5, 600, 4096);
        XenStore small = new XenStore(tight);
        small.mkdir(HOME);
        small.setPermissions(HOME, Permissions.ownedBy(1));
        TestGuest tiny = new TestGuest(1, small);
        int transaction = tiny.startTransaction();
        assertEquals("ENOMEM", tiny.write(transaction, "p/q/r/s", "x".repeat(400)));
        assertEquals("ENOMEM", tiny.text(MessageType.RM, transaction, "p"));
        assertEquals("ENOMEM", tiny.text(MessageType.TRANSACTION_END, transaction, "T"));
        assertNull(small.readText(HOME + "/p"));
        assertEquals(0, small.account(1).heldBytes());
    }
}
