package org.xenolith.hvm.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xenolith.cpu.model.CpuModel;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.devices.system.SystemEvents;
import org.xenolith.hvm.HvmDomain;
import org.xenolith.hvm.p2m.P2mType;
import org.xenolith.hvm.platform.BarePlatform;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.hypercall.Errno;
import org.xenolith.xen.hypercall.GuestAbi;
import org.xenolith.xen.hypercall.HypercallNumber;

import java.util.UUID;

/** memory_op and hvm_op by the layouts of 32-bit code, and when the domain's layout is chosen. */
class GuestAbiTest {
    private static final int PAGES = 64;
    private static final long AT = 0x1000;
    private static final long LIST = 0x2000;

    private final Machine machine = new Machine(1024 * 4096);
    private final HvmDomain hvm =
            new HvmDomain(
                    machine,
                    1,
                    "test",
                    new UUID(1, 1),
                    1,
                    CpuModel.parse(CpuModel.names().getFirst()),
                    new BarePlatform(machine, value -> {}, new NoEvents()));
    private final Domain domain = hvm.domain;
    private final Cpu cpu = domain.vcpus[0].cpu;

    private static final class NoEvents implements SystemEvents {
        @Override
        public void powerOff() {
            throw new AssertionError();
        }

        @Override
        public void reset() {
            throw new AssertionError();
        }

        @Override
        public void exit(int status) {
            throw new AssertionError();
        }

        @Override
        public void a20(boolean enabled) {
            throw new AssertionError();
        }
    }

    /** Memory from 0 on, and a processor that does not page: linear addresses are physical. */
    @BeforeEach
    void start() {
        domain.maxPages = 2 * PAGES;
        for (int gfn = 0; gfn < PAGES; gfn++) {
            assertTrue(hvm.memory.populate(gfn));
        }
        hvm.start(PAGES - 1);
        assertEquals(GuestAbi.I386, domain.vcpus[0].abi());
    }

    private long call(int number, long a1, long a2) {
        return domain.hypercalls.dispatch(domain.vcpus[0], number, a1, a2, 0, 0, 0);
    }

    private long maddr(long gpa) {
        return (hvm.gfnToMfn(gpa >>> 12) << 12) + (gpa & 0xfff);
    }

    private void put(long gpa, long... values) {
        for (int k = 0; k < values.length; k++) {
            machine.ram.put32(maddr(gpa) + 4L * k, (int) values[k]);
        }
    }

    private int get(long gpa) {
        return machine.ram.get32(maddr(gpa));
    }

    @Test
    void reservations() {
        put(LIST, 100, 101, -1);
        put(AT, LIST, 2, 0, 0, 0x7ff0);
        assertEquals(2, call(HypercallNumber.MEMORY_OP, 6, AT));
        assertEquals(PAGES + 2, domain.pages);
        assertEquals(P2mType.RAM, hvm.memory.p2m().type(101));
        assertEquals(2, call(HypercallNumber.MEMORY_OP, 1, AT));
        assertEquals(PAGES, domain.pages);
    }

    @Test
    void theSharedPageIsShownAndRemoved() {
        put(AT, 0x7ff0, 0, 0, 200, -1);
        assertEquals(0, call(HypercallNumber.MEMORY_OP, 7, AT));
        assertEquals(domain.sharedInfo >>> 12, hvm.gfnToMfn(200));
        put(AT, 0x7ff0, 200, -1);
        assertEquals(0, call(HypercallNumber.MEMORY_OP, 15, AT));
        assertEquals(-1, hvm.gfnToMfn(200));
    }

    @Test
    void grantFramesInABatch() {
        put(AT, 0x7ff0 | 1 << 16, 2, LIST, LIST + 16, LIST + 32, -1);
        put(LIST, 0, 1);
        put(LIST + 16, 300, 301);
        put(LIST + 32, -1, -1, -1);
        assertEquals(0, call(HypercallNumber.MEMORY_OP, 23, AT));
        assertEquals(domain.grants.frameMfn(0), hvm.gfnToMfn(300));
        assertEquals(domain.grants.frameMfn(1), hvm.gfnToMfn(301));
        assertEquals(0, get(LIST + 32));
        assertEquals(0, get(LIST + 36));
        assertEquals(-1, get(LIST + 40));
    }

    /** Without 4-level paging there is nothing above 4 GiB to run over to. */
    @Test
    void structuresEndAtTheEndOfLinearAddresses() {
        assertEquals(-Errno.EFAULT, call(HypercallNumber.HVM_OP, 0, 0xfffffff8L));
        assertEquals(-Errno.EFAULT, call(HypercallNumber.HVM_OP, 0, 1L << 32 | AT));
    }

    @Test
    void theCallbackChoosesTheLayoutOfTheCaller() {
        assertEquals(GuestAbi.X86_64, domain.sharedAbi());
        put(AT, 0x7ff0, 0, 0x30, 2 << 24);
        assertEquals(0, call(HypercallNumber.HVM_OP, 0, AT));
        assertEquals(GuestAbi.I386, domain.sharedAbi());
        assertEquals(
                (int) machine.wallclock.seconds(), machine.ram.get32(domain.sharedInfo + 0x904));
    }

    @Test
    void longModeHasWordsOf8Bytes() {
        identityMap();
        assertEquals(GuestAbi.X86_64, domain.vcpus[0].abi());
        put(LIST, 100, 0, 101, 0);
        put(AT, LIST, 0, 2, 0, 0, 0, 0x7ff0);
        assertEquals(2, call(HypercallNumber.MEMORY_OP, 6, AT));
        put(AT, 0x7ff0, 0, 0, 0, 200, 0);
        assertEquals(0, call(HypercallNumber.MEMORY_OP, 7, AT));
        assertEquals(domain.sharedInfo >>> 12, hvm.gfnToMfn(200));
        put(AT, 0x7ff0, -1, 200, 0);
        assertEquals(0, call(HypercallNumber.MEMORY_OP, 15, AT));
    }

    /** Four levels of tables that map the first 2 MiB, and 64-bit code. */
    private void identityMap() {
        put(0x8000, 0x9003, 0);
        put(0x9000, 0xa003, 0);
        put(0xa000, 0x83, 0);
        cpu.cr4 |= Cpu.CR4_PAE;
        cpu.efer |= Cpu.EFER_LME | Cpu.EFER_LMA;
        cpu.cr0 |= Cpu.CR0_PG | Cpu.CR0_PE;
        cpu.segmentAccess[Cpu.CS] = 0xa09b;
        cpu.updateMode();
        cpu.setCr3(0x8000);
    }
}
