package org.xenolith.xen.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.FakeGuest;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.grant.GrantStatus;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.hypercall.HypercallNumber;

import java.util.Arrays;
import java.util.List;

/**
 * Structures as 32-bit code lays them out (public/arch-x86/xen-x86_32.h). What lies behind a field
 * or a structure is filled with ones, which a 64-bit reading would take for a part of it.
 */
class GuestAbiTest {
    private final Machine machine = new Machine(512 * 4096);
    private final Domain domain = FakeGuest.domain(machine, 1, 2);
    private final Vcpu v0 = domain.vcpus[0];
    private final long page = FakeGuest.page(domain, 0);
    private final GuestMemory memory = v0.memory();

    @BeforeEach
    void fill() {
        CommonHypercalls.register(domain);
        ((FakeGuest) domain.guest).abi = GuestAbi.I386;
        byte[] ones = new byte[4096];
        Arrays.fill(ones, (byte) -1);
        machine.ram.write(page, ones, 0, ones.length);
    }

    private long call(int number, long a1, long a2, long a3) {
        return domain.hypercalls.dispatch(v0, number, a1, a2, a3, 0, 0);
    }

    /** Stores 32-bit values from an offset on. */
    private void put(long at, long... values) {
        for (int k = 0; k < values.length; k++) {
            machine.ram.put32(at + 4L * k, (int) values[k]);
        }
    }

    private int get(long at) {
        return machine.ram.get32(at);
    }

    @Test
    void wordsHaveTheSizeOfTheGuests() throws GuestFault {
        assertEquals(0xffffffffL, memory.readWord(page));
        memory.writeWord(page, 0x1_2345_6789L);
        assertEquals(0xffffffff_23456789L, machine.ram.get64(page));
        ((FakeGuest) domain.guest).abi = GuestAbi.X86_64;
        memory.writeWord(page, 0x1_2345_6789L);
        assertEquals(0x1_2345_6789L, memory.readWord(page));
    }

    @Test
    void multicallEntriesAre32Bytes() {
        put(page, HypercallNumber.XEN_VERSION, 0x5555, 0, 0, 0, 0, 0, 0x77);
        put(page + 32, HypercallNumber.SET_TIMER_OP, 0x5555, 0x10, 0x2, 0, 0, 0, 0x77);
        put(page + 64, 60, 0x5555);
        assertEquals(0, call(HypercallNumber.MULTICALL, page, 3, 0));
        assertEquals(4 << 16 | 17, get(page + 4));
        assertEquals(0x77, get(page + 28));
        assertEquals(0, get(page + 36));
        assertEquals(0x2_0000_0010L, machine.timers.nextDeadline());
        assertEquals(-Errno.ENOSYS, get(page + 68));
        assertEquals(0, get(page + 8));
    }

    @Test
    void theTimerTakesTwoWords() {
        call(HypercallNumber.SET_TIMER_OP, 0xfffffff0L, 1, 0);
        assertEquals(0x1_ffff_fff0L, machine.timers.nextDeadline());
        call(HypercallNumber.SET_TIMER_OP, 0, 0x80000000L, 0);
        assertEquals(100_000_000, machine.timers.nextDeadline());
    }

    @Test
    void pollReadsA16ByteStructure() {
        int port = domain.events.bindIpi(0);
        put(page, page + 64, 1, 5000, 0);
        put(page + 64, port);
        assertEquals(0, call(HypercallNumber.SCHED_OP, 3, page, 0));
        assertTrue(v0.blocked);
        assertEquals(5000, machine.timers.nextDeadline());
        domain.events.send(port);
        assertFalse(v0.blocked);
    }

    @Test
    void aSingleshotTimerTakes12Bytes() {
        long end = lastPage() + 4096 - 12;
        put(end, 3000, 0, 0);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 8, 0, end));
        assertEquals(3000, machine.timers.nextDeadline());
        assertEquals(-Errno.EFAULT, call(HypercallNumber.VCPU_OP, 8, 0, end + 4));
    }

    /** A page that no page of the domain follows. */
    private long lastPage() {
        return FakeGuest.page(domain, 63);
    }

    @Test
    void runstatePacksItsTimes() {
        put(page, page + 256);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 5, 0, page));
        domain.latchSharedAbi(GuestAbi.I386);
        v0.cpu.instructions = 1000;
        call(HypercallNumber.SCHED_OP, 1, 0, 0);
        long[] expected = {2, 1000, 0, 1000, 0, 0, 0, 0, 0, 0, 0, -1};
        for (int k = 0; k < expected.length; k++) {
            assertEquals((int) expected[k], get(page + 256 + 4L * k), "word " + k);
        }
        assertEquals(0, call(HypercallNumber.VCPU_OP, 4, 0, page + 512));
        assertEquals(2, get(page + 512));
        assertEquals(1000, get(page + 516));
        assertEquals(-1, get(page + 512 + 44));
    }

    @Test
    void areasAreNamedByAWord() {
        put(page, page + 256);
        machine.ram.put32(page + 256, 4);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 13, 0, page));
        assertEquals(6, get(page + 256));
    }

    @Test
    void platformParametersAreAWord() {
        machine.ram.put64(page, 0);
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 5, page, 0));
        assertEquals(0xffffffffL, machine.ram.get64(page));
    }

    // ---- grant_table_op ------------------------------------------------------------------------

    @Test
    void setupTableWritesWords() {
        put(page, 0x7ff0, 2, -1, page + 64);
        assertEquals(0, call(HypercallNumber.GRANT_TABLE_OP, 2, page, 1));
        assertEquals(GrantStatus.OKAY, machine.ram.get16(page + 8));
        assertEquals((int) domain.grants.frameMfn(0), get(page + 64));
        assertEquals((int) domain.grants.frameMfn(1), get(page + 68));
        assertEquals(-1, get(page + 72));
    }

    @Test
    void statusFramesTake12Bytes() {
        long end = lastPage() + 4096 - 12;
        put(end, 0, 0x7ff0, 0);
        assertEquals(0, call(HypercallNumber.GRANT_TABLE_OP, 9, end, 1));
        assertEquals(GrantStatus.OKAY, machine.ram.get16(end + 6));
    }

    @Test
    void copiesAre24BytesEach() {
        long from = FakeGuest.page(domain, 1);
        long to = FakeGuest.page(domain, 2);
        machine.ram.put64(from + 0x80, 0x1122334455667788L);
        for (int k = 0; k < 2; k++) {
            int toOffset = 16 * k;
            put(
                    page + 24L * k,
                    from >>> 12,
                    0x7ff0 | 0x80 << 16,
                    to >>> 12,
                    0x7ff0 | toOffset << 16,
                    8,
                    0x1234);
        }
        assertEquals(0, call(HypercallNumber.GRANT_TABLE_OP, 5, page, 2));
        for (int k = 0; k < 2; k++) {
            assertEquals(GrantStatus.OKAY, machine.ram.get16(page + 24L * k + 20));
            assertEquals(0x1122334455667788L, machine.ram.get64(to + 16L * k));
        }
    }

    // ---- memory_op -----------------------------------------------------------------------------

    @Test
    void reservationsByBothLayouts() throws GuestFault {
        put(page, 0x1000, 7, 3, 5, 0x7ff0);
        assertEquals(new Reservation(0x1000, 7, 3, 5, 0x7ff0), Reservation.read(memory, page));
        assertEquals(20, Reservation.size(GuestAbi.I386));
        ((FakeGuest) domain.guest).abi = GuestAbi.X86_64;
        put(page, 0x1000, 0, 7, 0, 3, 5, 0x7ff0);
        assertEquals(new Reservation(0x1000, 7, 3, 5, 0x7ff0), Reservation.read(memory, page));
        assertEquals(32, Reservation.size(GuestAbi.X86_64));
    }

    @Test
    void theMemoryMapByBothLayouts() throws GuestFault {
        PhysicalMap map = new PhysicalMap();
        map.describe(List.of(new PhysicalMap.Range(0, 0xa0000, 1)));
        put(page, 10, page + 64);
        assertEquals(0, map.tell(memory, page));
        assertEquals(1, get(page));
        assertEquals(0xa0000, get(page + 72));
        assertEquals(1, get(page + 80));
        put(page, 0x7ff0, 1, page + 64);
        put(page + 72, 0x90000);
        assertEquals(0, map.replace(domain, memory, page));
        ((FakeGuest) domain.guest).abi = GuestAbi.X86_64;
        put(page, 10, -1, page + 128, 0);
        assertEquals(0, map.tell(memory, page));
        assertEquals(0x90000, get(page + 136));
    }

    // ---- shared_info ---------------------------------------------------------------------------

    @Test
    void theDateMovesWithTheLayout() {
        long shared = domain.sharedInfo;
        int seconds = get(shared + 0xc04);
        assertEquals((int) machine.wallclock.seconds(), seconds);
        assertEquals(0, get(shared + 0x904));
        domain.latchSharedAbi(GuestAbi.I386);
        assertEquals(2, get(shared + 0x900));
        assertEquals(seconds, get(shared + 0x904));
        assertEquals(machine.wallclock.nanos(), get(shared + 0x908));
    }

    @Test
    void the2LevelBitmapsHave32BitWords() {
        domain.latchSharedAbi(GuestAbi.I386);
        long shared = domain.sharedInfo;
        int port = 0;
        for (int k = 1; k <= 40; k++) {
            port = domain.events.bindIpi(0);
        }
        assertEquals(40, port);
        machine.memory.assignBit(shared + 2176, port, true);
        domain.events.send(port);
        assertEquals(1 << 8, get(shared + 2048 + 4));
        assertEquals(0, get(v0.info + 4));
        assertEquals(0, machine.ram.get8(v0.info));
        domain.events.unmask(port);
        assertEquals(0, get(shared + 2176 + 4));
        assertEquals(1 << 1, get(v0.info + 4));
        assertEquals(0, get(v0.info + 8));
        assertEquals(1, machine.ram.get8(v0.info));
    }

    @Test
    void aMovedVcpuInfoHas4BytesOfSelector() {
        domain.latchSharedAbi(GuestAbi.I386);
        long place = FakeGuest.page(domain, 1);
        machine.ram.put64(page, place >>> 12);
        put(page + 8, 0);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 10, 0, page));
        assertEquals(-1, get(place + 4));
        assertEquals(0, get(place + 8));
    }
}
