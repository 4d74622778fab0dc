package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class PermissionsTest {
    private static final String HOME = "/local/domain/1";

    private final XenStore store = new XenStore();
    private final TestGuest one = new TestGuest(1, store);
    private final TestGuest two = new TestGuest(2, store);

    @BeforeEach
    void homes() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.readableBy(0, 1));
        store.write(HOME + "/name", "one");
        store.mkdir(HOME + "/data");
        store.setPermissions(HOME + "/data", Permissions.ownedBy(1));
        store.write("/secret", "x");
    }

    @Test
    void firstMatchingEntryCountsElseTheOwnersEntry() throws StoreException {
        Permissions permissions = Permissions.parse(List.of("r5", "w6", "n7", "b6"));
        assertTrue(permissions.allows(5, Access.BOTH));
        assertTrue(permissions.allows(0, Access.BOTH));
        assertTrue(permissions.allows(6, Access.WRITE));
        assertFalse(permissions.allows(6, Access.READ));
        assertFalse(permissions.allows(7, Access.READ));
        assertTrue(permissions.allows(8, Access.READ));
        assertFalse(permissions.allows(8, Access.WRITE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "r", "x1", "r-1", "r65536", "r99999999999", "r1x"})
    void badEntriesAreRefused(String entry) {
        StoreException refused =
                assertThrows(StoreException.class, () -> Permissions.parse(List.of(entry)));
        assertEquals(StoreError.EINVAL, refused.error());
    }

    @Test
    void guestReadsWhatItMayAndWritesNothingElse() {
        assertEquals("one", one.text(MessageType.READ, 0, "name"));
        assertEquals("EACCES", one.write(0, "name", "two"));
        assertEquals("EACCES", one.write(0, "fresh", "x"));
        assertEquals("EACCES", one.text(MessageType.RM, 0, "name"));
        assertEquals("EACCES", one.text(MessageType.MKDIR, 0, "fresh"));
        assertEquals("one", store.readText(HOME + "/name"));
    }

    @Test
    void absenceIsToldOnlyToThoseWhoMayReadAbove() {
        assertEquals("ENOENT", one.text(MessageType.READ, 0, "nothing"));
        assertEquals("EACCES", one.text(MessageType.READ, 0, "/secret"));
        assertEquals("EACCES", one.text(MessageType.READ, 0, "/nothing"));
        assertEquals("EACCES", two.text(MessageType.READ, 0, HOME + "/nothing"));
    }

    @Test
    void guestOwnsWhatItCreates() throws StoreException {
        assertEquals("OK|", one.write(0, "data/a/b", "v"));
        assertEquals("n1", store.permissions(HOME + "/data/a").toString());
        assertEquals("n1|", one.text(MessageType.GET_PERMS, 0, "data/a/b"));
        assertEquals("EACCES", two.text(MessageType.READ, 0, HOME + "/data/a/b"));
        assertEquals("OK|", one.text(MessageType.SET_PERMS, 0, "data/a/b", "n1", "r2"));
        assertEquals("v", two.text(MessageType.READ, 0, HOME + "/data/a/b"));
        assertEquals("EACCES", two.write(0, HOME + "/data/a/b", "w"));
    }

    @Test
    void createdNodesInheritTheOtherEntries() throws StoreException {
        store.setPermissions(HOME + "/data", Permissions.parse(List.of("n2", "b1", "r3")));
        assertEquals("OK|", one.write(0, "data/x", "v"));
        assertEquals("n1,b1,r3", store.permissions(HOME + "/data/x").toString());
    }

    @Test
    void onlyTheOwnerSetsPermissionsAndKeepsTheNode() throws StoreException {
        assertEquals("EPERM", one.text(MessageType.SET_PERMS, 0, "data", "n2"));
        store.setPermissions(HOME + "/data", Permissions.parse(List.of("n1", "b2")));
        assertEquals("EACCES", two.text(MessageType.SET_PERMS, 0, HOME + "/data", "n1"));
        assertEquals("EINVAL", one.text(MessageType.SET_PERMS, 0, "data"));
        assertEquals("n1,b2", store.permissions(HOME + "/data").toString());
    }

    @Test
    void releasedDomainLeavesNeitherNodesNorRights() throws StoreException {
        store.write("/shared", "s");
        store.setPermissions("/shared", Permissions.parse(List.of("n0", "r2", "r1")));
        one.write(0, "data/deep/er", "v");
        store.releaseDomain(1);
        assertNull(store.readText(HOME + "/data"));
        assertNull(store.readText(HOME + "/data/deep/er"));
        assertEquals(List.of("name"), store.list(HOME));
        assertEquals("n0,r2", store.permissions("/shared").toString());
        assertEquals("EACCES", new TestGuest(1, store).text(MessageType.READ, 0, "/shared"));
        assertEquals(0, store.account(1).nodes());
    }
}
