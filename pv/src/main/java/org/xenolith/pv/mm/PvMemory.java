package org.xenolith.pv.mm;

import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.HypercallTable;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

/**
 * The memory of one 64-bit PV domain. The door to this package: it ties the parts together, serves
 * the memory hypercalls, and offers the rest of the PV code what traps and descriptors need.
 *
 * <p>Methods that can be refused return 0 or a negated {@link org.xenolith.xen.hypercall.Errno},
 * and then nothing has changed, except that tables which were checked on the way and found good may
 * carry the bits that Xen forces on ({@link Pte#adjusted}).
 */
public final class PvMemory {
    /** First linear address of the part that belongs to Xen (HYPERVISOR_VIRT_START). */
    public static final long HYPERVISOR_START = 0xffff_8000_0000_0000L;

    /** First linear address after it (HYPERVISOR_VIRT_END). */
    public static final long HYPERVISOR_END = 0xffff_8800_0000_0000L;

    /** Where each address space shows the M2P, read-only (MACH2PHYS_VIRT_START). */
    public static final long M2P_START = HYPERVISOR_START;

    /** End of the room for the M2P (MACH2PHYS_VIRT_END). */
    public static final long M2P_END = 0xffff_8040_0000_0000L;

    /** Hypercall numbers of public/xen.h. */
    static final int MMU_UPDATE = 1;

    static final int MEMORY_OP = 12;
    static final int UPDATE_VA_MAPPING = 14;
    static final int UPDATE_VA_MAPPING_OTHERDOMAIN = 22;
    static final int MMUEXT_OP = 26;

    private final Domain domain;
    private final PvMachine machine;
    private final TlbFlushes tlbs;
    private final XenSlots slots;
    private final DescriptorTables descriptors;
    private final Roots roots;
    private final MmuUpdate mmuUpdate;
    private final VaMapping vaMapping;
    private final Mmuext mmuext;
    private final MemoryOps memoryOps;
    private final GrantMappings grants;
    private final GuestMemory[] guestMemory;

    final DomainPages pages;
    final PageTypes types;
    final PageTableUpdates updates;

    /**
     * Memory for a domain without pages so far. Gives its processors their descriptor tables.
     *
     * @param domain with all its vCPUs in place
     */
    public PvMemory(PvMachine machine, Domain domain) {
        this.machine = machine;
        this.domain = domain;
        RefusalLog log = new RefusalLog(domain);
        tlbs = new TlbFlushes(domain);
        slots = new XenSlots(domain, machine);
        pages = new DomainPages(domain, machine, tlbs);
        types = new PageTypes(domain, machine, pages, tlbs, slots, log);
        descriptors = new DescriptorTables(domain, machine, types, pages, slots, log);
        roots = new Roots(domain, types, slots, descriptors);
        updates = new PageTableUpdates(domain, types, pages, tlbs, log);
        mmuUpdate = new MmuUpdate(domain, machine, types, pages, updates, log);
        vaMapping = new VaMapping(domain, roots, pages, updates, tlbs);
        mmuext = new Mmuext(domain, types, pages, roots, descriptors, tlbs, log);
        memoryOps = new MemoryOps(domain, machine, pages, log);
        grants = new GrantMappings(domain, types, pages, updates, roots, tlbs);
        guestMemory = new GuestMemory[domain.vcpus.length];
        for (Vcpu v : domain.vcpus) {
            guestMemory[v.id] = new PvGuestMemory(v, roots);
        }
    }

    /**
     * Whether a guest pointer may be followed: it lies in the lower half of the canonical addresses
     * or above Xen's part. What is not canonical is found by the walk.
     */
    public static boolean addressOk(long gva) {
        return gva >= 0 ? gva < 1L << 47 : Long.compareUnsigned(gva, HYPERVISOR_END) >= 0;
    }

    /** Registers mmu_update, memory_op, update_va_mapping(_otherdomain) and mmuext_op. */
    public void register(HypercallTable table) {
        table.register(
                MMU_UPDATE,
                "mmu_update",
                (v, a1, a2, a3, a4, a5) -> mmuUpdate.call(guestMemory(v), a1, a2, a3, a4));
        table.register(
                MEMORY_OP,
                "memory_op",
                (v, a1, a2, a3, a4, a5) -> memoryOps.call(guestMemory(v), a1, a2));
        table.register(
                UPDATE_VA_MAPPING,
                "update_va_mapping",
                (v, a1, a2, a3, a4, a5) ->
                        vaMapping.call(v, guestMemory(v), a1, a2, a3, Foreign.DOMID_SELF));
        table.register(
                UPDATE_VA_MAPPING_OTHERDOMAIN,
                "update_va_mapping_otherdomain",
                (v, a1, a2, a3, a4, a5) ->
                        vaMapping.call(v, guestMemory(v), a1, a2, a3, (int) a4 & 0xffff));
        table.register(
                MMUEXT_OP,
                "mmuext_op",
                (v, a1, a2, a3, a4, a5) -> mmuext.call(v, guestMemory(v), a1, a2, a3, a4));
    }

    /** Guest memory as a processor's kernel sees it. */
    public GuestMemory guestMemory(Vcpu vcpu) {
        return guestMemory[vcpu.id];
    }

    // ---- pages, for the domain builder ---------------------------------------------------------

    /**
     * Allocates a zeroed page of the domain and gives it a number.
     *
     * @return the mfn, or -1 at the domain's limit or if the machine has none left
     */
    public long allocatePage(long pfn) {
        long mfn = pages.allocate();
        if (mfn >= 0) {
            machine.m2p.set(mfn, pfn);
        }
        return mfn;
    }

    /** Makes XENMEM_memory_map tell of that many bytes of RAM; without, it says -ENOSYS. */
    public void describeRam(long bytes) {
        memoryOps.describeRam(bytes);
    }

    /**
     * Keeps a page for good that Java code writes by machine address, such as a ring page: it can
     * become neither a page table nor free.
     *
     * @return false if the page is none of the domain or in use as a table
     */
    public boolean holdForBackend(long mfn) {
        return domain.frames().referenceWritable(mfn, domain.domid);
    }

    /** MMUEXT_PIN_L4_TABLE. */
    public int pinL4(long mfn) {
        return types.pin(mfn, FrameTable.L4);
    }

    // ---- address spaces ------------------------------------------------------------------------

    /** Machine address of a processor's kernel root table, 0 before it has one. */
    public long kernelRoot(Vcpu vcpu) {
        return roots.kernel(vcpu);
    }

    /** Machine address of the root table for user mode, 0 if there is none. */
    public long userRoot(Vcpu vcpu) {
        return roots.user(vcpu);
    }

    /** Makes an L4 table the root of a processor's kernel (context 0 of its Cpu). */
    public int newBaseptr(Vcpu vcpu, long mfn) {
        int rc = roots.setKernel(vcpu, mfn);
        pages.flushStale();
        return rc;
    }

    /** Makes an L4 table the root of a processor's user mode (context 1); 0 for none. */
    public int newUserBaseptr(Vcpu vcpu, long mfn) {
        int rc = roots.setUser(vcpu, mfn);
        pages.flushStale();
        return rc;
    }

    /** Drops all cached translations of one processor. */
    public void flushTlb(Vcpu vcpu) {
        vcpu.cpu.flushTlb();
    }

    /** Drops all cached translations of the domain's processors. */
    public void flushTlbAll() {
        tlbs.all();
    }

    // ---- descriptors ---------------------------------------------------------------------------

    /**
     * Replaces the guest's part of a processor's GDT.
     *
     * @param mfns frames with 512 descriptors each; at least as many as the entries need
     * @param entries 0..7168
     * @return 0 or -EINVAL
     */
    public int setGdt(Vcpu vcpu, long[] mfns, int entries) {
        int rc = descriptors.setGdt(vcpu, mfns, entries);
        pages.flushStale();
        return rc;
    }

    /**
     * Replaces a processor's LDT (MMUEXT_SET_LDT).
     *
     * @param gva a multiple of 4096, ignored without entries
     * @param entries 0..8192
     * @return 0 or -EINVAL
     */
    public int setLdt(Vcpu vcpu, long gva, int entries) {
        return descriptors.setLdt(vcpu, gva, entries);
    }

    /**
     * update_descriptor.
     *
     * @param maddr a multiple of 8, in a descriptor page or in one that the domain may write
     * @return 0 or -EINVAL
     */
    public int updateDescriptor(long maddr, long descriptor) {
        int rc = descriptors.update(maddr, descriptor);
        pages.flushStale();
        return rc;
    }

    /** Whether a page fault at {@code cr2} is the processor's own read of its LDT. */
    public boolean inLdtArea(Vcpu vcpu, long cr2) {
        return descriptors.ldtOffset(vcpu, cr2) >= 0;
    }

    /**
     * Shows the processor the LDT page it missed.
     *
     * @param cr2 for which {@link #inLdtArea} holds
     * @return true to run the instruction again; false if the guest has no such page, and its page
     *     fault is at {@link #ldtGuestAddress}
     */
    public boolean mapLdtPage(Vcpu vcpu, long cr2) {
        return descriptors.showLdtPage(vcpu, descriptors.ldtOffset(vcpu, cr2), roots.kernel(vcpu));
    }

    /** What the guest calls an address for which {@link #inLdtArea} holds. */
    public long ldtGuestAddress(Vcpu vcpu, long cr2) {
        return descriptors.ldtGuestAddress(vcpu, descriptors.ldtOffset(vcpu, cr2));
    }

    // ---- writes to page tables that faulted ----------------------------------------------------

    /**
     * Whether a kernel's write to {@code gva} faulted because an L1 table is mapped there. Only
     * those writes are emulated; tables of higher levels need hypercalls, as on Xen.
     */
    public boolean isTableWrite(Vcpu vcpu, long gva) {
        return updates.tableByte(roots.kernel(vcpu), gva) >= 0;
    }

    /**
     * The bytes of a page table that an instruction to be emulated would read.
     *
     * @param gva for which {@link #isTableWrite} holds; aligned to {@code size}
     * @param size 1, 2, 4 or 8
     * @return zero-extended
     */
    public long readTable(Vcpu vcpu, long gva, int size) {
        long at = updates.tableByte(roots.kernel(vcpu), gva);
        long value = domain.machine.memory.get64(at & ~7L) >>> 8 * (at & 7);
        return size == 8 ? value : value & (1L << 8 * size) - 1;
    }

    /**
     * Emulates a write to an L1 table.
     *
     * @param size 1, 2, 4 or 8, to which {@code gva} must be aligned
     * @return 0, or an error: then the guest gets the page fault
     */
    public int emulateWrite(Vcpu vcpu, long gva, int size, long value) {
        long at = updates.tableByte(roots.kernel(vcpu), gva);
        return at < 0 ? -Errno.EFAULT : updates.emulateWrite(at, size, value);
    }

    /**
     * Emulates CMPXCHG on an L1 table.
     *
     * @param expected compared in its low {@code size} bytes
     * @return 0 if exchanged, 1 if the table has another value, or an error as {@link
     *     #emulateWrite}
     */
    public int emulateCompareExchange(Vcpu vcpu, long gva, int size, long expected, long value) {
        if (!isTableWrite(vcpu, gva) || (gva & size - 1) != 0) {
            return -Errno.EFAULT;
        }
        long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
        if (readTable(vcpu, gva, size) != (expected & mask)) {
            return 1;
        }
        return emulateWrite(vcpu, gva, size, value);
    }

    // ---- grants --------------------------------------------------------------------------------

    /** See {@link org.xenolith.xen.domain.GuestType#mapGrant}. */
    public int mapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return grants.map(caller, hostAddress, ptePointer, mfn, readOnly);
    }

    /** See {@link org.xenolith.xen.domain.GuestType#unmapGrant}. */
    public int unmapGrant(
            Vcpu caller, long hostAddress, boolean ptePointer, long mfn, boolean readOnly) {
        return grants.unmap(caller, hostAddress, ptePointer, mfn, readOnly);
    }

    /** Gives back the hypervisor's own tables for the domain; its pages go with the domain. */
    public void destroy() {
        pages.forget();
        tlbs.all();
        slots.perDomain.free();
    }
}
