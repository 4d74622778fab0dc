package org.xenolith.pv.mm;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.cpu.state.Cpu;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

/**
 * GDT and LDT of each processor, in the per-domain area where only the supervisor can read them.
 *
 * <p>A processor has 32 pages there. The first 14 show the guest's GDT frames or, where it gave
 * none, null descriptors; page 14 has Xen's flat descriptors; the LDT starts at page 16. LDT pages
 * are shown when first used, because the guest names the LDT by linear address.
 */
final class DescriptorTables {
    /** System-segment type of an LDT (SDM vol. 3A, table 3-2). */
    private static final int LDT_TYPE = 2;

    private static final int GUEST_GDT_PAGES = 14;
    private static final int LDT_PAGE = 16;
    private static final int LDT_PAGES = 16;
    private static final int VCPU_PAGES = 32;
    private static final int MAX_LDT_ENTRIES = 8192;
    private static final long READ_ONLY = Pte.PRESENT | Pte.ACCESSED | Pte.NX;

    private final Domain domain;
    private final PvMachine machine;
    private final PageTypes types;
    private final DomainPages pages;
    private final XenRegion region;
    private final GuestTables tables;
    private final RefusalLog log;
    private final long[][] gdtFrames;
    private final long[][] ldtFrames;
    private final long[] ldtGuestBase;
    private final int[] ldtEntries;

    DescriptorTables(
            Domain domain,
            PvMachine machine,
            PageTypes types,
            DomainPages pages,
            XenSlots slots,
            RefusalLog log) {
        this.domain = domain;
        this.machine = machine;
        this.types = types;
        this.pages = pages;
        this.region = slots.perDomain;
        this.tables = new GuestTables(domain.machine.ram);
        this.log = log;
        int vcpus = domain.vcpus.length;
        gdtFrames = new long[vcpus][GUEST_GDT_PAGES];
        ldtFrames = new long[vcpus][LDT_PAGES];
        ldtGuestBase = new long[vcpus];
        ldtEntries = new int[vcpus];
        for (Vcpu v : domain.vcpus) {
            for (int i = 0; i < GUEST_GDT_PAGES; i++) {
                region.map(page(v, i), machine.emptyDescriptorsMfn << 12 | READ_ONLY);
            }
            region.map(page(v, GUEST_GDT_PAGES), machine.flatDescriptorsMfn << 12 | READ_ONLY);
            v.cpu.gdtBase = XenSlots.PER_DOMAIN_START + page(v, 0);
            v.cpu.gdtLimit = (GUEST_GDT_PAGES + 1) * PhysicalMemory.PAGE_SIZE - 1;
            v.cpu.segmentLimit[Cpu.LDTR] = -1;
            v.cpu.segmentAccess[Cpu.LDTR] = Cpu.ACCESS_PRESENT | LDT_TYPE;
        }
    }

    private static long page(Vcpu vcpu, int index) {
        return (long) (vcpu.id * VCPU_PAGES + index) << 12;
    }

    /** Replaces the guest's part of a processor's GDT: see {@link PvMemory#setGdt}. */
    int setGdt(Vcpu vcpu, long[] mfns, int entries) {
        if (entries < 0 || entries > SegmentDescriptor.FIRST_RESERVED) {
            return log.refuse("GDT of too many entries", -Errno.EINVAL, entries);
        }
        int count = entries + 511 >>> 9;
        for (int i = 0; i < count; i++) {
            if (types.acquire(mfns[i], FrameTable.SEGDESC) != 0) {
                while (--i >= 0) {
                    types.release(mfns[i]);
                }
                return -Errno.EINVAL;
            }
        }
        long[] current = gdtFrames[vcpu.id];
        for (int i = 0; i < GUEST_GDT_PAGES; i++) {
            long old = current[i];
            current[i] = i < count ? mfns[i] : 0;
            long shown = i < count ? mfns[i] : machine.emptyDescriptorsMfn;
            region.map(page(vcpu, i), shown << 12 | READ_ONLY);
            if (old != 0) {
                types.release(old);
            }
        }
        return 0;
    }

    /** Replaces a processor's LDT: see {@link PvMemory#setLdt}. */
    int setLdt(Vcpu vcpu, long gva, long entries) {
        if (entries > MAX_LDT_ENTRIES
                || entries < 0
                || entries > 0 && ((gva & 0xfff) != 0 || !PvMemory.addressOk(gva))) {
            return log.refuse("bad LDT", -Errno.EINVAL, gva);
        }
        dropLdtPages(vcpu);
        ldtGuestBase[vcpu.id] = gva;
        ldtEntries[vcpu.id] = (int) entries;
        vcpu.cpu.segmentBase[Cpu.LDTR] = XenSlots.PER_DOMAIN_START + page(vcpu, LDT_PAGE);
        vcpu.cpu.segmentLimit[Cpu.LDTR] = entries * 8 - 1;
        return 0;
    }

    /** Offset of a linear address in the processor's LDT, or -1 if it lies elsewhere. */
    int ldtOffset(Vcpu vcpu, long gva) {
        long offset = gva - XenSlots.PER_DOMAIN_START - page(vcpu, LDT_PAGE);
        return offset >= 0 && offset < 8L * ldtEntries[vcpu.id] ? (int) offset : -1;
    }

    /** What the guest calls the byte at an offset into its LDT. */
    long ldtGuestAddress(Vcpu vcpu, int offset) {
        return ldtGuestBase[vcpu.id] + offset;
    }

    /**
     * Shows the LDT page with the byte at {@code offset}.
     *
     * @return false if the guest has no page there that could serve
     */
    boolean showLdtPage(Vcpu vcpu, int offset, long kernelRoot) {
        int index = offset >>> 12;
        long at = tables.l1Entry(kernelRoot, ldtGuestBase[vcpu.id] + offset);
        if (at < 0 || ldtFrames[vcpu.id][index] != 0) {
            return false;
        }
        long entry = domain.machine.ram.get64(at);
        long mfn = Pte.mfn(entry);
        if (!Pte.present(entry) || types.acquire(mfn, FrameTable.SEGDESC) != 0) {
            return false;
        }
        ldtFrames[vcpu.id][index] = mfn;
        region.map(page(vcpu, LDT_PAGE + index), mfn << 12 | READ_ONLY);
        return true;
    }

    /** Hides the LDT pages shown so far, when the LDT or the address space changes. */
    void dropLdtPages(Vcpu vcpu) {
        if (ldtEntries[vcpu.id] == 0) {
            return;
        }
        long[] shown = ldtFrames[vcpu.id];
        for (int i = 0; i < LDT_PAGES; i++) {
            if (shown[i] != 0) {
                region.map(page(vcpu, LDT_PAGE + i), 0);
                types.release(shown[i]);
                shown[i] = 0;
            }
        }
    }

    /** Writes one descriptor: see {@link PvMemory#updateDescriptor}. */
    int update(long maddr, long descriptor) {
        long mfn = maddr >>> 12;
        FrameTable frames = domain.frames();
        if ((maddr & 7) != 0 || !SegmentDescriptor.acceptable(descriptor)) {
            return log.refuse("unsafe segment descriptor", -Errno.EINVAL, descriptor);
        }
        if (!frames.reference(mfn, domain.domid)) {
            return log.refuse("descriptor in a foreign frame", -Errno.EINVAL, maddr);
        }
        int type =
                frames.type(mfn) == FrameTable.SEGDESC ? FrameTable.SEGDESC : FrameTable.WRITABLE;
        int rc = types.acquireType(mfn, type);
        if (rc == 0) {
            domain.machine.memory.put64(maddr, SegmentDescriptor.fixed(descriptor));
            types.releaseType(mfn);
        }
        pages.put(mfn);
        return rc;
    }
}
