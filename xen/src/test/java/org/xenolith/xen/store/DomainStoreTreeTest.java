package org.xenolith.xen.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

class DomainStoreTreeTest {
    private static final String UUID_TEXT = "7f3503a4-dda3-45a9-90e2-bf0deabcb584";

    /**
     * The home of a PV guest as {@code xenstore-ls -p} showed it on Xen 4.17 after {@code xl
     * create}, with the console's ring-ref, which that listing lacked and xl writes after the port.
     */
    private static final String GOLDEN =
            """
            vm = "/vm/7f3503a4-dda3-45a9-90e2-bf0deabcb584" (n0,r1)
            name = "gn64" (n0,r1)
            cpu = "" (n0,r1)
             0 = "" (n0,r1)
              availability = "online" (n0,r1)
            memory = "" (n0,r1)
             static-max = "131072" (n0,r1)
             target = "131072" (n0,r1)
             videoram = "0" (n0,r1)
            device = "" (n0,r1)
             suspend = "" (n0,r1)
              event-channel = "" (n1)
            control = "" (n0,r1)
             shutdown = "" (n1)
             feature-poweroff = "" (n1)
             feature-reboot = "" (n1)
             feature-suspend = "" (n1)
             sysrq = "" (n1)
             platform-feature-multiprocessor-suspend = "1" (n0,r1)
             platform-feature-xs_reset_watches = "1" (n0,r1)
            data = "" (n1)
            drivers = "" (n1)
            feature = "" (n1)
            attr = "" (n1)
            error = "" (n1)
            domid = "1" (n0,r1)
            store = "" (n0,r1)
             port = "1" (n0,r1)
             ring-ref = "65251" (n0,r1)
            console = "" (n0,r1)
             backend = "/local/domain/0/backend/console/1/0" (n0,r1)
             backend-id = "0" (n1,r0)
             limit = "1048576" (n0,r1)
             type = "xenconsoled" (n0,r1)
             output = "pty" (n0,r1)
             tty = "/dev/pts/0" (n0,r1)
             port = "2" (n0,r1)
             ring-ref = "65250" (n0,r1)
            """;

    private final XenStore store = new XenStore();
    private final DomainStoreTree toolstack = new DomainStoreTree(store);

    private static DomainStoreParameters guest(int domid, int vcpus) {
        return new DomainStoreParameters(
                domid,
                "gn64",
                UUID.fromString(UUID_TEXT),
                131072,
                131072,
                vcpus,
                new DomainStoreParameters.Ring(1, 65251),
                new DomainStoreParameters.Ring(2, 65250),
                "/dev/pts/0",
                new DomainStoreParameters.Image(
                        "linux", "vmlinuz", null, "console=hvc0", "1700000000.25"));
    }

    private List<String> listing(String path, String indent) throws StoreException {
        List<String> lines = new ArrayList<>();
        for (String child : store.list(path)) {
            String full = path + "/" + child;
            lines.add(
                    "%s%s = \"%s\" (%s)"
                            .formatted(
                                    indent, child, store.readText(full), store.permissions(full)));
            lines.addAll(listing(full, indent + " "));
        }
        return lines;
    }

    @Test
    void pvGuestsHomeIsAsXlWritesIt() throws StoreException {
        toolstack.writeBase();
        toolstack.writeDomain(guest(1, 1));
        assertEquals(GOLDEN.lines().toList(), listing("/local/domain/1", ""));
        assertEquals("n0,r1", store.permissions("/local/domain/1").toString());
        assertEquals("n0", store.permissions("/local/domain").toString());
    }

    @Test
    void vmNodeDescribesTheGuest() throws StoreException {
        toolstack.writeDomain(guest(1, 1));
        List<String> expected =
                List.of(
                        "uuid = \"" + UUID_TEXT + "\" (n0,r1)",
                        "name = \"gn64\" (n0,r1)",
                        "image = \"\" (n0,r1)",
                        " ostype = \"linux\" (n0,r1)",
                        " kernel = \"vmlinuz\" (n0,r1)",
                        " cmdline = \"console=hvc0\" (n0,r1)",
                        "start_time = \"1700000000.25\" (n0,r1)");
        assertEquals(expected, listing("/vm/" + UUID_TEXT, ""));
    }

    @Test
    void eachVcpuIsOnline() throws StoreException {
        toolstack.writeDomain(guest(3, 4));
        assertEquals(List.of("0", "1", "2", "3"), store.list("/local/domain/3/cpu"));
        assertEquals("online", store.readText("/local/domain/3/cpu/3/availability"));
    }

    @Test
    void shutdownRequestReachesTheGuestWhichClearsIt() {
        toolstack.writeDomain(guest(1, 1));
        TestGuest guest = new TestGuest(1, store);
        guest.text(MessageType.WATCH, 0, "control/shutdown", "t");
        guest.takeEvents();
        assertTrue(toolstack.requestShutdown(1, ShutdownRequest.POWEROFF));
        assertEquals(List.of("control/shutdown|t"), guest.takeEvents());
        assertEquals("poweroff", guest.text(MessageType.READ, 0, "control/shutdown"));
        assertEquals("OK|", guest.write(0, "control/shutdown", ""));
        assertEquals("", store.readText("/local/domain/1/control/shutdown"));
        assertFalse(toolstack.requestShutdown(2, ShutdownRequest.REBOOT));
    }

    @Test
    void removingAGuestLeavesNothingOfIt() throws StoreException {
        toolstack.writeBase();
        DomainStoreParameters guest = guest(1, 1);
        toolstack.writeDomain(guest);
        toolstack.removeDomain(guest);
        assertEquals(List.of("0"), store.list("/local/domain"));
        assertEquals(List.of(), store.list("/vm"));
        assertNull(store.readText("/local/domain/0/backend/console/1"));
        assertEquals("0", store.readText("/local/domain/0/domid"));
    }
}
