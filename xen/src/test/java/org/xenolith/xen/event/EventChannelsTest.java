package org.xenolith.xen.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenolith.xen.hypercall.Errno;

import java.util.Map;

class EventChannelsTest {
    private static final int SELF = FakeEventDomain.DOMID;

    private final FakeEventDomain domain = new FakeEventDomain(2);
    private final EventChannels events = domain.events;

    @Test
    void portsStartAtOneAndAreReusedFromTheLowest() {
        assertEquals(1, events.allocUnboundFor(0));
        assertEquals(2, events.bindIpi(0));
        assertEquals(0, events.close(1));
        assertEquals(1, events.bindIpi(1));
    }

    @Test
    void portsRunOut() {
        for (int port = 1; port <= EventChannels.MAX_PORT; port++) {
            assertEquals(port, events.bindIpi(0));
        }
        assertEquals(-Errno.ENOSPC, events.bindIpi(0));
        assertEquals(-Errno.ENOSPC, events.allocUnboundFor(0));
        assertEquals(-Errno.ENOSPC, events.bindVirq(Virq.TIMER, 0));
    }

    @Test
    void badNumbersAreRefused() {
        for (int port : new int[] {-1, 0, 5, 63, 64, 1 << 20, Integer.MAX_VALUE}) {
            assertEquals(-Errno.EINVAL, events.close(port), "close " + port);
            assertEquals(-Errno.EINVAL, events.send(port), "send " + port);
            assertEquals(-Errno.EINVAL, events.bindVcpu(port, 0), "bind_vcpu " + port);
            assertEquals(-Errno.EINVAL, events.poll(port), "poll " + port);
        }
        assertEquals(-Errno.ENOENT, events.bindIpi(2));
        assertEquals(-Errno.ENOENT, events.bindIpi(-1));
        assertEquals(-Errno.ENOENT, events.bindVcpu(events.bindIpi(0), 2));
        assertEquals(-Errno.EINVAL, events.bindVirq(24, 0));
        assertEquals(-Errno.EINVAL, events.bindVirq(-1, 0));
        assertEquals(-Errno.ESRCH, events.bindInterdomain(99, 1));
        assertEquals(-Errno.EINVAL, events.bindInterdomain(SELF, 1));
    }

    @Test
    void virqsAreBoundOnceAPerProcessorOrDomain() {
        int first = events.bindVirq(Virq.TIMER, 0);
        assertEquals(-Errno.EEXIST, events.bindVirq(Virq.TIMER, 0));
        int second = events.bindVirq(Virq.TIMER, 1);
        assertNotEquals(first, second);
        assertEquals(-Errno.EINVAL, events.bindVcpu(second, 0));
        assertEquals(-Errno.EINVAL, events.bindVirq(2, 1));

        events.sendVirq(domain.vcpus[1], Virq.TIMER);
        assertEquals(Map.of(), domain.take2Level(0));
        assertEquals(Map.of(second, 1), domain.take2Level(1));

        events.close(second);
        events.sendVirq(domain.vcpus[1], Virq.TIMER);
        assertEquals(Map.of(), domain.take2Level(1));
        assertTrue(events.bindVirq(Virq.TIMER, 1) > 0);
    }

    @Test
    void closingOneEndLeavesTheOtherUnbound() {
        int far = events.allocUnboundFor(SELF);
        int near = events.bindInterdomain(SELF, far);
        assertEquals(new PortStatus(2, 0, SELF, near), events.status(far));
        assertEquals(0, events.close(near));
        assertEquals(new PortStatus(1, 0, SELF, 0), events.status(far));
        assertEquals(0, events.send(far));
        assertEquals(near, events.bindInterdomain(SELF, far));
    }

    @Test
    void theHypervisorIsToldAndTells() {
        int port = events.allocUnboundFor(0);
        int[] told = {0};
        events.bindHypervisor(port, () -> told[0]++);
        assertEquals(0, events.send(port));
        assertEquals(1, told[0]);

        events.notifyPort(port);
        assertEquals(1, domain.vcpus[0].wakes);
        assertEquals(Map.of(port, 1), domain.take2Level(0));

        events.close(port);
        events.notifyPort(port);
        assertEquals(port, events.bindIpi(0));
        events.notifyPort(port);
        assertEquals(Map.of(), domain.take2Level(0));
        assertThrows(IllegalArgumentException.class, () -> events.bindHypervisor(port, () -> {}));
    }

    @Test
    void upcallsWaitForTheMask() {
        int port = events.bindIpi(0);
        domain.ram.put8(domain.vcpus[0].info + 1, (byte) 1);
        events.send(port);
        assertFalse(events.upcallPending(domain.vcpus[0]));
        domain.ram.put8(domain.vcpus[0].info + 1, (byte) 0);
        assertTrue(events.upcallPending(domain.vcpus[0]));
    }

    @Test
    void pollSeesPendingPorts() {
        int port = events.bindIpi(0);
        assertEquals(0, events.poll(port));
        events.send(port);
        assertEquals(1, events.poll(port));
    }

    @Test
    void priorityNeedsFifo() {
        int port = events.bindIpi(0);
        assertEquals(-Errno.ENOSYS, events.setPriority(port, 3));
        domain.useFifo();
        assertEquals(0, events.setPriority(port, 15));
        assertEquals(-Errno.EINVAL, events.setPriority(port, 16));
        assertEquals(-Errno.EINVAL, events.setPriority(port, -1));
    }

    @Test
    void fifoPlacesAreChecked() {
        long mfn = domain.frames.allocate(SELF);
        assertEquals(-Errno.EOPNOTSUPP, events.expandArray(mfn));
        assertEquals(-Errno.ENOENT, events.initControl(2, mfn, 0));
        assertEquals(-Errno.EINVAL, events.initControl(0, mfn, 4));
        assertEquals(-Errno.EINVAL, events.initControl(0, mfn, 4096 - 64));
        assertEquals(-Errno.EINVAL, events.initControl(0, mfn, -8));
        assertEquals(-Errno.EINVAL, events.initControl(0, 0, 0));
        assertEquals(-Errno.EINVAL, events.initControl(0, Long.MIN_VALUE, 0));
        assertEquals(-Errno.EINVAL, events.initControl(0, 1 << 20, 0));
        assertEquals(0, events.initControl(0, mfn, 4096 - 72));
        assertEquals(-Errno.EINVAL, events.initControl(0, mfn, 0));
        assertEquals(-Errno.EINVAL, events.expandArray(-1));
    }

    @Test
    void aPageTableIsNoPlaceForEvents() {
        long mfn = domain.frames.allocate(SELF);
        domain.frames.referenceType(mfn, 1);
        assertEquals(-Errno.EINVAL, events.initControl(0, mfn, 0));
        assertEquals(1, domain.frames.references(mfn));
    }

    @Test
    void theFifoArrayEndsAt17Bits() {
        domain.useFifo();
        long mfn = domain.frames.allocate(SELF);
        for (int page = 1; page < 128; page++) {
            assertEquals(0, events.expandArray(mfn));
        }
        assertEquals(-Errno.ENOSPC, events.expandArray(mfn));
    }

    @Test
    void whatWasPendingIn2LevelArrivesInFifo() {
        int port = events.bindIpi(0);
        events.send(port);
        domain.ram.put8(domain.vcpus[0].info, (byte) 0);
        domain.useFifo();
        assertEquals(Map.of(port, 1), domain.takeFifo(0));
    }

    @Test
    void fifoKeepsOrderWithinAPriority() {
        domain.useFifo();
        int a = events.bindIpi(0);
        int b = events.bindIpi(0);
        events.send(b);
        events.send(a);
        assertEquals(b, domain.ram.get32(domain.control[0] + 8 + 4 * 7));
        assertEquals(a, domain.word(b) & 0x1ffff);
    }

    @Test
    void aClosedPortThatIsStillQueuedIsNotGivenOut() {
        domain.useFifo();
        int port = events.bindIpi(0);
        events.send(port);
        events.close(port);
        assertEquals(port + 1, events.bindIpi(0));
        assertEquals(Map.of(), domain.takeFifo(0));
        assertEquals(port, events.bindIpi(0));
    }

    @Test
    void resetClosesAllAndReturnsThePages() {
        domain.useFifo();
        int port = events.bindIpi(0);
        assertEquals(2, domain.frames.references(domain.array >>> 12));
        assertEquals(0, events.reset());
        assertEquals(1, domain.frames.references(domain.array >>> 12));
        assertEquals(0, domain.frames.typeReferences(domain.control[1] >>> 12));
        assertEquals(-Errno.EINVAL, events.send(port));
        events.send(events.bindIpi(0));
        assertEquals(Map.of(1, 1), domain.take2Level(0));
    }
}
