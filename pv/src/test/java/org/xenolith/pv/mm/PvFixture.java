package org.xenolith.pv.mm;

import org.xenolith.cpu.engine.Interpreter;
import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Supervisor;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;

import java.util.UUID;

/**
 * A small PV domain with a working address space: page n of it is mapped at {@link #va}, tables
 * read-only, all else writable. Pages 0 to 3 are L4 to L1, page 4 is for hypercall arguments.
 */
final class PvFixture {
    static final int PAGES = 40;
    static final int L4 = 0;
    static final int L3 = 1;
    static final int L2 = 2;
    static final int L1 = 3;
    static final int ARGUMENTS = 4;

    /** First page without a role. */
    static final int FREE = 5;

    static final long BASE = 0xffff_c900_0000_0000L;
    static final long P = Pte.PRESENT;
    static final long W = Pte.WRITE;
    static final long U = Pte.USER;
    static final long A = Pte.ACCESSED;
    static final long D = Pte.DIRTY;
    static final long PCD = 1 << 4;
    static final long PSE = 1 << 7;
    static final long SELF = 0x7ff0;

    final Machine machine = new Machine(4L << 20);
    final PvMachine pvMachine = new PvMachine(machine);
    final Domain domain = new Domain(machine, 1, "test", new UUID(0, 1), 2);
    final FrameTable frames = machine.frames;
    final PhysicalMemory ram = machine.ram;
    final PvMemory memory;
    final Vcpu v0;
    final Vcpu v1;

    /** By page number. */
    final long[] mfn = new long[PAGES];

    /** Lowest of them; the domain's frames below are of shared_info and the grant table. */
    final long firstMfn;

    PvFixture() {
        Supervisor none = new NoSupervisor();
        for (int i = 0; i < domain.vcpus.length; i++) {
            Cpu cpu = new Cpu(ram, none);
            cpu.cpl = 3;
            domain.addVcpu(i, cpu, new Interpreter(cpu, machine.codeCache));
        }
        v0 = domain.vcpus[0];
        v1 = domain.vcpus[1];
        domain.maxPages = PAGES;
        memory = new PvMemory(pvMachine, domain);
        for (int i = 0; i < PAGES; i++) {
            mfn[i] = memory.allocatePage(i);
        }
        firstMfn = mfn[0];
        raw(L4, Pte.index(4, BASE), maddr(L3) | P | W | U | A | D);
        raw(L3, Pte.index(3, BASE), maddr(L2) | P | W | U | A | D);
        raw(L2, Pte.index(2, BASE), maddr(L1) | P | W | U | A | D);
        for (int i = 0; i < PAGES; i++) {
            raw(L1, i, maddr(i) | P | A | D | (i <= L1 ? 0 : W));
        }
        check(memory.pinL4(mfn[L4]));
        check(memory.newBaseptr(v0, mfn[L4]));
        memory.register(domain.hypercalls);
    }

    private static void check(int rc) {
        if (rc != 0) {
            throw new AssertionError("fixture refused: " + rc);
        }
    }

    long va(int page) {
        return BASE + ((long) page << 12);
    }

    long maddr(int page) {
        return mfn[page] << 12;
    }

    long slot(int page, int index) {
        return maddr(page) + 8L * index;
    }

    /** Stores an entry without any check, as the guest can while the page is plain data. */
    void raw(int page, int index, long entry) {
        ram.put64(slot(page, index), entry);
    }

    long entry(int page, int index) {
        return ram.get64(slot(page, index));
    }

    /** Makes a page mapped read-only, so that it can become a table. */
    void unmap(int page) {
        check((int) vaMapping(va(page), 0, 0));
    }

    long hypercall(int number, long... a) {
        long[] b = java.util.Arrays.copyOf(a, 5);
        return domain.hypercalls.dispatch(v0, number, b[0], b[1], b[2], b[3], b[4]);
    }

    long vaMapping(long gva, long entry, long flags) {
        return hypercall(PvMemory.UPDATE_VA_MAPPING, gva, entry, flags);
    }

    /** One mmu_update request. */
    long mmuUpdate(long pointer, long value) {
        put(0, pointer, value);
        return hypercall(PvMemory.MMU_UPDATE, va(ARGUMENTS), 1, 0, SELF);
    }

    /** One mmuext operation. */
    long mmuext(int command, long arg1, long arg2) {
        put(0, command, arg1, arg2);
        return hypercall(PvMemory.MMUEXT_OP, va(ARGUMENTS), 1, 0, SELF);
    }

    long pin(int level, int page) {
        return mmuext(level - 1, mfn[page], 0);
    }

    long unpin(int page) {
        return mmuext(4, mfn[page], 0);
    }

    /** Puts 64-bit values into the argument page. */
    void put(int offset, long... values) {
        try {
            for (int i = 0; i < values.length; i++) {
                memory.guestMemory(v0).write64(va(ARGUMENTS) + offset + 8L * i, values[i]);
            }
        } catch (GuestFault e) {
            throw new AssertionError("argument page is not writable", e);
        }
    }

    long argument(int offset) {
        return ram.get64(maddr(ARGUMENTS) + offset);
    }

    private static final class NoSupervisor implements Supervisor {
        @Override
        public boolean ownsDescriptors() {
            return true;
        }

        @Override
        public void exception(Cpu cpu, int vector, int errorCode) {
            throw new AssertionError("nothing runs");
        }

        @Override
        public void softwareInterrupt(Cpu cpu, int vector, int length) {
            throw new AssertionError("nothing runs");
        }

        @Override
        public void syscall(Cpu cpu) {
            throw new AssertionError("nothing runs");
        }

        @Override
        public void cpuid(Cpu cpu) {
            throw new AssertionError("nothing runs");
        }
    }
}
