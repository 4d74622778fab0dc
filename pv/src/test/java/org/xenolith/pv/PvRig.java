package org.xenolith.pv;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.Registers;
import org.xenolith.pv.mm.PvMachine;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.PvSupervisor;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Machine;
import org.xenolith.xen.domain.Vcpu;

import java.util.Arrays;
import java.util.UUID;

/**
 * A PV domain of two processors with a hand-made address space and no kernel: page n is mapped at
 * {@link #va}. Kernel and user share everything below the root.
 */
public final class PvRig {
    public static final int L4 = 0;
    public static final int L3 = 1;
    public static final int L2 = 2;
    public static final int L1 = 3;
    public static final int USER_L4 = 4;
    public static final int ARGUMENTS = 5;
    public static final int CODE = 6;
    public static final int STACK = 7;

    /** An L1 table in use, mapped read-only. */
    public static final int TABLE = 8;

    /** First page of no role. */
    public static final int FREE = 9;

    public static final int PAGES = 32;

    /** Index of an address that nothing is mapped at. */
    public static final int HOLE = 100;

    public static final long BASE = 0xffff_c900_0000_0000L;
    public static final long HANDLER = 0xffff_ffff_8100_0000L;

    private static final long READ_ONLY = 0x21;
    private static final long WRITABLE = 0x63;
    private static final long TABLE_FLAGS = 0x67;

    public final Machine machine = new Machine(4L << 20);
    public final PvDomain pv;
    public final Domain domain;
    public final PvMemory memory;
    public final Vcpu vcpu;
    public final Cpu cpu;
    public final PvSupervisor supervisor;
    public final VcpuState state;
    private final long[] mfns = new long[PAGES];

    public PvRig() {
        PvMachine pvMachine = new PvMachine(machine);
        pv = PvDomain.create(pvMachine, 1, "test", new UUID(0, 1), 2);
        domain = pv.domain;
        domain.maxPages = PAGES;
        memory = new PvMemory(pvMachine, domain);
        pv.attach(memory);
        vcpu = domain.vcpus[0];
        cpu = vcpu.cpu;
        supervisor = (PvSupervisor) cpu.supervisor;
        state = supervisor.state();
        for (int i = 0; i < PAGES; i++) {
            mfns[i] = memory.allocatePage(i);
        }
        for (int root : new int[] {L4, USER_L4}) {
            link(root, (int) (BASE >>> 39) & 511, L3);
        }
        link(L3, (int) (BASE >>> 30) & 511, L2);
        link(L2, (int) (BASE >>> 21) & 511, L1);
        link(L2, 1 + (int) (BASE >>> 21) & 511, TABLE);
        for (int i = 0; i < PAGES; i++) {
            boolean table = i <= USER_L4 || i == TABLE;
            machine.ram.put64(maddr(L1) + 8L * i, maddr(i) | (table ? READ_ONLY : WRITABLE));
        }
        require(memory.pinL4(mfns[L4]));
        require(memory.newBaseptr(vcpu, mfns[L4]));
        vcpu.initialised = true;
        vcpu.bringUp(0);
        machine.running = vcpu;
        cpu.rip = va(CODE);
        cpu.regs[Registers.RSP] = va(STACK) + 4096;
        state.kernelSp = va(STACK) + 2048;
        vcpu.setUpcallMask(false);
    }

    private void link(int table, int index, int child) {
        machine.ram.put64(maddr(table) + 8L * index, maddr(child) | TABLE_FLAGS);
    }

    private static void require(int rc) {
        if (rc != 0) {
            throw new AssertionError("the rig's page tables were refused: " + rc);
        }
    }

    /** Gives the processor a user page table. */
    public void userRoot() {
        require(memory.newUserBaseptr(vcpu, mfns[USER_L4]));
    }

    /** Gives it a user page table and lets its user program run. */
    public void enterUser() {
        userRoot();
        state.toggleMode();
    }

    public long mfn(int page) {
        return mfns[page];
    }

    public long maddr(int page) {
        return mfns[page] << 12;
    }

    public long va(int page) {
        return BASE + ((long) page << 12);
    }

    /** Puts 64-bit words into a page. */
    public void put(int page, int offset, long... words) {
        for (int i = 0; i < words.length; i++) {
            machine.memory.put64(maddr(page) + offset + 8L * i, words[i]);
        }
    }

    /** A 64-bit word of the page mapped at {@code va}. */
    public long word(long va) {
        int page = (int) (va - BASE >>> 12);
        return machine.ram.get64(maddr(page) + (va & 4095));
    }

    /** Puts an instruction at rip, which is set to the start of the code page. */
    public void code(int... bytes) {
        cpu.rip = va(CODE);
        for (int i = 0; i < bytes.length; i++) {
            machine.memory.put8(maddr(CODE) + i, bytes[i]);
        }
    }

    /** Raises an exception as the processor does. */
    public void raise(int vector, int errorCode) {
        supervisor.exception(cpu, vector, errorCode);
    }

    public long hypercall(int number, long... arguments) {
        long[] a = Arrays.copyOf(arguments, 5);
        return domain.hypercalls.dispatch(vcpu, number, a[0], a[1], a[2], a[3], a[4]);
    }
}
