package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.DebugRegisters;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.hypercall.Errno;

/**
 * Hypercalls in place of privileged instructions on processor state: set_gdt, update_descriptor,
 * fpu_taskswitch, set_debugreg, get_debugreg, set_segment_base; and vm_assist.
 */
public final class ProcessorHypercalls {
    private static final int SET_GDT = 2;
    private static final int FPU_TASKSWITCH = 5;
    private static final int SET_DEBUGREG = 8;
    private static final int GET_DEBUGREG = 9;
    private static final int UPDATE_DESCRIPTOR = 10;
    private static final int VM_ASSIST = 21;
    private static final int SET_SEGMENT_BASE = 25;

    /** Entries before those that the hypervisor reserves (public/arch-x86/xen.h). */
    static final int MAX_GDT_ENTRIES = 14 * 512;

    private static final int ENTRIES_PER_PAGE = 512;

    /** SEGBASE_* (public/arch-x86/xen-x86_64.h). */
    private static final int FS = 0;

    private static final int GS_USER = 1;
    private static final int GS_KERNEL = 2;
    private static final int GS_USER_SELECTOR = 3;

    private static final int ASSIST_ENABLE = 0;
    private static final int ASSIST_DISABLE = 1;
    private static final int ASSIST_M2P_STRICT = 32;

    /** VMASST_TYPE_* that 64-bit PV guests may switch: 0 to 5, and 32. */
    private static final long VALID_ASSISTS = 0x3f | 1L << ASSIST_M2P_STRICT;

    private final Domain domain;
    private final PvMemory memory;

    private ProcessorHypercalls(Domain domain, PvMemory memory) {
        this.domain = domain;
        this.memory = memory;
    }

    /** Adds these hypercalls to a PV domain's table. */
    public static void register(Domain domain, PvMemory memory) {
        ProcessorHypercalls calls = new ProcessorHypercalls(domain, memory);
        HypercallTable table = domain.hypercalls;
        table.register(SET_GDT, "set_gdt", (v, list, n, c, d, e) -> calls.setGdt(v, list, (int) n));
        table.register(
                FPU_TASKSWITCH,
                "fpu_taskswitch",
                (v, set, b, c, d, e) -> {
                    TrapHypercalls.state(v).control.taskSwitched((int) set != 0);
                    return 0;
                });
        table.register(
                SET_DEBUGREG,
                "set_debugreg",
                (v, reg, value, c, d, e) -> TrapHypercalls.state(v).debug.set((int) reg, value));
        table.register(
                GET_DEBUGREG,
                "get_debugreg",
                (v, reg, b, c, d, e) ->
                        DebugRegisters.exists((int) reg)
                                ? TrapHypercalls.state(v).debug.get((int) reg)
                                : -Errno.ENODEV);
        table.register(
                UPDATE_DESCRIPTOR,
                "update_descriptor",
                (v, maddr, descriptor, c, d, e) -> memory.updateDescriptor(maddr, descriptor));
        table.register(
                VM_ASSIST, "vm_assist", (v, op, type, c, d, e) -> calls.vmAssist((int) op, type));
        table.register(
                SET_SEGMENT_BASE,
                "set_segment_base",
                (v, which, base, c, d, e) -> calls.setSegmentBase(v, (int) which, base));
    }

    private long setGdt(Vcpu vcpu, long list, int entries) throws GuestFault {
        if (entries < 0 || entries > MAX_GDT_ENTRIES) {
            return -Errno.EINVAL;
        }
        GuestMemory guest = vcpu.memory();
        long[] frames = new long[(entries + ENTRIES_PER_PAGE - 1) / ENTRIES_PER_PAGE];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = guest.read64(list + 8L * i);
        }
        return memory.setGdt(vcpu, frames, entries);
    }

    private long setSegmentBase(Vcpu vcpu, int which, long base) {
        Cpu cpu = vcpu.cpu;
        if (which == GS_USER_SELECTOR) {
            setUserGs(vcpu, (int) base & 0xffff);
            return 0;
        }
        if (which < FS || which > GS_KERNEL || !Addresses.canonical(base)) {
            return -Errno.EINVAL;
        }
        switch (which) {
            case FS -> cpu.segmentBase[Cpu.FS] = base;
            case GS_USER -> cpu.kernelGsBase = base;
            default -> cpu.segmentBase[Cpu.GS] = base;
        }
        return 0;
    }

    /**
     * Loads GS as the user program will have it, and keeps the kernel's base. By the ABI a selector
     * that cannot be loaded becomes null without an error.
     */
    private void setUserGs(Vcpu vcpu, int selector) {
        Cpu cpu = vcpu.cpu;
        long kernelBase = cpu.segmentBase[Cpu.GS];
        SegmentLoads.load(vcpu, memory, Cpu.GS, selector > 3 ? selector | 3 : selector);
        cpu.kernelGsBase = cpu.segmentBase[Cpu.GS];
        cpu.segmentBase[Cpu.GS] = kernelBase;
    }

    private long vmAssist(int op, long type) {
        int number = (int) type;
        if (number < 0 || number > 63 || (VALID_ASSISTS >>> number & 1) == 0) {
            return -Errno.EINVAL;
        }
        long bit = 1L << number;
        switch (op) {
            case ASSIST_ENABLE -> domain.vmAssist |= bit;
            case ASSIST_DISABLE -> domain.vmAssist &= ~bit;
            default -> {
                return -Errno.ENOSYS;
            }
        }
        return 0;
    }
}
