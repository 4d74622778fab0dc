package org.xenolith.pv.mm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.xenolith.pv.mm.PvFixture.FREE;
import static org.xenolith.pv.mm.PvFixture.L1;
import static org.xenolith.pv.mm.PvFixture.PAGES;

import org.junit.jupiter.api.Test;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;

class PvGuestMemoryTest {
    private final PvFixture f = new PvFixture();
    private final GuestMemory memory = f.memory.guestMemory(f.v0);

    @Test
    void valuesMayCrossPages() throws GuestFault {
        long edge = f.va(FREE + 1);
        memory.write64(edge - 3, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, memory.read64(edge - 3));
        assertEquals(0x667788, f.ram.get32(f.maddr(FREE) + 4093 - 1) >>> 8);
        memory.write32(edge - 2, 0xcafebabe);
        assertEquals(0xcafebabe, memory.read32(edge - 2));
        assertEquals(0xba, memory.read8(edge - 1));
        byte[] long3 = new byte[3 * 4096];
        long3[0] = 1;
        long3[8191] = 2;
        memory.write(edge - 100, long3, 0, long3.length);
        byte[] back = new byte[long3.length];
        memory.read(edge - 100, back, 0, back.length);
        assertArrayEquals(long3, back);
    }

    @Test
    void refusedWriteChangesNothing() throws GuestFault {
        long end = f.va(PAGES);
        memory.write64(end - 8, 5);
        assertThrows(GuestFault.class, () -> memory.write(end - 8, new byte[16], 0, 16));
        assertEquals(5, memory.read64(end - 8));
        assertThrows(GuestFault.class, () -> memory.write64(end - 4, -1));
        assertEquals(5, memory.read64(end - 8));
    }

    @Test
    void guestsRightsApply() throws GuestFault {
        memory.read64(f.va(L1));
        assertThrows(GuestFault.class, () -> memory.write64(f.va(L1), 0));
        assertThrows(GuestFault.class, () -> memory.read64(0));
        assertThrows(GuestFault.class, () -> memory.read64(f.va(PAGES)));
    }

    @Test
    void hypervisorsPartIsRefused() {
        for (long gva :
                new long[] {
                    PvMemory.M2P_START,
                    PvMemory.M2P_START - 1,
                    XenSlots.PER_DOMAIN_START,
                    PvMemory.HYPERVISOR_END - 1,
                    1L << 47,
                    Long.MIN_VALUE,
                }) {
            assertThrows(GuestFault.class, () -> memory.read8(gva));
            assertThrows(GuestFault.class, () -> memory.write32(gva, 0));
        }
        // A range that wraps or starts below the hole does not get around the check.
        assertThrows(GuestFault.class, () -> memory.read64(-4));
        assertThrows(GuestFault.class, () -> memory.read64(PvMemory.M2P_START - 4));
    }

    @Test
    void processorWithoutRootHasNoMemory() {
        assertThrows(GuestFault.class, () -> f.memory.guestMemory(f.v1).read8(f.va(FREE)));
    }

    @Test
    void addresses() {
        assertEquals(true, PvMemory.addressOk(0));
        assertEquals(true, PvMemory.addressOk((1L << 47) - 1));
        assertEquals(false, PvMemory.addressOk(1L << 47));
        assertEquals(false, PvMemory.addressOk(PvMemory.HYPERVISOR_START));
        assertEquals(false, PvMemory.addressOk(PvMemory.HYPERVISOR_END - 1));
        assertEquals(true, PvMemory.addressOk(PvMemory.HYPERVISOR_END));
        assertEquals(true, PvMemory.addressOk(-1));
    }
}
