package org.xenolith.pv.mm;

import org.xenolith.cpu.memory.PhysicalMemory;
import org.xenolith.xen.domain.Domain;
import org.xenolith.xen.domain.GuestFault;
import org.xenolith.xen.domain.GuestMemory;
import org.xenolith.xen.domain.Vcpu;
import org.xenolith.xen.frames.FrameTable;
import org.xenolith.xen.hypercall.Errno;

/** The hypercall mmuext_op: pinning, root tables, TLB flushes, LDT (MMUEXT_* of public/xen.h). */
final class Mmuext {
    private static final int PIN_L1_TABLE = 0;
    private static final int PIN_L4_TABLE = 3;
    private static final int UNPIN_TABLE = 4;
    private static final int NEW_BASEPTR = 5;
    private static final int TLB_FLUSH_LOCAL = 6;
    private static final int INVLPG_LOCAL = 7;
    private static final int TLB_FLUSH_MULTI = 8;
    private static final int INVLPG_MULTI = 9;
    private static final int TLB_FLUSH_ALL = 10;
    private static final int INVLPG_ALL = 11;
    private static final int FLUSH_CACHE = 12;
    private static final int SET_LDT = 13;
    private static final int NEW_USER_BASEPTR = 15;
    private static final int CLEAR_PAGE = 16;
    private static final int COPY_PAGE = 17;
    private static final int FLUSH_CACHE_GLOBAL = 18;
    private static final int MARK_SUPER = 19;
    private static final int UNMARK_SUPER = 20;
    private static final int OP_SIZE = 24;

    private final Domain domain;
    private final PageTypes types;
    private final DomainPages pages;
    private final Roots roots;
    private final DescriptorTables descriptors;
    private final TlbFlushes tlbs;
    private final RefusalLog log;

    Mmuext(
            Domain domain,
            PageTypes types,
            DomainPages pages,
            Roots roots,
            DescriptorTables descriptors,
            TlbFlushes tlbs,
            RefusalLog log) {
        this.domain = domain;
        this.types = types;
        this.pages = pages;
        this.roots = roots;
        this.descriptors = descriptors;
        this.tlbs = tlbs;
        this.log = log;
    }

    /** Arguments: operations, count, pointer to the number done (or 0), domain of the pages. */
    long call(Vcpu vcpu, GuestMemory memory, long ops, long count, long pdone, long foreign) {
        int pageDomain = (int) foreign & 0xffff;
        if (!PvMemory.addressOk(ops)) {
            return -Errno.EFAULT;
        }
        int rc = Foreign.pageOwner(domain, pageDomain);
        if (rc == 0 && pageDomain == Foreign.DOMID_IO) {
            rc = -Errno.EINVAL; // not a PV domain
        }
        if (rc != 0) {
            return log.refuse("mmuext_op for another domain", rc, foreign);
        }
        Batch batch = new Batch(types, count & 0xffff_ffffL);
        while (rc == 0 && batch.more()) {
            rc = one(vcpu, memory, ops + OP_SIZE * batch.done);
            types.work++;
            if (rc == 0) {
                batch.done++;
            }
        }
        pages.flushStale();
        batch.report(memory, pdone);
        return rc != 0 ? rc : batch.result();
    }

    private int one(Vcpu vcpu, GuestMemory memory, long gva) {
        int command;
        long arg1;
        long arg2;
        try {
            command = memory.read32(gva);
            arg1 = memory.read64(gva + 8);
            arg2 = memory.read64(gva + 16);
        } catch (GuestFault e) {
            return -Errno.EFAULT;
        }
        if (command >= PIN_L1_TABLE && command <= PIN_L4_TABLE) {
            return types.pin(arg1, command - PIN_L1_TABLE + 1);
        }
        return switch (command) {
            case UNPIN_TABLE -> types.unpin(arg1);
            case NEW_BASEPTR -> roots.setKernel(vcpu, arg1);
            case NEW_USER_BASEPTR -> roots.setUser(vcpu, arg1);
            case TLB_FLUSH_LOCAL -> {
                vcpu.cpu.flushTlb();
                yield 0;
            }
            case INVLPG_LOCAL -> {
                vcpu.cpu.invalidatePage(arg1);
                yield 0;
            }
            case TLB_FLUSH_MULTI, INVLPG_MULTI ->
                    flushSome(memory, command == INVLPG_MULTI, arg1, arg2);
            case TLB_FLUSH_ALL -> {
                tlbs.all();
                yield 0;
            }
            case INVLPG_ALL -> {
                tlbs.page(arg1);
                yield 0;
            }
            // Caches are for domains with devices.
            case FLUSH_CACHE, FLUSH_CACHE_GLOBAL -> -Errno.EACCES;
            case SET_LDT -> descriptors.setLdt(vcpu, arg1, arg2 & 0xffff_ffffL);
            case CLEAR_PAGE -> clear(arg1);
            case COPY_PAGE -> copy(arg2, arg1);
            case MARK_SUPER, UNMARK_SUPER -> -Errno.EOPNOTSUPP;
            default -> log.refuse("unknown mmuext_op", -Errno.ENOSYS, command);
        };
    }

    private int flushSome(GuestMemory memory, boolean page, long gva, long mask) {
        try {
            tlbs.some(tlbs.processors(memory, mask), page, gva);
            return 0;
        } catch (GuestFault e) {
            return -Errno.EINVAL;
        }
    }

    private int clear(long mfn) {
        FrameTable frames = domain.frames();
        if (!frames.referenceWritable(mfn, domain.domid)) {
            return log.refuse("clearing of a frame it may not write", -Errno.EINVAL, mfn);
        }
        domain.machine.memory.zero(mfn << 12, PhysicalMemory.PAGE_SIZE);
        frames.releaseType(mfn);
        pages.put(mfn);
        return 0;
    }

    private int copy(long from, long to) {
        FrameTable frames = domain.frames();
        if (frames.owner(from) != domain.domid || !frames.referenceWritable(to, domain.domid)) {
            return log.refuse("copying of frames it may not use", -Errno.EINVAL, to);
        }
        domain.machine.memory.copy(from << 12, to << 12, PhysicalMemory.PAGE_SIZE);
        frames.releaseType(to);
        pages.put(to);
        return 0;
    }
}
