package org.xenolith.xen.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.time.TimerQueue;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.FakeGuest;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.ShutdownReason;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.event.Virq;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.HypercallNumber;

import java.nio.charset.StandardCharsets;

class HypercallsTest {
    private final Machine machine = new Machine(256 * 4096);
    private final Domain domain = FakeGuest.domain(machine, 1, 2);
    private final Vcpu v0 = domain.vcpus[0];
    private final Vcpu v1 = domain.vcpus[1];
    private final long page = FakeGuest.page(domain, 0);

    @BeforeEach
    void register() {
        CommonHypercalls.register(domain);
    }

    private long call(int number, long a1, long a2, long a3) {
        return domain.hypercalls.dispatch(v0, number, a1, a2, a3, 0, 0);
    }

    // ---- table ---------------------------------------------------------------------------------

    @Test
    void unknownNumbersAreENosys() {
        for (long number : new long[] {11, 38, 63, 64, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertEquals(-Errno.ENOSYS, domain.hypercalls.dispatch(v0, number, 0, 0, 0, 0, 0));
        }
        assertTrue(domain.alive());
    }

    @Test
    void badPointersAreEFault() {
        long[] bad = {0, -1, 1L << 40, machine.ram.size() - 1, Long.MAX_VALUE};
        for (long gva : bad) {
            assertEquals(-Errno.EFAULT, call(HypercallNumber.XEN_VERSION, 1, gva, 0));
            assertEquals(-Errno.EFAULT, call(HypercallNumber.EVENT_CHANNEL_OP, 4, gva, 0));
            assertEquals(-Errno.EFAULT, call(HypercallNumber.SCHED_OP, 2, gva, 0));
            assertEquals(-Errno.EFAULT, call(HypercallNumber.VCPU_OP, 10, 0, gva));
            assertEquals(-Errno.EFAULT, call(HypercallNumber.MULTICALL, gva, 1, 0));
        }
    }

    @Test
    void ourOwnErrorCrashesTheDomainOnly() {
        domain.hypercalls.register(
                50,
                "broken",
                (v, a1, a2, a3, a4, a5) -> {
                    throw new ArrayIndexOutOfBoundsException("oops");
                });
        call(50, 7, 8, 0);
        assertEquals(ShutdownReason.CRASH, domain.shutdown);
        assertTrue(domain.crash.reason().contains("broken"), domain.crash.reason());
        assertTrue(domain.crash.details().contains("registers of d1v0"));
        assertTrue(domain.crash.details().contains("hypercall 50 (0x7, 0x8) in progress"));
        assertTrue(v0.cpu.stop);
        assertTrue(v1.cpu.stop);
    }

    @Test
    void privilegedCallsAreRefused() {
        for (int number : new int[] {7, 35, 36, 37, 42, 48}) {
            assertEquals(-Errno.EPERM, call(number, page, 0, 0));
        }
        assertEquals(-Errno.EOPNOTSUPP, call(HypercallNumber.XENPMU_OP, 0, page, 0));
        assertEquals(-Errno.EPERM, call(HypercallNumber.CONSOLE_IO, 0, 1, page));
    }

    // ---- xen_version ---------------------------------------------------------------------------

    private String text(long at) {
        byte[] bytes = new byte[64];
        machine.ram.read(at, bytes, 0, bytes.length);
        String all = new String(bytes, StandardCharsets.US_ASCII);
        return all.substring(0, all.indexOf('\0'));
    }

    @Test
    void itIsXen417() {
        assertEquals(4 << 16 | 17, call(HypercallNumber.XEN_VERSION, 0, 0, 0));
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 1, page, 0));
        assertEquals(".7", text(page));
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 3, page, 0));
        String hvm = "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ";
        assertEquals("xen-3.0-x86_64 " + hvm, text(page));
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 9, page, 0));
        assertEquals("<denied>", text(page));
        assertEquals(4096, call(HypercallNumber.XEN_VERSION, 7, 0, 0));
        assertEquals(-Errno.EINVAL, call(HypercallNumber.XEN_VERSION, 7, page, 0));
        assertEquals(-Errno.EPERM, call(HypercallNumber.XEN_VERSION, 10, 0, 0));
        assertEquals(-Errno.ENOSYS, call(HypercallNumber.XEN_VERSION, 11, 0, 0));
    }

    @Test
    void featuresAndHandle() {
        machine.ram.put32(page, 0);
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 6, page, 0));
        assertEquals(0x220e0, machine.ram.get32(page + 4));
        machine.ram.put32(page, 1);
        assertEquals(-Errno.EINVAL, call(HypercallNumber.XEN_VERSION, 6, page, 0));
        assertEquals(0, call(HypercallNumber.XEN_VERSION, 8, page, 0));
        byte[] handle = new byte[16];
        machine.ram.read(page, handle, 0, 16);
        assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, handle);
    }

    // ---- multicall -----------------------------------------------------------------------------

    private void entry(int k, long number, long a1, long a2) {
        machine.ram.put64(page + 64L * k, number);
        machine.ram.put64(page + 64L * k + 8, 0x5555);
        machine.ram.put64(page + 64L * k + 16, a1);
        machine.ram.put64(page + 64L * k + 24, a2);
    }

    @Test
    void multicallWritesEachResult() {
        entry(0, HypercallNumber.XEN_VERSION, 0, 0);
        entry(1, 60, 0, 0);
        entry(2, HypercallNumber.MULTICALL, page, 1);
        entry(3, HypercallNumber.XEN_VERSION, 0, 0);
        assertEquals(0, call(HypercallNumber.MULTICALL, page, 3, 0));
        assertEquals(0x40011, machine.ram.get64(page + 8));
        assertEquals(-Errno.ENOSYS, machine.ram.get64(page + 72));
        assertEquals(-Errno.EINVAL, machine.ram.get64(page + 136));
        assertEquals(0x5555, machine.ram.get64(page + 200));
        assertEquals(-Errno.EINVAL, call(HypercallNumber.MULTICALL, page, 1 << 17, 0));
        assertEquals(-Errno.EINVAL, call(HypercallNumber.MULTICALL, page, -1, 0));
        assertEquals(0, call(HypercallNumber.MULTICALL, page, 1, 0));
    }

    @Test
    void multicallStopsWhenTheDomainDoes() {
        machine.ram.put32(page + 512, 1);
        entry(0, HypercallNumber.SCHED_OP, 2, page + 512);
        entry(1, HypercallNumber.XEN_VERSION, 0, 0);
        call(HypercallNumber.MULTICALL, page, 2, 0);
        assertEquals(ShutdownReason.REBOOT, domain.shutdown);
        assertEquals(0x5555, machine.ram.get64(page + 72));
    }

    // ---- sched_op ------------------------------------------------------------------------------

    @Test
    void everyShutdownReasonCounts() {
        for (ShutdownReason reason : ShutdownReason.values()) {
            Machine other = new Machine(256 * 4096);
            Domain guest = FakeGuest.domain(other, 1, 1);
            CommonHypercalls.register(guest);
            long at = FakeGuest.page(guest, 0);
            other.ram.put32(at, reason.ordinal());
            guest.hypercalls.dispatch(guest.vcpus[0], 29, 2, at, 0, 0, 0);
            assertEquals(reason, guest.shutdown);
            assertEquals(reason == ShutdownReason.CRASH, guest.crash != null);
        }
    }

    @Test
    void anUnknownReasonIsACrash() {
        machine.ram.put32(page, 77);
        call(HypercallNumber.SCHED_OP, 2, page, 0);
        assertEquals(ShutdownReason.CRASH, domain.shutdown);
        assertTrue(domain.crash.reason().contains("77"));
    }

    @Test
    void aLatchedReasonWins() {
        machine.ram.put32(page, ShutdownReason.WATCHDOG.ordinal());
        assertEquals(0, call(HypercallNumber.SCHED_OP, 5, page, 0));
        assertTrue(domain.alive());
        machine.ram.put32(page, ShutdownReason.POWEROFF.ordinal());
        call(HypercallNumber.SCHED_OP, 2, page, 0);
        assertEquals(ShutdownReason.WATCHDOG, domain.shutdown);
    }

    @Test
    void blockUnmasksAndWaitsUnlessSomethingIsPending() {
        int port = domain.events.bindIpi(0);
        assertTrue(v0.upcallMasked());
        call(HypercallNumber.SCHED_OP, 1, 0, 0);
        assertFalse(v0.upcallMasked());
        assertTrue(v0.blocked);
        domain.events.send(port);
        assertFalse(v0.blocked);
        call(HypercallNumber.SCHED_OP, 1, 0, 0);
        assertFalse(v0.blocked);
    }

    private long poll(int count, long timeout, int... ports) {
        for (int k = 0; k < ports.length; k++) {
            machine.ram.put32(page + 100 + 4L * k, ports[k]);
        }
        machine.ram.put64(page, page + 100);
        machine.ram.put32(page + 8, count);
        machine.ram.put64(page + 16, timeout);
        return call(HypercallNumber.SCHED_OP, 3, page, 0);
    }

    @Test
    void pollWaitsForAMaskedPort() {
        int port = domain.events.bindIpi(0);
        int other = domain.events.bindIpi(0);
        machine.memory.assignBit(domain.sharedInfo + 0xa00, port, true);
        machine.memory.assignBit(domain.sharedInfo + 0xa00, other, true);
        assertEquals(0, poll(1, 0, port));
        assertTrue(v0.blocked);
        domain.events.send(other);
        assertTrue(v0.blocked);
        domain.events.send(port);
        assertFalse(v0.blocked);
        assertEquals(0, poll(1, 0, port));
        assertFalse(v0.blocked);
    }

    @Test
    void pollTimesOutAndRefusesNonsense() {
        int port = domain.events.bindIpi(0);
        assertEquals(0, poll(1, 5000, port));
        assertTrue(machine.fireTimer(5000));
        assertFalse(v0.blocked);
        assertEquals(5000, v0.cpu.now());
        assertEquals(-Errno.EINVAL, poll(129, 0, port));
        assertEquals(-Errno.EINVAL, poll(-1, 0, port));
        assertEquals(-Errno.EINVAL, poll(1, 0, 999));
        assertFalse(v0.blocked);
    }

    @Test
    void anEndedPollLeavesNoTimer() {
        int port = domain.events.bindIpi(0);
        assertEquals(0, poll(1, 5000, port));
        assertEquals(5000, machine.timers.nextDeadline());
        domain.events.send(port);
        assertEquals(TimerQueue.NEVER, machine.timers.nextDeadline());
    }

    @Test
    void otherDomainsCannotBeShutDown() {
        Domain other = FakeGuest.domain(machine, 2, 1);
        machine.ram.put16(page, (short) 2);
        assertEquals(-Errno.EPERM, call(HypercallNumber.SCHED_OP, 4, page, 0));
        machine.ram.put16(page, (short) 3);
        assertEquals(-Errno.ESRCH, call(HypercallNumber.SCHED_OP, 4, page, 0));
        assertTrue(other.alive());
    }

    private long watchdog(int id, int seconds) {
        machine.ram.put32(page, id);
        machine.ram.put32(page + 4, seconds);
        return call(HypercallNumber.SCHED_OP, 6, page, 0);
    }

    @Test
    void watchdogsBite() {
        assertEquals(1, watchdog(0, 1));
        assertEquals(2, watchdog(0, 2));
        assertEquals(-Errno.ENOSPC, watchdog(0, 3));
        assertEquals(-Errno.EINVAL, watchdog(3, 1));
        assertEquals(0, watchdog(2, 0));
        assertEquals(-Errno.EINVAL, watchdog(2, 1));
        assertEquals(0, watchdog(1, 5));
        assertFalse(machine.fireTimer(4_999_999_999L));
        assertTrue(machine.fireTimer(5_000_000_000L));
        assertEquals(ShutdownReason.WATCHDOG, domain.shutdown);
    }

    // ---- vcpu_op -------------------------------------------------------------------------------

    @Test
    void processorsComeAndGo() {
        int op = HypercallNumber.VCPU_OP;
        assertEquals(-Errno.ENOENT, call(op, 3, 2, 0));
        assertEquals(-Errno.ENOENT, call(op, 3, -1, 0));
        assertEquals(0, call(op, 3, 1, 0));
        assertEquals(-Errno.EINVAL, call(op, 1, 1, 0));
        assertEquals(0, call(op, 0, 1, page));
        assertEquals(-Errno.EEXIST, call(op, 0, 1, page));
        v0.cpu.idleTime = 777;
        assertEquals(0, call(op, 1, 1, 0));
        assertEquals(1, call(op, 3, 1, 0));
        assertEquals(777, v1.cpu.now());
        assertEquals(0, call(op, 2, 1, 0));
        assertFalse(v1.runnable());
        assertEquals(0, call(op, 2, 0, 0));
        assertEquals(ShutdownReason.POWEROFF, domain.shutdown);
    }

    @Test
    void singleshotTimerRaisesItsVirq() {
        int port = domain.events.bindVirq(Virq.TIMER, 0);
        machine.ram.put64(page, 3000);
        machine.ram.put32(page + 8, 1);
        assertEquals(-Errno.EINVAL, call(HypercallNumber.VCPU_OP, 8, 1, page));
        assertEquals(0, call(HypercallNumber.VCPU_OP, 8, 0, page));
        assertEquals(0, domain.events.poll(port));
        assertTrue(machine.fireTimer(3000));
        assertEquals(1, domain.events.poll(port));
        v0.cpu.idleTime = 4000;
        assertEquals(-Errno.ETIME, call(HypercallNumber.VCPU_OP, 8, 0, page));
        machine.ram.put32(page + 8, 0);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 8, 0, page));
        assertEquals(0, call(HypercallNumber.VCPU_OP, 9, 0, 0));
        assertFalse(machine.fireTimer(Long.MAX_VALUE - 1));
    }

    @Test
    void periodicTimerGoesOn() {
        domain.events.bindVirq(Virq.TIMER, 0);
        machine.ram.put64(page, 999_999);
        assertEquals(-Errno.EINVAL, call(HypercallNumber.VCPU_OP, 6, 0, page));
        machine.ram.put64(page, 1_000_000);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 6, 0, page));
        assertTrue(machine.fireTimer(1_000_000));
        assertEquals(2_000_000, machine.timers.nextDeadline());
        assertEquals(0, call(HypercallNumber.VCPU_OP, 7, 0, 0));
        assertFalse(machine.fireTimer(3_000_000));
    }

    @Test
    void setTimerOpKnowsOverflow() {
        call(HypercallNumber.SET_TIMER_OP, 5000, 0, 0);
        assertEquals(5000, machine.timers.nextDeadline());
        call(HypercallNumber.SET_TIMER_OP, -5, 0, 0);
        assertEquals(100_000_000, machine.timers.nextDeadline());
        call(HypercallNumber.SET_TIMER_OP, 1L << 51, 0, 0);
        assertEquals(100_000_000, machine.timers.nextDeadline());
        call(HypercallNumber.SET_TIMER_OP, 0, 0, 0);
        assertFalse(machine.fireTimer(Long.MAX_VALUE - 1));
    }

    private long registerInfo(int vcpu, long gfn, int offset) {
        machine.ram.put64(page, gfn);
        machine.ram.put32(page + 8, offset);
        return call(HypercallNumber.VCPU_OP, 10, vcpu, page);
    }

    @Test
    void vcpuInfoMovesOnce() {
        long place = FakeGuest.page(domain, 1);
        assertEquals(-Errno.ENXIO, registerInfo(0, place >>> 12, 4096 - 56));
        assertEquals(-Errno.ENXIO, registerInfo(0, place >>> 12, 4));
        assertEquals(-Errno.ENXIO, registerInfo(0, place >>> 12, -8));
        assertEquals(-Errno.EINVAL, registerInfo(0, 0, 0));
        assertEquals(-Errno.EINVAL, registerInfo(0, 1L << 50, 0));
        assertEquals(0, registerInfo(0, place >>> 12, 128));
        assertEquals(place + 128, v0.info);
        assertEquals(1, machine.ram.get8(v0.info));
        assertEquals(1, machine.ram.get8(v0.info + 1));
        assertEquals(-1, machine.ram.get64(v0.info + 8));
        assertEquals(2, domain.frames().references(place >>> 12));
        assertEquals(-Errno.EINVAL, registerInfo(0, place >>> 12, 128));
        assertEquals(0, registerInfo(1, place >>> 12, 192));
    }

    @Test
    void runstateAddsUp() {
        machine.ram.put64(page, page + 256);
        assertEquals(0, call(HypercallNumber.VCPU_OP, 5, 0, page));
        assertEquals(0, machine.ram.get32(page + 256));
        int port = domain.events.bindIpi(0);
        v0.cpu.instructions = 1000;
        call(HypercallNumber.SCHED_OP, 1, 0, 0);
        assertEquals(2, machine.ram.get32(page + 256));
        machine.advance(5000);
        domain.events.send(port);
        v0.cpu.instructions = 1500;
        assertEquals(0, call(HypercallNumber.VCPU_OP, 4, 0, page));
        assertEquals(0, machine.ram.get32(page));
        assertEquals(5000, machine.ram.get64(page + 8));
        assertEquals(1500, machine.ram.get64(page + 16));
        assertEquals(0, machine.ram.get64(page + 24));
        assertEquals(4000, machine.ram.get64(page + 32));
        assertEquals(0, machine.ram.get64(page + 40));
        assertEquals(5500, v0.cpu.now());
    }

    @Test
    void timeAreaIsWritten() {
        machine.ram.put64(page, page + 256);
        v0.cpu.idleTime = 99;
        assertEquals(0, call(HypercallNumber.VCPU_OP, 13, 0, page));
        assertEquals(2, machine.ram.get32(page + 256));
        assertEquals(99, machine.ram.get64(page + 256 + 16));
        assertEquals(0, machine.ram.get8(page + 256 + 29));
        assertEquals(-Errno.EINVAL, call(HypercallNumber.VCPU_OP, 12, 0, page));
        assertEquals(-Errno.EINVAL, call(HypercallNumber.VCPU_OP, 11, 0, page));
        assertEquals(-Errno.ENOSYS, call(HypercallNumber.VCPU_OP, 14, 0, page));
    }

    // ---- event_channel_op ----------------------------------------------------------------------

    @Test
    void eventChannelsByHypercall() {
        int op = HypercallNumber.EVENT_CHANNEL_OP;
        Domain other = FakeGuest.domain(machine, 2, 1);
        CommonHypercalls.register(other);
        machine.ram.put32(page, 0x7ff0 | 2 << 16);
        assertEquals(0, call(op, 6, page, 0));
        int offered = machine.ram.get32(page + 4);

        long far = FakeGuest.page(other, 0);
        machine.ram.put32(far, 1);
        machine.ram.put32(far + 4, offered);
        assertEquals(0, other.hypercalls.dispatch(other.vcpus[0], op, 0, far, 0, 0, 0));
        int bound = machine.ram.get32(far + 8);

        machine.ram.put32(page, offered);
        assertEquals(0, call(op, 4, page, 0));
        assertEquals(1, other.events.poll(bound));

        machine.ram.put32(page, 0x7ff0);
        machine.ram.put32(page + 4, offered);
        assertEquals(0, call(op, 5, page, 0));
        assertEquals(2, machine.ram.get32(page + 8));
        assertEquals(2, machine.ram.get16(page + 16));
        assertEquals(bound, machine.ram.get32(page + 20));

        machine.ram.put32(page, 2 | 1 << 16);
        assertEquals(-Errno.EPERM, call(op, 6, page, 0));
        machine.ram.put32(page, 9);
        assertEquals(-Errno.ESRCH, call(op, 6, page, 0));
        machine.ram.put32(page, 2);
        assertEquals(-Errno.EPERM, call(op, 10, page, 0));
        assertEquals(-Errno.EINVAL, call(op, 2, page, 0));
        assertEquals(-Errno.ENOSYS, call(op, 14, page, 0));
    }

    @Test
    void fifoByHypercall() {
        int op = HypercallNumber.EVENT_CHANNEL_OP;
        machine.ram.put64(page, FakeGuest.page(domain, 1) >>> 12);
        machine.ram.put32(page + 8, 0);
        machine.ram.put32(page + 12, 0);
        assertEquals(0, call(op, 11, page, 0));
        assertEquals(17, machine.ram.get8(page + 16));
        machine.ram.put64(page, FakeGuest.page(domain, 2) >>> 12);
        assertEquals(0, call(op, 12, page, 0));
        machine.ram.put32(page, 1);
        assertEquals(0, call(op, 7, page, 0));
        machine.ram.put32(page, machine.ram.get32(page + 4));
        machine.ram.put32(page + 4, 3);
        assertEquals(0, call(op, 13, page, 0));
        assertNull(domain.crash);
    }
}
