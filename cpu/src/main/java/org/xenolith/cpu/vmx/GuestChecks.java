package org.xenolith.cpu.vmx;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.BranchRecords;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.Flags;
import org.xenolith.cpu.state.NonRoot;

/** Checks of the guest-state area at VM entry (SDM vol. 3C, 27.3.1). */
final class GuestChecks extends EntryChecks {
    /** Result: the guest's state is as it must be. */
    static final int PASSED = -1;

    /** Exit qualifications of failures: which part is to blame. */
    static final int ANY = 0;

    static final int BAD_PDPTE = 2;
    static final int BAD_LINK = 4;

    private static final long FLAGS_RESERVED = 0xffffffffffc08028L;
    private static final long FLAGS_ONE = 2;
    private static final long DEBUGCTL_DEFINED = BranchRecords.LBR | BranchRecords.BTF;
    private static final int INTERRUPTIBILITY_RESERVED = ~0xf;
    private static final int BLOCKING_BY_SMI = 1 << 2;
    private static final long PENDING_RESERVED = ~0x500fL;
    private static final long PENDING_STEP = 1 << 14;
    private static final long PDPTE_RESERVED = 0x1e6;
    private static final int NMI = 2;
    private static final int MACHINE_CHECK = 18;
    private static final int OTHER_EVENT = 7;

    GuestChecks(Cpu cpu, Vmcs vmcs, Capabilities capabilities) {
        super(cpu, vmcs, capabilities);
    }

    /** {@link #PASSED}, or the qualification of the failed entry. */
    int check() {
        boolean ok =
                controlRegisters()
                        && registers()
                        && new GuestSegmentChecks(cpu, vmcs, capabilities).pass()
                        && tables()
                        && instructionPointer()
                        && flags()
                        && activity()
                        && interruptibility()
                        && pendingDebug();
        if (!ok) {
            return ANY;
        }
        if (!link()) {
            return BAD_LINK;
        }
        return pdptes() ? PASSED : BAD_PDPTE;
    }

    private boolean controlRegisters() {
        long cr0 = get(VmcsField.GUEST_CR0);
        long cr4 = get(VmcsField.GUEST_CR4);
        boolean free = secondary(Controls.UNRESTRICTED_GUEST);
        boolean paging = (cr0 & Cpu.CR0_PG) != 0;
        if (!controlRegisters(cr0, cr4, free ? Cpu.CR0_PE | Cpu.CR0_PG : 0)
                || paging && (cr0 & Cpu.CR0_PE) == 0) {
            return false;
        }
        boolean pae = (cr4 & Cpu.CR4_PAE) != 0;
        return (guest64() ? paging && pae : (cr4 & Cpu.CR4_PCIDE) == 0)
                && physical(get(VmcsField.GUEST_CR3));
    }

    private boolean registers() {
        boolean debug = has(VmcsField.ENTRY_CONTROLS, Controls.ENTRY_LOAD_DEBUG);
        boolean pat = has(VmcsField.ENTRY_CONTROLS, Controls.ENTRY_LOAD_PAT);
        boolean efer = has(VmcsField.ENTRY_CONTROLS, Controls.ENTRY_LOAD_EFER);
        boolean debugFits =
                (get(VmcsField.GUEST_IA32_DEBUGCTL) & ~DEBUGCTL_DEFINED) == 0
                        && get(VmcsField.GUEST_DR7) >>> 32 == 0;
        return (!debug || debugFits)
                && canonical(VmcsField.GUEST_IA32_SYSENTER_ESP)
                && canonical(VmcsField.GUEST_IA32_SYSENTER_EIP)
                && (!pat || memoryTypes(get(VmcsField.GUEST_IA32_PAT)))
                && (!efer || guestEfer(get(VmcsField.GUEST_IA32_EFER)));
    }

    private boolean guestEfer(long value) {
        boolean paging = (get(VmcsField.GUEST_CR0) & Cpu.CR0_PG) != 0;
        boolean lme = (value & Cpu.EFER_LME) != 0;
        return efer(value, guest64(), paging ? guest64() : lme);
    }

    private boolean tables() {
        return canonical(VmcsField.GUEST_GDTR_BASE)
                && canonical(VmcsField.GUEST_IDTR_BASE)
                && get(VmcsField.GUEST_GDTR_LIMIT) >>> 16 == 0
                && get(VmcsField.GUEST_IDTR_LIMIT) >>> 16 == 0;
    }

    private boolean instructionPointer() {
        boolean wide = guest64() && has(VmcsField.GUEST_CS_ACCESS_RIGHTS, Cpu.ACCESS_LONG);
        return wide ? canonical(VmcsField.GUEST_RIP) : get(VmcsField.GUEST_RIP) >>> 32 == 0;
    }

    private boolean flags() {
        long flags = get(VmcsField.GUEST_RFLAGS);
        boolean virtual8086 = (flags & Flags.VM) != 0;
        boolean guarded = has(VmcsField.GUEST_CR0, Cpu.CR0_PE);
        return (flags & FLAGS_RESERVED) == 0
                && (flags & FLAGS_ONE) != 0
                && (!virtual8086 || guarded && !guest64())
                && (!injects(NonRoot.TYPE_EXTERNAL) || (flags & Flags.IF) != 0);
    }

    // ---- the event to inject -------------------------------------------------------------------

    private int injection() {
        return get32(VmcsField.ENTRY_INTERRUPTION_INFORMATION);
    }

    private boolean injects() {
        return (injection() & Controls.INTERRUPTION_VALID) != 0;
    }

    private int injectedType() {
        return injection() >>> Controls.INTERRUPTION_TYPE_SHIFT & 7;
    }

    private boolean injects(int type) {
        return injects() && injectedType() == type;
    }

    // ---- non-register state --------------------------------------------------------------------

    private boolean blocks(int what) {
        return has(VmcsField.GUEST_INTERRUPTIBILITY, what);
    }

    private boolean activity() {
        boolean shadow = blocks(Controls.BLOCKING_BY_STI | Controls.BLOCKING_BY_MOV_SS);
        int vector = injection() & 0xff;
        boolean interrupt = injects(NonRoot.TYPE_EXTERNAL) || injects(NonRoot.TYPE_NMI);
        boolean exception = injects(NonRoot.TYPE_EXCEPTION);
        return switch (get32(VmcsField.GUEST_ACTIVITY)) {
            case GuestState.ACTIVE -> true;
            case GuestState.HALTED -> {
                boolean ends =
                        interrupt
                                || exception && (vector == CpuFault.DB || vector == MACHINE_CHECK)
                                || injects(OTHER_EVENT);
                int level = get32(VmcsField.GUEST_SS_ACCESS_RIGHTS) >>> Cpu.ACCESS_DPL_SHIFT & 3;
                yield level == 0 && !shadow && (!injects() || ends);
            }
            case GuestState.SHUT_DOWN -> {
                boolean ends =
                        injects(NonRoot.TYPE_NMI) && vector == NMI
                                || exception && vector == MACHINE_CHECK;
                yield !shadow && (!injects() || ends);
            }
            case GuestState.WAITS_FOR_SIPI -> !shadow && !injects();
            default -> false;
        };
    }

    private boolean interruptibility() {
        boolean sti = blocks(Controls.BLOCKING_BY_STI);
        boolean movSs = blocks(Controls.BLOCKING_BY_MOV_SS);
        boolean virtualNmis = has(VmcsField.PIN_BASED_CONTROLS, Controls.VIRTUAL_NMIS);
        boolean nmiFits = !movSs && !(virtualNmis && blocks(Controls.BLOCKING_BY_NMI));
        return !blocks(INTERRUPTIBILITY_RESERVED | BLOCKING_BY_SMI)
                && !(sti && movSs)
                && (!sti || (get(VmcsField.GUEST_RFLAGS) & Flags.IF) != 0)
                && (!injects(NonRoot.TYPE_EXTERNAL) || !sti && !movSs)
                && (!injects(NonRoot.TYPE_NMI) || nmiFits);
    }

    private boolean pendingDebug() {
        long pending = get(VmcsField.GUEST_PENDING_DEBUG_EXCEPTIONS);
        boolean waits =
                blocks(Controls.BLOCKING_BY_STI | Controls.BLOCKING_BY_MOV_SS)
                        || get32(VmcsField.GUEST_ACTIVITY) == GuestState.HALTED;
        boolean traps = (get(VmcsField.GUEST_RFLAGS) & Flags.TF) != 0;
        return (pending & PENDING_RESERVED) == 0
                && (!waits || (pending & PENDING_STEP) != 0 == traps);
    }

    /** The pointer to the VMCS of the guest's own VMREAD and VMWRITE, or -1. */
    private boolean link() {
        long link = get(VmcsField.VMCS_LINK_POINTER);
        if (link == -1) {
            return true;
        }
        boolean shadow = secondary(Controls.VMCS_SHADOWING);
        int revision = MemoryVmcs.REVISION | (shadow ? MemoryVmcs.SHADOW : 0);
        return page(link)
                && cpu.ram.contains(link, PhysicalMemory.PAGE_SIZE)
                && cpu.ram.get32(link) == revision
                && link != cpu.vmx.pointer();
    }

    private boolean pdptes() {
        long cr0 = get(VmcsField.GUEST_CR0);
        long cr4 = get(VmcsField.GUEST_CR4);
        boolean pae = (cr0 & Cpu.CR0_PG) != 0 && (cr4 & Cpu.CR4_PAE) != 0 && !guest64();
        if (!pae) {
            return true;
        }
        if (!secondary(Controls.ENABLE_EPT)) {
            return cpu.walker.loadPdptes(get(VmcsField.GUEST_CR3));
        }
        long reserved = PDPTE_RESERVED | -1L << cpu.walker.physicalBits;
        for (int i = 0; i < 4; i++) {
            long entry = get(GuestState.pdpte(i));
            if ((entry & 1) != 0 && (entry & reserved) != 0) {
                return false;
            }
        }
        return true;
    }
}
