package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class WatchTest {
    private static final String HOME = "/local/domain/1";

    private final XenStore store = new XenStore();
    private final TestGuest guest = new TestGuest(1, store);

    @BeforeEach
    void home() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
    }

    private void watch(String path, String token) {
        assertEquals("OK|", guest.text(MessageType.WATCH, 0, path, token));
    }

    @Test
    void firesOnceAtRegistrationAfterTheAnswer() {
        guest.sendBytes(new Message(4, 9, 0, Message.strings("not/there", "a token")).encode());
        List<Message> messages = guest.receiveAll();
        assertEquals(2, messages.size());
        assertEquals(MessageType.WATCH.number(), messages.get(0).type());
        assertEquals(List.of("not/there", "a token"), messages.get(1).strings());
    }

    @Test
    void firesForTheNodeAndAllBelowButNotBesideIt() throws StoreException {
        watch("dev", "t");
        guest.takeEvents();
        store.write(HOME + "/dev", "1");
        store.write(HOME + "/dev/vif/0", "2");
        store.write(HOME + "/device", "3");
        store.mkdir(HOME + "/dev/vbd");
        store.mkdir(HOME + "/dev/vbd");
        store.setPermissions(HOME + "/dev", Permissions.ownedBy(1));
        assertEquals(List.of("dev|t", "dev/vif/0|t", "dev/vbd|t", "dev|t"), guest.takeEvents());
    }

    @Test
    void pathsAreAsRegistered() throws StoreException {
        watch("x", "relative");
        watch(HOME + "/x", "absolute");
        guest.takeEvents();
        store.write(HOME + "/x/y", "1");
        assertEquals(List.of("x/y|relative", HOME + "/x/y|absolute"), guest.takeEvents());
    }

    @Test
    void removalTellsWatchesBelowTheirOwnPath() throws StoreException {
        store.write(HOME + "/d/e/f", "1");
        watch("d/e", "inner");
        watch("d", "outer");
        watch("d/zzz", "absent");
        guest.takeEvents();
        store.rm(HOME + "/d");
        assertEquals(List.of("d/e|inner", "d|outer"), guest.takeEvents());
    }

    @Test
    void unreadableNodesStaySilent() throws StoreException {
        store.mkdir("/other");
        watch("/other", "t");
        guest.takeEvents();
        store.write("/other/a", "1");
        assertEquals(List.of(), guest.takeEvents());
        store.setPermissions("/other", Permissions.readableBy(0, 1));
        store.setPermissions("/other", Permissions.ownedBy(0));
        assertEquals(List.of("/other|t", "/other|t"), guest.takeEvents());
    }

    @Test
    void samePathAndTokenOnlyOnce() {
        watch("x", "t");
        watch("x", "u");
        assertEquals("EEXIST", guest.text(MessageType.WATCH, 0, "x", "t"));
        assertEquals("EEXIST", guest.text(MessageType.WATCH, 0, HOME + "/x", "t"));
        assertEquals("OK|", guest.text(MessageType.UNWATCH, 0, "x", "t"));
        assertEquals("ENOENT", guest.text(MessageType.UNWATCH, 0, "x", "t"));
        assertEquals("EINVAL", guest.text(MessageType.UNWATCH, 0, "x"));
        watch("x", "t");
    }

    @Test
    void endedWatchIsSilent() throws StoreException {
        watch("x", "t");
        watch("y", "t");
        guest.text(MessageType.UNWATCH, 0, "x", "t");
        guest.takeEvents();
        store.write(HOME + "/x", "1");
        store.write(HOME + "/y", "1");
        assertEquals(List.of("y|t"), guest.takeEvents());
        guest.text(MessageType.RESET_WATCHES, 0, "");
        store.write(HOME + "/y", "2");
        assertEquals(List.of(), guest.takeEvents());
        assertEquals(0, store.account(1).watches());
        assertEquals(0, store.account(1).heldBytes());
    }

    @Test
    void specialWatchesNeedPermission() throws StoreException {
        watch("@introduceDomain", "i");
        watch("@releaseDomain", "r");
        assertEquals(List.of("@introduceDomain|i", "@releaseDomain|r"), guest.takeEvents());
        store.introduceDomain(5);
        assertEquals(List.of(), guest.takeEvents());
        store.setPermissions("@releaseDomain", Permissions.readableBy(0, 1));
        guest.takeEvents();
        store.domainShutDown(5);
        store.releaseDomain(5);
        assertEquals(List.of("@releaseDomain|r", "@releaseDomain|r"), guest.takeEvents());
        assertEquals("EINVAL", guest.text(MessageType.READ, 0, "@releaseDomain"));
    }

    @Test
    void controlDomainsListenerMayUseTheStore() throws StoreException {
        List<String> seen = new ArrayList<>();
        Watch watch =
                store.watch(
                        HOME + "/state",
                        "s",
                        (path, token) -> {
                            seen.add(path + "=" + store.readText(path));
                            if ("3".equals(store.readText(path))) {
                                writeUnchecked(path, "4");
                            }
                        });
        guest.write(0, "state", "3");
        String path = HOME + "/state";
        assertEquals(List.of(path + "=null", path + "=3", path + "=4"), seen);
        watch.cancel();
        guest.write(0, "state", "5");
        assertEquals(3, seen.size());
        assertThrows(StoreException.class, () -> store.unwatch(path, "s"));
    }

    private void writeUnchecked(String path, String value) {
        try {
            store.write(path, value);
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }
}
