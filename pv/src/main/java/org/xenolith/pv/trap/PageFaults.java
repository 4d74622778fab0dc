package org.xenolith.pv.trap;

import org.xenolith.cpu.state.Cpu;
import org.xenolith.cpu.state.CpuFault;
import org.xenolith.cpu.state.PageWalker;
import org.xenolith.pv.mm.PvMemory;
import org.xenolith.pv.trap.emulate.PageTableWrites;
import org.xenolith.pv.trap.state.Addresses;
import org.xenolith.pv.trap.state.VcpuState;
import org.xenolith.xen.domain.Vcpu;

/** #PF: what the hypervisor settles itself, and what the guest's kernel gets to see. */
final class PageFaults {
    private static final int PRESENT_WRITE = PageWalker.ERR_PRESENT | PageWalker.ERR_WRITE;
    private static final int NOT_A_STORE = PageWalker.ERR_RESERVED | PageWalker.ERR_FETCH;

    /** Low bits of a selector error code, which an offset into a table replaces. */
    private static final int SELECTOR_FLAGS = 7;

    private static final int LOCAL_TABLE = 4;

    private final VcpuState state;
    private final Vcpu vcpu;
    private final Cpu cpu;
    private final PvMemory memory;
    private final PageTableWrites tableWrites;
    private final Bounce bounce;

    PageFaults(VcpuState state, PvMemory memory, PageTableWrites tableWrites, Bounce bounce) {
        this.state = state;
        this.vcpu = state.vcpu;
        this.cpu = state.cpu;
        this.memory = memory;
        this.tableWrites = tableWrites;
        this.bounce = bounce;
    }

    /** Handles a #PF at {@code cpu.cr2}. */
    void handle(int errorCode) {
        long address = cpu.cr2;
        if ((errorCode & PageWalker.ERR_RESERVED) != 0) {
            vcpu.domain.crash(
                    vcpu, "reserved bit in a page table that maps 0x%x".formatted(address));
            return;
        }
        if ((errorCode & PageWalker.ERR_USER) == 0) {
            descriptorFault(address, errorCode);
            return;
        }
        boolean store =
                (errorCode & PRESENT_WRITE) == PRESENT_WRITE && (errorCode & NOT_A_STORE) == 0;
        if (store
                && state.kernelMode()
                && state.assists(VcpuState.ASSIST_WRITABLE_PAGETABLES)
                && !Addresses.hypervisor(address)
                && tableWrites.emulate(address)) {
            return;
        }
        bounce.pageFault(address, errorCode);
    }

    /**
     * Handles a #PF of the processor's own access to a descriptor table: a page of the guest's LDT
     * is mapped on first use; beyond the tables the selector is at fault.
     *
     * @return true if the access is to be tried again, false if an exception was delivered
     */
    boolean descriptorFault(long address, int errorCode) {
        if (!memory.inLdtArea(vcpu, address)) {
            int offset = (int) (address - cpu.gdtBase) & 0xffff;
            bounce.exception(CpuFault.GP, offset & ~SELECTOR_FLAGS);
            return false;
        }
        if (memory.mapLdtPage(vcpu, address)) {
            return true;
        }
        long guestAddress = memory.ldtGuestAddress(vcpu, address);
        if (Addresses.canonical(guestAddress)) {
            bounce.pageFault(guestAddress, errorCode);
        } else {
            int offset = (int) (address - cpu.segmentBase[Cpu.LDTR]) & 0xffff;
            bounce.exception(CpuFault.GP, offset & ~SELECTOR_FLAGS | LOCAL_TABLE);
        }
        return false;
    }
}
