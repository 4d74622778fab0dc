package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

class StoreConnectionTest {
    private static final String HOME = "/local/domain/1";

    private final XenStore store =
            new XenStore(new Quotas(1000, 2048, 128, 10, 1024, 5, 1 << 20, 3000));
    private final TestGuest guest = new TestGuest(1, store);

    @BeforeEach
    void home() throws StoreException {
        store.mkdir(HOME);
        store.setPermissions(HOME, Permissions.ownedBy(1));
        store.write(HOME + "/big", "0123456789".repeat(200));
    }

    private static byte[] read(int request, String path) {
        return new Message(2, request, 0, Message.strings(path)).encode();
    }

    @Test
    void announcesReconnectionAndErrors() {
        assertEquals(3, guest.page.get32(StoreRing.SERVER_FEATURES));
        assertEquals(0, guest.page.get32(StoreRing.CONNECTION));
    }

    @Test
    void requestMayArriveByteByByte() {
        byte[] bytes = read(5, "big");
        for (byte each : bytes) {
            assertEquals(List.of(), guest.receiveAll());
            guest.sendBytes(new byte[] {each});
        }
        assertEquals(2000, guest.receiveAll().getFirst().payload().length);
    }

    @Test
    void offsetsMayStartAnywhereAndWrap() {
        for (int off : List.of(StoreRing.REQ_CONS, StoreRing.REQ_PROD)) {
            guest.page.put32(off, -7);
        }
        for (int off : List.of(StoreRing.RSP_CONS, StoreRing.RSP_PROD)) {
            guest.page.put32(off, -700);
        }
        for (int i = 0; i < 100; i++) {
            assertEquals("OK|", guest.write(0, "a" + i, "v".repeat(i)));
        }
        assertEquals("v".repeat(99), guest.text(MessageType.READ, 0, "a99"));
    }

    @Test
    void answerLargerThanTheRingArrivesAsTheGuestReads() {
        assertEquals(2000, guest.text(MessageType.READ, 0, "big").length());
    }

    @Test
    void guestThatDoesNotReadIsNotServed() {
        byte[] bytes = read(1, "big");
        int put = 0;
        while (guest.putBytes(bytes) == bytes.length) {
            put++;
        }
        int before = guest.page.get32(StoreRing.REQ_CONS);
        guest.connection.service();
        guest.connection.service();
        assertEquals(bytes.length, guest.page.get32(StoreRing.REQ_CONS) - before);
        assertTrue(put > 40);
        assertNull(guest.connection.error());
        assertEquals(1, guest.notifications);
    }

    @Test
    void noEventWithoutProgress() {
        guest.connection.service();
        assertEquals(0, guest.notifications);
    }

    @Test
    void requestOffsetsTooFarApartBreakTheConnection() {
        guest.page.put32(StoreRing.REQ_PROD, 1025);
        guest.connection.service();
        assertNotNull(guest.connection.error());
        assertEquals(StoreRing.ERROR_RINGIDX, guest.page.get32(StoreRing.ERROR));
        assertEquals(1, guest.notifications);
        guest.connection.service();
        assertEquals(0, guest.page.get32(StoreRing.REQ_CONS));
        assertEquals(1, guest.notifications);
    }

    @Test
    void responseOffsetsTooFarApartBreakTheConnection() {
        guest.page.put32(StoreRing.RSP_CONS, 1);
        guest.putBytes(read(1, "big"));
        guest.connection.service();
        assertNotNull(guest.connection.error());
        assertEquals(StoreRing.ERROR_RINGIDX, guest.page.get32(StoreRing.ERROR));
    }

    @Test
    void tooLongMessageBreaksTheConnection() {
        byte[] header = new Message(2, 1, 0, new byte[4097]).encode();
        guest.putBytes(header);
        guest.connection.service();
        assertNotNull(guest.connection.error());
        assertEquals(StoreRing.ERROR_PROTO, guest.page.get32(StoreRing.ERROR));
    }

    @Test
    void longestMessageIsServed() {
        byte[] payload = new byte[4096];
        assertEquals(List.of("EINVAL"), guest.ask(MessageType.READ, 0, payload).strings());
        assertNull(guest.connection.error());
    }

    @Test
    void reconnectionStartsAfresh() throws StoreException {
        guest.text(MessageType.WATCH, 0, "w", "t");
        int transaction = guest.startTransaction();
        guest.takeEvents();
        guest.page.put32(StoreRing.REQ_PROD, -1);
        guest.connection.service();
        assertNotNull(guest.connection.error());
        guest.page.put32(StoreRing.CONNECTION, StoreRing.RECONNECT);
        guest.connection.service();
        assertNull(guest.connection.error());
        assertEquals(StoreRing.CONNECTED, guest.page.get32(StoreRing.CONNECTION));
        assertEquals(StoreRing.ERROR_NONE, guest.page.get32(StoreRing.ERROR));
        store.write(HOME + "/w", "x");
        assertEquals(List.of(), guest.takeEvents());
        assertEquals("ENOENT", guest.text(MessageType.READ, transaction, "w"));
        assertEquals("x", guest.text(MessageType.READ, 0, "w"));
    }

    @Test
    void reconnectionDropsAHalfRequest() {
        guest.sendBytes(new byte[] {2, 0, 0, 0, 1});
        guest.page.put32(StoreRing.CONNECTION, StoreRing.RECONNECT);
        guest.connection.service();
        assertEquals(2000, guest.text(MessageType.READ, 0, "big").length());
    }

    @Test
    void sameEventWaitsOnlyOnce() throws StoreException {
        guest.text(MessageType.WATCH, 0, "w", "t");
        guest.takeEvents();
        for (int i = 0; i < 10_000; i++) {
            store.write(HOME + "/w", "x");
        }
        assertNull(guest.connection.error());
        int events = guest.takeEvents().size();
        assertTrue(events > 40 && events < 60, "ring full and one or two waiting: " + events);
    }

    @Test
    void tooManyWaitingEventsBreakTheConnection() throws StoreException {
        guest.text(MessageType.WATCH, 0, "w", "t");
        guest.takeEvents();
        for (int i = 0; i < 1000; i++) {
            store.write(HOME + "/w/" + i, "x");
        }
        assertNotNull(guest.connection.error());
        assertEquals(StoreRing.ERROR_COMM, guest.page.get32(StoreRing.ERROR));
        assertEquals(0, store.account(1).watches());
    }

    @Test
    void closedConnectionDoesNothing() throws StoreException {
        guest.text(MessageType.WATCH, 0, "w", "t");
        guest.takeEvents();
        guest.connection.close();
        guest.putBytes(read(1, "big"));
        guest.connection.service();
        store.write(HOME + "/w", "x");
        assertEquals(List.of(), guest.receiveAll());
    }
}
