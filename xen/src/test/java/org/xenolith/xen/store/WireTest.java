package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class WireTest {
    private static final String HOME = "/local/domain/1";

    private final XenStore store = new XenStore();
    private final TestGuest guest = new TestGuest(1, store);

    @BeforeEach
    void home() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
    }

    @Test
    void messageIsFourLittleEndianWordsAndThePayload() {
        byte[] expected = {2, 0, 0, 0, 4, 3, 2, 1, 7, 0, 0, 0, 2, 0, 0, 0, 'x', 0};
        assertArrayEquals(expected, new Message(2, 0x01020304, 7, Message.strings("x")).encode());
    }

    @Test
    void valuesAreBytes() {
        String bytes = "a\0\u00ff\0";
        assertEquals("OK|", guest.write(0, "v", bytes));
        assertEquals(bytes.replace('\0', '|'), guest.text(MessageType.READ, 0, "v"));
        assertEquals("OK|", guest.write(0, "v", ""));
        assertEquals("", guest.text(MessageType.READ, 0, "v"));
    }

    @Test
    void removeAndMakeDirectory() {
        assertEquals("OK|", guest.text(MessageType.MKDIR, 0, "a/b"));
        assertEquals("OK|", guest.write(0, "a/b", "v"));
        assertEquals("OK|", guest.text(MessageType.MKDIR, 0, "a/b"));
        assertEquals("v", guest.text(MessageType.READ, 0, "a/b"));
        assertEquals("OK|", guest.text(MessageType.RM, 0, "a/none"));
        assertEquals("ENOENT", guest.text(MessageType.RM, 0, "none/none"));
        assertEquals("OK|", guest.text(MessageType.RM, 0, "a"));
        assertEquals("ENOENT", guest.text(MessageType.READ, 0, "a/b"));
        assertEquals("", guest.text(MessageType.DIRECTORY, 0, HOME));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a//b", "a/", "//", "a b", "a.b", "a:b", "@x", "\u00e4"})
    void badPathsAreRefused(String path) {
        assertEquals("EINVAL", guest.text(MessageType.READ, 0, path));
        assertEquals("EINVAL", guest.write(0, path, "v"));
    }

    @Test
    void longPathsAreRefused() {
        String longest = "a/".repeat(1023) + "bb";
        assertEquals(2048, longest.length());
        assertEquals("ENOENT", guest.text(MessageType.READ, 0, longest));
        assertEquals("EINVAL", guest.text(MessageType.READ, 0, longest + "b"));
        assertEquals("EINVAL", guest.text(MessageType.READ, 0, "/" + longest));
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "MKDIR", "RM", "DIRECTORY", "GET_PERMS", "TRANSACTION_END"})
    void argumentMustBeOneTerminatedString(MessageType type) {
        for (byte[] payload : List.of(new byte[0], new byte[] {'T'}, Message.strings("T", "T"))) {
            assertEquals(List.of("EINVAL"), guest.ask(type, 0, payload).strings());
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "CONTROL",
                "INTRODUCE",
                "RELEASE",
                "RESUME",
                "SET_TARGET",
                "IS_DOMAIN_INTRODUCED"
            })
    void controlDomainsRequestsAreRefused(MessageType type) {
        assertEquals("EACCES", guest.text(type, 0, "1"));
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 16, 20, 23, 26, 65535, -1, Integer.MIN_VALUE})
    void unknownTypesAreAnswered(int type) {
        assertEquals(List.of("ENOSYS"), guest.ask(type, 0, new byte[0]).strings());
    }

    @Test
    void domainPathAndIntroduction() {
        assertEquals("/local/domain/7|", guest.text(MessageType.GET_DOMAIN_PATH, 0, "007"));
        assertEquals("EINVAL", guest.text(MessageType.GET_DOMAIN_PATH, 0, "65536"));
        assertEquals("EINVAL", guest.text(MessageType.GET_DOMAIN_PATH, 0, "x"));
        TestGuest control = new TestGuest(0, store);
        assertEquals("F|", control.text(MessageType.IS_DOMAIN_INTRODUCED, 0, "1"));
        store.introduceDomain(1);
        assertEquals("T|", control.text(MessageType.IS_DOMAIN_INTRODUCED, 0, "1"));
        assertEquals("ENOSYS", control.text(MessageType.CONTROL, 0, "check"));
    }

    @Test
    void longDirectoryComesInParts() throws StoreException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 700; i++) {
            store.mkdir(HOME + "/many/child-" + i);
            all.append("child-").append(i).append('|');
        }
        store.setPermissions(HOME + "/many", Permissions.readableBy(0, 1));
        assertEquals("E2BIG", guest.text(MessageType.DIRECTORY, 0, "many"));
        StringBuilder got = new StringBuilder();
        String generation = null;
        boolean last = false;
        int parts = 0;
        while (!last) {
            String offset = Integer.toString(got.length());
            Message answer =
                    guest.ask(MessageType.DIRECTORY_PART, 0, Message.strings("many", offset));
            List<String> names = answer.strings();
            assertTrue(generation == null || generation.equals(names.getFirst()));
            generation = names.getFirst();
            last = names.getLast().isEmpty();
            for (String name : names.subList(1, names.size() - (last ? 1 : 0))) {
                got.append(name).append('|');
            }
            parts++;
        }
        assertEquals(all.toString(), got.toString());
        assertEquals(2, parts);
        assertEquals("EINVAL", guest.text(MessageType.DIRECTORY_PART, 0, "many", "x"));
    }

    @Test
    void directoryPartBeyondTheEndIsEmpty() {
        guest.write(0, "d/a", "v");
        List<String> answer =
                guest.ask(MessageType.DIRECTORY_PART, 0, Message.strings("d", "999")).strings();
        assertEquals("", answer.get(1));
        assertEquals(2, answer.size());
    }
}
