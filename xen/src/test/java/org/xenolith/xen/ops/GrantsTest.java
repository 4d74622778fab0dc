package org.xenolith.xen.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.FakeGuest;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.grant.GrantStatus;
import org.xenolith.xen.hypercall.Errno;

class GrantsTest {
    private static final int PERMIT = 1;
    private static final int READONLY = 4;
    private static final int READING = 8;
    private static final int WRITING = 16;
    private static final int HOST = 2;
    private static final int MAP_READONLY = 4;

    private final Machine machine = new Machine(512 * 4096);
    private final Domain granter = FakeGuest.domain(machine, 1, 1);
    private final Domain user = FakeGuest.domain(machine, 2, 1);
    private final FakeGuest userGuest = (FakeGuest) user.guest;
    private final long args = FakeGuest.page(user, 0);
    private final long shared = FakeGuest.page(granter, 1);

    @BeforeEach
    void register() {
        CommonHypercalls.register(granter);
        CommonHypercalls.register(user);
    }

    private long op(Domain domain, int cmd, long array, int count) {
        return domain.hypercalls.dispatch(domain.vcpus[0], 20, cmd, array, count, 0, 0);
    }

    private long entry(int ref) {
        return (granter.grants.frameMfn(0) << 12) + 8L * ref;
    }

    private void grant(int ref, int flags, int to, long maddr) {
        machine.ram.put16(entry(ref) + 2, (short) to);
        machine.ram.put32(entry(ref) + 4, (int) (maddr >>> 12));
        machine.ram.put16(entry(ref), (short) flags);
    }

    private int flags(int ref) {
        return machine.ram.get16(entry(ref));
    }

    private int map(int domid, int ref, int flags) {
        machine.ram.put64(args, 0x1000);
        machine.ram.put32(args + 8, flags);
        machine.ram.put32(args + 12, ref);
        machine.ram.put16(args + 16, (short) domid);
        assertEquals(0, op(user, 0, args, 1));
        return machine.ram.get16(args + 18);
    }

    private int unmap(int handle) {
        machine.ram.put64(args, 0x1000);
        machine.ram.put64(args + 8, 0);
        machine.ram.put32(args + 16, handle);
        assertEquals(0, op(user, 1, args, 1));
        return machine.ram.get16(args + 20);
    }

    @Test
    void mapAndUnmap() {
        grant(9, PERMIT, 2, shared);
        assertEquals(GrantStatus.OKAY, map(1, 9, HOST));
        int handle = machine.ram.get32(args + 20);
        assertEquals(shared, machine.ram.get64(args + 24));
        assertEquals(PERMIT | READING | WRITING, flags(9));
        assertEquals(2, machine.frames.references(shared >>> 12));
        assertEquals(1, machine.frames.typeReferences(shared >>> 12));

        assertEquals(GrantStatus.OKAY, map(1, 9, HOST | MAP_READONLY));
        int second = machine.ram.get32(args + 20);
        assertEquals(GrantStatus.OKAY, unmap(handle));
        assertEquals(PERMIT | READING, flags(9));
        assertEquals(GrantStatus.BAD_HANDLE, unmap(handle));
        assertEquals(GrantStatus.OKAY, unmap(second));
        assertEquals(PERMIT, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
        assertEquals(0, machine.frames.typeReferences(shared >>> 12));
        assertTrue(userGuest.mappedGrants.isEmpty());
    }

    @Test
    void badGrantsAreRefused() {
        assertEquals(GrantStatus.BAD_DOMAIN, map(7, 9, HOST));
        assertEquals(GrantStatus.BAD_GNTREF, map(1, 512, HOST));
        assertEquals(GrantStatus.BAD_GNTREF, map(1, -1, HOST));
        assertEquals(GrantStatus.BAD_GNTREF, map(1, 9, 0));
        assertEquals(GrantStatus.GENERAL_ERROR, map(1, 9, HOST));
        grant(9, PERMIT, 3, shared);
        assertEquals(GrantStatus.GENERAL_ERROR, map(1, 9, HOST));
        grant(9, PERMIT | READONLY, 2, shared);
        assertEquals(GrantStatus.GENERAL_ERROR, map(1, 9, HOST));
        grant(9, PERMIT, 2, FakeGuest.page(user, 3));
        assertEquals(GrantStatus.BAD_PAGE, map(1, 9, HOST));
        grant(9, PERMIT, 2, 0xffffffffL << 12);
        assertEquals(GrantStatus.BAD_PAGE, map(1, 9, HOST));
        grant(9, PERMIT, 2, shared);
        machine.frames.referenceType(shared >>> 12, FrameTable.L1);
        assertEquals(GrantStatus.GENERAL_ERROR, map(1, 9, HOST));
        assertEquals(PERMIT, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
        assertEquals(GrantStatus.OKAY, map(1, 9, HOST | MAP_READONLY));
    }

    @Test
    void aPinnedGrantIgnoresWhatTheGuestWritesNow() {
        grant(9, PERMIT, 2, shared);
        assertEquals(shared >>> 12, granter.grants.pin(9, 2, false, true));
        grant(9, PERMIT, 3, FakeGuest.page(granter, 2));
        assertEquals(GrantStatus.GENERAL_ERROR, granter.grants.pin(9, 3, false, true));
        assertEquals(shared >>> 12, granter.grants.pin(9, 2, true, true));
    }

    @Test
    void aMappingThatFailsHoldsNothing() {
        grant(9, PERMIT, 2, shared);
        userGuest.mapGrantStatus = GrantStatus.BAD_VIRT_ADDR;
        assertEquals(GrantStatus.BAD_VIRT_ADDR, map(1, 9, HOST));
        assertEquals(PERMIT, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
        assertEquals(0, user.grants.maps.size());
    }

    private int copy(long from, int fromDomid, int fromOffset, long to, int length, int flags) {
        machine.ram.put64(args, from);
        machine.ram.put16(args + 8, (short) fromDomid);
        machine.ram.put16(args + 10, (short) fromOffset);
        machine.ram.put64(args + 16, to);
        machine.ram.put16(args + 24, (short) 0x7ff0);
        machine.ram.put16(args + 26, (short) 0);
        machine.ram.put16(args + 32, (short) length);
        machine.ram.put16(args + 34, (short) flags);
        assertEquals(0, op(user, 5, args, 1));
        return machine.ram.get16(args + 36);
    }

    @Test
    void copyFromAGrant() {
        long dest = FakeGuest.page(user, 5);
        machine.ram.put64(shared + 0x80, 0x1122334455667788L);
        grant(9, PERMIT | READONLY, 2, shared);
        assertEquals(GrantStatus.OKAY, copy(9, 1, 0x80, dest >>> 12, 8, 1));
        assertEquals(0x1122334455667788L, machine.ram.get64(dest));
        assertEquals(PERMIT | READONLY, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
        assertEquals(1, machine.frames.references(dest >>> 12));

        assertEquals(GrantStatus.BAD_COPY_ARG, copy(9, 1, 4090, dest >>> 12, 8, 1));
        assertEquals(GrantStatus.BAD_COPY_ARG, copy(9, 1, 0, dest >>> 12, 0xffff, 1));
        assertEquals(GrantStatus.PERMISSION_DENIED, copy(shared >>> 12, 1, 0, dest >>> 12, 8, 0));
        assertEquals(GrantStatus.BAD_PAGE, copy(9, 1, 0, shared >>> 12, 8, 1));
        assertEquals(GrantStatus.BAD_PAGE, copy(9, 1, 0, Long.MIN_VALUE, 8, 1));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(10, 1, 0, dest >>> 12, 8, 1));
        machine.frames.referenceType(dest >>> 12, FrameTable.L3);
        assertEquals(GrantStatus.GENERAL_ERROR, copy(9, 1, 0, dest >>> 12, 8, 1));
        assertEquals(PERMIT | READONLY, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
    }

    @Test
    void tableIsSetUpAndGrows() {
        machine.ram.put32(args, 0x7ff0);
        machine.ram.put32(args + 4, 3);
        machine.ram.put64(args + 16, args + 64);
        assertEquals(0, op(user, 2, args, 1));
        assertEquals(GrantStatus.OKAY, machine.ram.get16(args + 8));
        for (int k = 0; k < 3; k++) {
            assertEquals(user.grants.frameMfn(k), machine.ram.get64(args + 64 + 8 * k));
        }
        assertEquals(0, op(user, 6, args, 1));
        assertEquals(3, machine.ram.get32(args + 4));
        assertEquals(64, machine.ram.get32(args + 8));

        for (int frames : new int[] {65, -1, Integer.MIN_VALUE}) {
            machine.ram.put32(args + 4, frames);
            assertEquals(0, op(user, 2, args, 1));
            assertEquals(GrantStatus.GENERAL_ERROR, machine.ram.get16(args + 8));
        }
        machine.ram.put32(args, 1);
        op(user, 2, args, 1);
        assertEquals(GrantStatus.PERMISSION_DENIED, machine.ram.get16(args + 8));
        machine.ram.put32(args, 5);
        op(user, 2, args, 1);
        assertEquals(GrantStatus.BAD_DOMAIN, machine.ram.get16(args + 8));
        assertEquals(-Errno.EINVAL, op(user, 2, args, 2));
        assertEquals(-1, user.grants.frameMfn(64));
        assertEquals(-1, user.grants.frameMfn(-1));
    }

    @Test
    void onlyVersion1() {
        machine.ram.put32(args, 2);
        assertEquals(-Errno.ENOSYS, op(user, 8, args, 1));
        assertEquals(1, machine.ram.get32(args));
        assertEquals(0, op(user, 8, args, 1));
        machine.ram.put32(args, 3);
        assertEquals(-Errno.EINVAL, op(user, 8, args, 1));
        machine.ram.put32(args, 0x7ff0);
        assertEquals(0, op(user, 10, args, 1));
        assertEquals(1, machine.ram.get32(args + 4));
        for (int refused : new int[] {3, 4, 11, 12, 13, -1}) {
            assertEquals(-Errno.ENOSYS, op(user, refused, args, 1));
        }
        assertEquals(-Errno.EINVAL, op(user, 0, args, -1));
        assertEquals(-Errno.EINVAL, op(user, 0, args, 1 << 20));
    }

    @Test
    void destroyedDomainsLeakNoFrame() {
        int before = machine.frames.free();
        Domain third = FakeGuest.domain(machine, 3, 2);
        third.grants.frameMfn(4);
        long page = FakeGuest.page(third, 0);
        assertEquals(0, third.events.initControl(0, page >>> 12, 0));
        machine.frames.referenceType(FakeGuest.page(third, 2) >>> 12, FrameTable.L4);
        third.destroy();
        assertEquals(before, machine.frames.free());
        assertEquals(null, machine.domain(3));
    }

    @Test
    void aFrameOutlivesItsOwnerWhileMapped() {
        grant(9, PERMIT, 2, shared);
        assertEquals(GrantStatus.OKAY, map(1, 9, HOST));
        int handle = machine.ram.get32(args + 20);
        granter.destroy();
        assertEquals(FrameTable.XEN, machine.frames.owner(shared >>> 12));
        int free = machine.frames.free();
        assertEquals(GrantStatus.OKAY, unmap(handle));
        assertEquals(free + 1, machine.frames.free());
    }

    @Test
    void aMappersEndReleasesTheGrant() {
        grant(9, PERMIT, 2, shared);
        assertEquals(GrantStatus.OKAY, map(1, 9, HOST));
        user.destroy();
        assertEquals(PERMIT, flags(9));
        assertEquals(1, machine.frames.references(shared >>> 12));
        assertEquals(0, machine.frames.typeReferences(shared >>> 12));
    }
}
