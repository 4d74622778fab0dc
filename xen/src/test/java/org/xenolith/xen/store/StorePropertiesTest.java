package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeTry;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** The store against a sorted map of paths and values, and against noise in the ring. */
class StorePropertiesTest {
    private static final String HOME = "/local/domain/1";

    private enum Kind {
        WRITE,
        MKDIR,
        RM,
        READ
    }

    /** An operation by a request outside of transactions, or by one inside. */
    private record Step(boolean inside, Kind kind, String path, String value) {}

    /** The rules of the tree, without permissions and quotas. */
    private static final class Model {
        final TreeMap<String, String> nodes = new TreeMap<>();

        String apply(Step step) {
            String path = step.path();
            return switch (step.kind()) {
                case READ -> nodes.getOrDefault(path, "ENOENT");
                case WRITE -> {
                    makeAbove(path);
                    nodes.put(path, step.value());
                    yield "OK|";
                }
                case MKDIR -> {
                    makeAbove(path);
                    nodes.putIfAbsent(path, "");
                    yield "OK|";
                }
                case RM -> {
                    int slash = path.lastIndexOf('/');
                    if (slash > 0 && !nodes.containsKey(path.substring(0, slash))) {
                        yield "ENOENT";
                    }
                    nodes.keySet().removeIf(each -> StorePath.isWithin(each, path));
                    yield "OK|";
                }
            };
        }

        private void makeAbove(String path) {
            for (int i = path.indexOf('/'); i > 0; i = path.indexOf('/', i + 1)) {
                nodes.putIfAbsent(path.substring(0, i), "");
            }
        }
    }

    private XenStore store;
    private TestGuest guest;

    @BeforeTry
    void freshStore() throws StoreException {
        store = new XenStore();
        guest = new TestGuest(1, store);
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
    }

    private String apply(Step step, int transaction) {
        return switch (step.kind()) {
            case READ -> guest.text(MessageType.READ, transaction, step.path());
            case WRITE -> guest.write(transaction, step.path(), step.value());
            case MKDIR -> guest.text(MessageType.MKDIR, transaction, step.path());
            case RM -> guest.text(MessageType.RM, transaction, step.path());
        };
    }

    private TreeMap<String, String> contents() throws StoreException {
        TreeMap<String, String> found = new TreeMap<>();
        List<String> open = new ArrayList<>(store.list(HOME));
        while (!open.isEmpty()) {
            String path = open.removeLast();
            found.put(path, store.readText(HOME + "/" + path));
            for (String child : store.list(HOME + "/" + path)) {
                open.add(path + "/" + child);
            }
        }
        return found;
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<String> path =
                Arbitraries.of("a", "b", "c")
                        .list()
                        .ofMinSize(1)
                        .ofMaxSize(3)
                        .map(names -> String.join("/", names));
        Arbitrary<Step> step =
                Combinators.combine(
                                Arbitraries.of(true, false),
                                Arbitraries.of(Kind.class),
                                path,
                                Arbitraries.of("", "x", "yz"))
                        .as(Step::new);
        return step.list().ofMaxSize(30);
    }

    /**
     * Steps outside act at once. Steps inside a transaction see their own changes; if its commit
     * succeeds, all its results must be those of doing them together at that moment, and it must
     * succeed if nothing was done outside.
     */
    @Property(tries = 500)
    void committedTransactionsAreAsIfDoneAtOnce(@ForAll("steps") List<Step> steps)
            throws StoreException {
        Model model = new Model();
        int transaction = guest.startTransaction();
        List<Step> inside = new ArrayList<>();
        List<String> results = new ArrayList<>();
        boolean disturbed = false;
        for (Step step : steps) {
            if (step.inside()) {
                inside.add(step);
                results.add(apply(step, transaction));
            } else {
                disturbed |= step.kind() != Kind.READ;
                assertEquals(model.apply(step), apply(step, 0));
            }
        }
        String end = guest.text(MessageType.TRANSACTION_END, transaction, "T");
        if (end.equals("OK|")) {
            List<String> expected = new ArrayList<>();
            for (Step step : inside) {
                expected.add(model.apply(step));
            }
            assertEquals(expected, results);
        } else {
            assertEquals("EAGAIN", end);
            assertTrue(disturbed);
        }
        assertEquals(model.nodes, contents());
        assertEquals(model.nodes.size() + 1, store.account(1).nodes());
        assertEquals(0, store.account(1).heldBytes());
    }

    /** Any bytes, in messages with a likely header or none, with offsets that sometimes jump. */
    @Property(tries = 500)
    void noiseInTheRingNeverThrows(@ForAll long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int choice = random.nextInt(40);
            if (choice == 0) {
                guest.page.put32(StoreRing.REQ_CONS + 4 * random.nextInt(8), random.nextInt());
            } else if (choice < 3) {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                guest.putBytes(noise);
            } else {
                guest.putBytes(likelyMessage(random));
            }
            guest.connection.service();
            boolean sane =
                    Integer.compareUnsigned(
                                    guest.page.get32(StoreRing.RSP_PROD)
                                            - guest.page.get32(StoreRing.RSP_CONS),
                                    StoreRing.QUEUE_BYTES)
                            <= 0;
            if (sane && random.nextBoolean()) {
                guest.collect();
            }
            if (guest.connection.error() != null && random.nextBoolean()) {
                guest.page.put32(StoreRing.CONNECTION, StoreRing.RECONNECT);
            }
        }
        assertEquals(guest.connection.error() == null, !isBroken());
        guest.connection.close();
        assertEquals(0, store.account(1).watches());
        assertEquals(0, store.account(1).transactions());
        assertEquals(0, store.account(1).heldBytes());
    }

    private boolean isBroken() {
        guest.page.put32(StoreRing.CONNECTION, 0);
        int events = guest.notifications;
        guest.connection.service();
        return guest.connection.error() != null && guest.notifications == events;
    }

    private static byte[] likelyMessage(Random random) {
        StringBuilder payload = new StringBuilder();
        int strings = random.nextInt(4);
        for (int i = 0; i < strings; i++) {
            String[] texts = {"a", "a/b", "T", "F", "n1", "r2", HOME, "/", "@releaseDomain", "0"};
            payload.append(texts[random.nextInt(texts.length)]);
            if (random.nextInt(5) > 0) {
                payload.append('\0');
            }
        }
        byte[] bytes = payload.toString().getBytes(Message.BYTES);
        int transaction = random.nextInt(3) == 0 ? random.nextInt(4) : 0;
        return new Message(random.nextInt(24), random.nextInt(), transaction, bytes).encode();
    }
}
